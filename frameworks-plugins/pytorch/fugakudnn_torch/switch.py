"""``enable``, ``disable``, ``enabled``, ``coverage``, ``registrar``."""
import atexit
import contextlib
import os
import threading

from . import native_build, state
from .registrar import choose, made

_lock = threading.RLock()
_registered = None  # the registrar whose kernels torch has now
_depth = 0          # enabled() contexts that are open


def _set(on):
    global _registered
    if on == is_enabled():
        return
    if on:
        chosen = choose()
        chosen.register()
        _registered = chosen
    else:
        _registered.unregister()
        _registered = None


def enable():
    """Lets FugakuDnn compute what it covers of torch's CPU ops, for the whole process; everything else stays torch's.

    Inference only: a call whose result needs a gradient falls through.  A second call does nothing.  `registrar` says whether the kernels
    are those in C++ or in Python, see `build_registrar`.  What those in C++ compute lies in FugakuDnn's pool, whatever torch's allocator is.
    """
    with _lock:
        global _depth
        _depth = max(_depth, 0)
        _set(True)


def disable():
    """Gives all ops back to torch.

    Where the kernels are those in Python (`registrar`), no other thread should be in a torch op meanwhile: torch frees a Python kernel
    although a thread waits in it for the interpreter's lock.  Those in C++ may be given back at any time.
    """
    with _lock:
        _set(False)


def is_enabled():
    """Whether ops are taken over now."""
    return _registered is not None


@contextlib.contextmanager
def enabled():
    """``with enabled():`` takes ops over inside, for the whole process, and leaves things as they were before.

    What `disable` says of threads holds for the end of the outermost one.
    """
    global _depth
    with _lock:
        before = is_enabled()
        _set(True)  # raises where torch lets us not: then nothing was entered
        if _depth == 0:
            _before.append(before)
        _depth += 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                _set(_before.pop())


_before = []


def coverage(reset=False):
    """How often the library computed each op, and how often torch did and why.

    Parameters
    ----------
    reset : bool
        Start counting anew.

    Returns
    -------
    dict
        ``{"convolution": {"own": 53, "fallthrough": {"data type torch.bfloat16": 2}}, …}``; ops that were not called are absent.
    """
    result = {}
    for one in made():
        for name, own, declined in one.counts(reset):
            if own or declined:
                count = result.setdefault(name, {"own": 0, "fallthrough": {}})
                count["own"] += own
                for reason, calls in declined.items():
                    count["fallthrough"][reason] = count["fallthrough"].get(reason, 0) + calls
    return result


def registrar():
    """What registers the kernels: ``"native"`` or ``"python"``, the one in use, or while none is, the one that `enable` would use."""
    with _lock:
        return (_registered or choose()).name


def build_registrar():
    """Compiles the native registrar for the torch at hand, which takes about ten seconds and a C++ compiler, and returns its path.

    It costs less per call than the one in Python.  `enable` uses it from now on, in this and every later process of this user.

    Raises
    ------
    RuntimeError
        Where there is no compiler, or torch's headers are missing, or do not fit.
    """
    return native_build.build()


def _forget():
    """Plans made before hold no longer."""
    for one in made():
        one.forget()


def _forked():
    for one in made():
        one.forked()


state.on_change(_forget)
atexit.register(disable)  # what still runs afterwards, such as __del__, has torch's kernels: ours need an interpreter
os.register_at_fork(after_in_child=_forked)
