"""``enable_allocator``, ``disable_allocator``, ``allocator_enabled``, ``is_allocator_enabled``: the pool as torch's CPU allocator.

For each allocator that was torch's when the pool came (its *stock*) there are two objects, which live for ever.  The *active* one takes
memory from the pool, and from stock what the pool does not give: no bytes, exhaustion (so that errors are torch's own), a forked child.
The *bystander* takes everything from stock; it is what stays when the pool goes, because oneDNN's memory may come back
after any number of switches, to whoever is installed then (see `c10`).  Both free memory of both kinds.

The objects come from the library where it knows the layout of torch's class, else from `shim`.

Two libraries take memory past torch's allocator, from the C library, and are served by the pool where they are found:

- c10: torch's *default* allocator, whatever else is installed, makes the storages that are unpickled (``pickle.load``, ``torch.load`` of the old
  format), copied by ``copy.deepcopy``, or made by ``torch.UntypedStorage(bytes)``.  They are often a network's weights.
- oneDNN, where it is a library of its own (as in Debian's torch): descriptors and scratchpads, 4,335 of them in a forward pass of ResNet-50 for one
  image.  In a torch that contains it they cannot be told from torch's own.
"""
import contextlib
import ctypes
import os
import threading

from fugakudnn import _library

from . import c10, shim, torch_versions

_lock = threading.RLock()
_pairs = {}         # stock: (active, bystander)
_bystanders = {}    # active: its bystander
_stocks = {}        # bystander: its stock
_SERVED = (b"libc10.so", b"libdnnl.so")  # how the files' names begin
_depth = 0          # allocator_enabled() contexts that are open
_before = []


def enable_allocator():
    """Lets torch take the memory of CPU tensors from FugakuDnn's pool, for the whole process.

    Tensors that exist stay where they are, and free their memory as they would have: enable it before a network is made or loaded, so that its
    weights lie in the pool.  Safe at any time, from any thread; a second call does nothing.  What torch makes by its default allocator whatever
    is installed (unpickled and deep-copied tensors) comes from the pool too, and so do oneDNN's descriptors and scratchpads where oneDNN is a
    library of its own.

    Raises
    ------
    RuntimeError
        Where torch's allocator is of a kind that the library does not know and no shim can be built for it, or where torch keeps
        another allocator because that was set with a higher priority.  Nothing has changed then.
    """
    with _lock:
        current = c10.installed()
        if current in _bystanders:
            return
        active, _ = _pair(_stocks.get(current, current))
        _install(active, current)
        _serve(True)


def disable_allocator():
    """Lets torch take new memory from the allocator it had before.

    Tensors in the pool live on and free into it.  Does nothing where another library's allocator has taken the pool's place meanwhile.
    """
    with _lock:
        current = c10.installed()
        if current in _bystanders:
            _install(_bystanders[current], current)
            _serve(False)


def is_allocator_enabled():
    """Whether torch's allocator is the pool now: asked of torch, so that other libraries' allocators count."""
    return c10.installed() in _bystanders


@contextlib.contextmanager
def allocator_enabled():
    """``with allocator_enabled():`` uses the pool inside, for the whole process, and leaves things as they were before."""
    global _depth
    with _lock:
        before = is_allocator_enabled()
        enable_allocator()  # where it raises, nothing was entered
        if _depth == 0:
            _before.append(before)
        _depth += 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                enable_allocator() if _before.pop() else disable_allocator()


def _forked():
    """A child begins with a free lock, whoever held it in the parent."""
    global _lock
    _lock = threading.RLock()


def _install(allocator, current):
    if not c10.install(allocator):
        raise RuntimeError(f"fugakudnn_torch: torch keeps the CPU allocator at {current:#x}, which was set with a higher priority than 0, by "
                           "another library or by a build option of this torch")


def _serve(on):
    for name in _SERVED:
        with contextlib.suppress(_library.UnsupportedError):  # it is not a library of its own, or another tool's functions serve it
            _library.check(_library.lib.fdnn_pool_serve(name, on))


def _pair(stock):
    """The active object and the bystander above an allocator."""
    if stock not in _pairs:
        active, bystander = _pairs[stock] = _make(stock)
        _bystanders[active] = bystander
        _stocks[bystander] = stock
    return _pairs[stock]


def _make(stock):
    layout, reason = c10.layout()
    if layout is not None and os.environ.get("FUGAKUDNN_TORCH_ALLOCATOR_SHIM", "").strip() != "1":
        return _object("fdnn_c10_allocator", layout, stock), _object("fdnn_c10_bystander", layout, stock)
    try:
        return shim.build(stock)
    except RuntimeError as error:
        if layout is not None:
            raise
        raise RuntimeError(f"fugakudnn_torch: the allocator of torch {torch_versions.VERSION} is not one of those known ({reason}), and no shim can "
                           f"be built for it: {error}") from error


def _object(export, layout, stock):
    allocator = ctypes.c_void_p()
    _library.check(getattr(_library.lib, export)(layout, ctypes.c_void_p(stock), ctypes.byref(allocator)))
    return allocator.value


os.register_at_fork(after_in_child=_forked)

__all__ = ["allocator_enabled", "disable_allocator", "enable_allocator", "is_allocator_enabled"]
