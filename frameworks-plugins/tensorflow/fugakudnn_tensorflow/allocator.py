"""TensorFlow's CPU memory from FugakuDnn's pool.

TensorFlow asks its registry for a CPU allocator when it makes its first tensor (a dataset, a model, a device that is listed as logical:
all of them make one), and keeps it to the end.  A later registration aborts the process.  So ``install()`` must come early, right
after ``import tensorflow``; it finds out whether it is too late, and refuses then.

What is registered stays: afterwards ``uninstall()`` and ``install()`` only say where *new* memory comes from, at any time and from any
thread.  Tensors keep their memory, and it goes back to where it came from.
"""
import ctypes
import os
import threading

from fugakudnn import _library, _signatures

from . import shim

_RULE = "must be called before TensorFlow has made its first tensor in this process, best right after 'import tensorflow'"

_lock = threading.Lock()
_loaded = None


def install(statistics=False):
    """Takes new CPU tensors of TensorFlow from the pool.

    Arguments:
      statistics: switches TensorFlow's own counting for CPU allocators on, so that ``tf.config.experimental.get_memory_info("CPU:0")``
        answers; ``False`` leaves it as it is.  Only memory that is allocated from then on is counted.

    Imports TensorFlow.  The first time a user does this with a TensorFlow, a small C++ file is compiled (some seconds) into the
    user's cache folder.  No other thread may make its first tensor meanwhile: TensorFlow has no way to ask and register in one step.

    RuntimeError: it is too late; or another allocator has a higher priority; or the compiler is missing or fails.
    fugakudnn.UnsupportedError: executable memory is forbidden here, so that the pool has no functions that may be called at any time.
    """
    import tensorflow as tf

    with _lock:
        library = _load(tf)
        state = _state(library)
        if state.registered and state.late and not state.asked:
            raise RuntimeError("fugakudnn_tensorflow.allocator.install: TensorFlow took another allocator, which is registered with a "
                               "higher priority, and keeps it to the end of the process")
        if not library.fdnn_tf_register(ctypes.byref(_pool())):
            raise RuntimeError(f"fugakudnn_tensorflow.allocator.install: {_RULE}; TensorFlow {tf.version.VERSION} already has its CPU "
                               "allocator, which it keeps, and would abort the process if another one were registered now")
        if statistics:
            library.fdnn_tf_count(1)
        library.fdnn_tf_switch(1)


def uninstall():
    """Takes new CPU tensors from the C library again.  Tensors that exist keep their memory.  Does nothing when not installed."""
    with _lock:
        if _loaded is not None:
            _loaded.fdnn_tf_switch(0)


def is_installed():
    """Whether new CPU tensors come from the pool."""
    with _lock:
        if _loaded is None:
            return False
        state = _state(_loaded)
        return bool(state.registered and state.on and (state.asked or not state.late))


def _load(tf):
    global _loaded
    if _loaded is None:
        _loaded = shim.load(tf)
    return _loaded


def _state(library):
    state = shim.State()
    library.fdnn_tf_get_state(ctypes.byref(state))
    return state


def _pool():
    """The pool's functions as addresses: machine code, which may be called at any time, also after Python has ended."""
    library = _library.lib
    hooks = _signatures.PoolHookFunctions(ctypes.sizeof(_signatures.PoolHookFunctions))
    _library.check(library.fdnn_pool_hooks(ctypes.byref(hooks)))  # refuses where it would not be machine code
    functions = library.fdnn_malloc, library.fdnn_aligned_alloc, library.fdnn_free, library.fdnn_malloc_usable_size
    return shim.Pool(*(ctypes.cast(function, ctypes.c_void_p).value for function in functions))


def _forked():
    """A child begins with a free lock, whoever held it in the parent."""
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_forked)
