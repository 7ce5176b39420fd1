"""Threads, instruction sets, the plan cache, and what the library says about itself."""
import ctypes

from . import _library, _signatures
from ._library import check, lib

ISA_NAMES = ("portable", "neon", "avx2", "sve512", "avx512")
_TEAM_MODES = ("sequential", "own threads", "libgomp", "caller's parallel-for")
_VECTOR_BITS = {"portable": 0, "neon": 128, "avx2": 256, "sve512": 512, "avx512": 512}
_listeners = []


def on_change(listener):
    """Calls ``listener()`` after the instruction set changed: plug-ins forget their primitives then."""
    _listeners.append(listener)


def _get(function):
    value = ctypes.c_int32()
    check(function(ctypes.byref(value)))
    return value.value


def version():
    """The library's version, for example ``"0.1.0"``."""
    number = lib.fdnn_version()
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"


def get_num_threads():
    """Threads that executions use."""
    return _get(lib.fdnn_threads_get)


def set_num_threads(count):
    """Sets the number of threads, from 1 to 1024, for the whole process.

    Raises `ValueError` for another number.
    """
    check(lib.fdnn_threads_set(count))


def get_isa():
    """Name of the instruction set that code is generated for: one of `ISA_NAMES`."""
    return ISA_NAMES[_get(lib.fdnn_isa_get)]


def _number(isa):
    try:
        return ISA_NAMES.index(isa)
    except ValueError:
        raise ValueError(f"isa: must be one of {', '.join(ISA_NAMES)}, got {isa!r}") from None


def set_isa(isa):
    """Chooses the instruction set (a name of `ISA_NAMES`) for the whole process.

    Raises `ValueError` for an unknown name, and what the library says (`fugakudnn.UnsupportedError`, `ValueError`) where
    the CPU lacks it.
    """
    check(lib.fdnn_isa_set(_number(isa)))
    for listener in _listeners:
        listener()


def isa_available(isa):
    """Whether this machine can run an instruction set."""
    value = ctypes.c_int32()
    check(lib.fdnn_isa_available(_number(isa), ctypes.byref(value)))
    return bool(value.value)


def plan_cache_stats():
    """Counters and limits of the plan cache as a dictionary: ``hits``, ``misses``, ``evictions``, ``cached_plans`` and so on."""
    statistics = _signatures.PlanCacheStatistics()
    check(lib.fdnn_plan_cache_stats(ctypes.byref(statistics)))
    return {name: getattr(statistics, name) for name, _ in statistics._fields_}


def clear_plan_cache():
    """Forgets all plans; existing primitives keep theirs."""
    check(lib.fdnn_plan_cache_clear())


def info():
    """What runs here: a dictionary with ``version``, ``library``, ``isa``, ``vector_bits``, ``isas`` (all that are available),
    ``threads`` and ``team`` (where parallel work runs)."""
    isa = get_isa()
    mode = _get(lib.fdnn_team_mode_get)
    return {
        "version": version(),
        "library": str(_library.path),
        "isa": isa,
        "vector_bits": _VECTOR_BITS[isa],
        "isas": [name for name in ISA_NAMES if isa_available(name)],
        "threads": get_num_threads(),
        "team": _TEAM_MODES[mode] if 0 <= mode < len(_TEAM_MODES) else str(mode),
    }
