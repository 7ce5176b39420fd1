"""The pooling allocator: memory of arrays and tensors that is kept instead of given back, so that its pages are not touched first again.

>>> import numpy, fugakudnn.allocator as allocator
>>> with allocator.numpy_arrays():
...     numpy.empty(1000).ctypes.data % 64
0

`install_numpy` (or ``with numpy_arrays()``) makes the arrays of NumPy, and so of Chainer, in the pool, in every thread.  The other functions
say what the pool holds, bound what it keeps, and find what was never freed.  All are thread-safe.
"""
import contextlib
import ctypes
import dataclasses

from . import _numpy_handler, _signatures
from ._debug_mode import Leak, debug, leak_report, leaks, mark  # noqa: F401, part of this module's API
from ._library import check, lib
from ._units import amount

_LARGEST = 2 ** 63 - 1


@dataclasses.dataclass(frozen=True)
class Statistics:
    """What the pool holds and has done since the process began; in bytes where the name says so, otherwise counts."""

    live_bytes: int
    """In blocks that are in use."""
    live_blocks: int
    cached_bytes: int
    """In free blocks that threads and the lists between them hold ready."""
    idle_bytes: int
    """In free pages that still have memory; `trim` gives them back."""
    max_idle_bytes: int
    """Most of them that stay; `set_max_idle`."""
    mapped_bytes: int
    """Address space taken from the system."""
    peak_live_bytes: int
    peak_resident_bytes: int
    allocations: int
    cache_hits: int
    """Allocations that a block held ready served."""
    late_frees: int
    """Blocks freed on threads that were ending, or while the process was."""
    system_calls: int
    faults_avoided: int
    """Page faults that fresh memory would have cost."""
    invalid_frees: int
    """Double frees and pointers into the middle of blocks; seen in debug mode."""
    fallbacks: int
    """Allocations that the C library served: in a forked child, on a thread that had ended."""

    @property
    def hit_rate(self):
        """Share of allocations, 0 to 1, that a block held ready served; 0 before the first."""
        return self.cache_hits / self.allocations if self.allocations else 0.0


@dataclasses.dataclass(frozen=True)
class SizeClass:
    """Blocks of one size."""

    block_bytes: int
    """Bytes of a block; 0 stands for large blocks, which are whole pages of any number."""
    live_blocks: int
    cached_blocks: int
    allocations: int
    spans: int
    """Runs of pages that are cut into such blocks."""


def _new(struct):
    value = struct()
    setattr(value, struct._fields_[0][0], ctypes.sizeof(struct))  # the size that says which fields we know
    return value


def _filled(kind, struct):
    return kind(**{field.name: getattr(struct, field.name) for field in dataclasses.fields(kind)})


def _int64(function):
    value = ctypes.c_int64()
    check(function(ctypes.byref(value)))
    return value.value


def statistics():
    """The pool's counters as `Statistics`.

    They are gathered while other threads work, so sums need not fit to the last block.
    """
    struct = _new(_signatures.PoolStatistics)
    check(lib.fdnn_pool_statistics_get(ctypes.byref(struct)))
    return _filled(Statistics, struct)


def classes():
    """A `SizeClass` for each size of block, ascending; the last stands for large blocks."""
    rows = []
    for index in range(lib.fdnn_pool_class_count()):
        struct = _new(_signatures.PoolClassStatistics)
        check(lib.fdnn_pool_class_get(index, ctypes.byref(struct)))
        rows.append(_filled(SizeClass, struct))
    return rows


def summary():
    """The pool in one line, for example ``12.0 MiB live, 30.5 MiB idle (at most 1.0 GiB), 98 % hits``."""
    now = statistics()
    return (f"{amount(now.live_bytes)} live, {amount(now.idle_bytes)} idle (at most {amount(now.max_idle_bytes)}), "
            f"{now.hit_rate:.0%} hits".replace("%", " %"))


def table():
    """Statistics, and a row for each size of block that was ever allocated, as text."""
    now = statistics()
    lines = [f"{'live':14}{amount(now.live_bytes):>12}   in {now.live_blocks} blocks; at most {amount(now.peak_live_bytes)}",
             f"{'cached':14}{amount(now.cached_bytes):>12}   held ready by threads",
             f"{'idle':14}{amount(now.idle_bytes):>12}   at most {amount(now.max_idle_bytes)}",
             f"{'mapped':14}{amount(now.mapped_bytes):>12}   of address space; resident at most {amount(now.peak_resident_bytes)}",
             f"{'allocations':14}{now.allocations:>12}   {100 * now.hit_rate:.1f} % hits, {now.fallbacks} by the C library",
             f"{'frees':14}{now.allocations - now.live_blocks:>12}   {now.late_frees} late, "
             f"{now.invalid_frees} invalid",
             f"{'system calls':14}{now.system_calls:>12}   {now.faults_avoided} page faults avoided",
             "", f"{'block':>14}{'live':>12}{'cached':>12}{'allocations':>14}{'spans':>10}"]
    lines += [f"{amount(row.block_bytes) if row.block_bytes else 'large':>14}{row.live_blocks:>12}{row.cached_blocks:>12}"
              f"{row.allocations:>14}{row.spans:>10}" for row in classes() if row.allocations]
    return "\n".join(lines)


def trim():
    """Gives all idle memory back to the system; returns the bytes given back.

    The next allocations touch their pages first again, so this is for a program that goes from one phase to another.
    """
    return _int64(lib.fdnn_pool_trim)


def max_idle():
    """Most bytes of free pages that the pool keeps."""
    return _int64(lib.fdnn_pool_max_idle_get)


def set_max_idle(bytes):
    """Sets the most ``bytes`` of free pages that the pool keeps; 0 keeps none.  What is above it now is given back.

    The environment variable ``FUGAKUDNN_POOL_MAX_IDLE`` sets it from the start.  Raises `ValueError` for a number below 0 or above 2**63 - 1,
    `TypeError` for anything that is no integer.
    """
    from operator import index
    if not 0 <= index(bytes) <= _LARGEST:
        raise ValueError(f"set_max_idle: bytes must be in [0, 2**63), got {bytes}")
    check(lib.fdnn_pool_max_idle_set(index(bytes)))


def install_numpy():
    """From now on the memory of new NumPy arrays comes from the pool: in every thread and context, those that run already too.

    Arrays that exist stay where they are; each is resized and freed by whoever made its memory, so this can be called at any time, and more
    than once.  A context in which some other handler was set (`PyDataMem_SetHandler`) keeps it, except the one that calls.

    When memory runs out NumPy raises `MemoryError` as usual.  A forked child takes new memory from the C library.

    Raises `fugakudnn.UnsupportedError` for NumPy before 1.22, and for a Python that is not CPython.
    """
    _numpy_handler.change(wanted=True)


def uninstall_numpy():
    """From now on NumPy uses its own memory again, or what `install_numpy` displaced in this context.

    Arrays in the pool stay alive and valid.  While a ``with numpy_arrays()`` is open somewhere, this takes effect at its end.
    """
    _numpy_handler.change(wanted=False)


def numpy_installed():
    """Whether the memory of a new array comes from the pool, in this thread and context."""
    return _numpy_handler.current()


@contextlib.contextmanager
def numpy_arrays():
    """A context manager: new NumPy arrays come from the pool until the block ends, in every thread.

    Blocks can be nested, and open in several threads: the last to end switches back, unless `install_numpy` was called.
    Raises what `install_numpy` raises.
    """
    _numpy_handler.change(blocks=1)
    try:
        yield
    finally:
        _numpy_handler.change(blocks=-1)
