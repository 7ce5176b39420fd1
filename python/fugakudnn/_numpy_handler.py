"""NumPy's arrays in the pool: its memory handler (NEP 49), for every thread at once.

*Vocabulary.*  A **handler** is a struct of four C functions (malloc, calloc, realloc, free) in a capsule.  NumPy asks for the
**current** one for each new array, and the array keeps that capsule: whoever made an array's memory resizes and frees it, whatever is
current by then.  So installing and uninstalling are safe while arrays of both kinds are alive.

*Every thread.*  The current handler is the value of a context variable, and `PyDataMem_SetHandler` sets it in one context only: threads
that run already, threads to come, pools and asyncio tasks in other contexts would all keep NumPy's own.  What they have in common is the variable's
**default**, which holds wherever nobody chose a handler.  Python gives no way to change a default, so we store ours into the variable
object itself: one pointer, under the GIL.  Where it lies is found by looking, not assumed, and what comes of it is verified.  A context in
which somebody chose a handler keeps it, except the one that calls install.

*What was tried and left.*  Patching the functions of NumPy's own handler struct in place reaches every thread too, but then arrays on either
side of the switch are freed by the other's functions, and NumPy's cache of blocks below 1 KiB hands blocks of one to the other.  Wrapping
`threading.Thread` misses threads of C libraries, those of `_thread`, those that run already, and contexts made beforehand.
"""
import contextvars
import ctypes
import os
import threading

from . import _signatures
from ._library import UnsupportedError, check, lib

NAME = b"fugakudnn"
_CAPSULE_NAME = b"mem_handler"  # compared by its text; the capsule keeps this very pointer

# Slots of NumPy's API table, the same in 1.22 to 2.x; its feature version counts what the table has.
_FEATURE_VERSION, _SET_HANDLER, _DEFAULT_HANDLER = 211, 304, 306
_FIRST_WITH_HANDLERS = 0x0F  # NumPy 1.22
_WORD = ctypes.sizeof(ctypes.c_void_p)


class _Handler(ctypes.Structure):
    """PyDataMem_Handler, version 1."""

    _fields_ = [("name", ctypes.c_char * 127), ("version", ctypes.c_uint8),
                ("context", ctypes.c_void_p), ("malloc", ctypes.c_void_p), ("calloc", ctypes.c_void_p),
                ("realloc", ctypes.c_void_p), ("free", ctypes.c_void_p)]


def _c_api(name, result, *arguments):
    return ctypes.PYFUNCTYPE(result, *arguments)((name, ctypes.pythonapi))


def _for_ever(thing):
    """The object is never freed: NumPy may use it after Python has dismantled this module."""
    _c_api("Py_IncRef", None, ctypes.py_object)(thing)
    return thing


def _make_capsule():
    """Our handler; its struct and its capsule outlive the interpreter, since arrays do."""
    hooks = _signatures.PoolHookFunctions(ctypes.sizeof(_signatures.PoolHookFunctions))
    check(lib.fdnn_pool_hooks(ctypes.byref(hooks)))
    address = _c_api("PyMem_RawCalloc", ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t)(1, ctypes.sizeof(_Handler))
    if not address:
        raise MemoryError
    handler = _Handler.from_address(address)
    handler.name, handler.version = NAME, 1
    handler.malloc, handler.calloc = hooks.numpy_malloc, hooks.numpy_calloc
    handler.realloc, handler.free = hooks.numpy_realloc, hooks.numpy_free
    new = _c_api("PyCapsule_New", ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    return _for_ever(new(address, _for_ever(_CAPSULE_NAME), None))


def _api_slot(index):
    """A word of NumPy's table of C functions."""
    try:
        from numpy._core import _multiarray_umath
    except ImportError:  # NumPy 1.x
        from numpy.core import _multiarray_umath
    pointer = _c_api("PyCapsule_GetPointer", ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)
    return ctypes.c_void_p.from_address(pointer(_multiarray_umath._ARRAY_API, None) + _WORD * index).value


def _refuse_what_has_no_handlers():
    import platform

    import numpy
    if platform.python_implementation() != "CPython":
        raise UnsupportedError(f"install_numpy: works in CPython only, this is {platform.python_implementation()}")
    if ctypes.PYFUNCTYPE(ctypes.c_uint)(_api_slot(_FEATURE_VERSION))() < _FIRST_WITH_HANDLERS:
        raise UnsupportedError(f"install_numpy: NumPy must be 1.22 or newer to have memory handlers, this is {numpy.__version__}")


def _find_variable(capsule):
    """NumPy's context variable: what appears in a context of our own when NumPy sets a handler there."""
    context = contextvars.copy_context()
    context.run(ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(_api_slot(_SET_HANDLER)), capsule)
    found = [variable for variable in context if context[variable] is capsule]
    if len(found) != 1:
        raise UnsupportedError(f"install_numpy: NumPy must keep its handler in one context variable, it has {len(found)}")
    return found[0]


def _words_that_hold(variable, thing):
    return [at for at in range(0, contextvars.ContextVar.__basicsize__, _WORD)
            if ctypes.c_void_p.from_address(id(variable) + at).value == id(thing)]


def _default_word(variable):
    """The word of a context variable that points at its default; its place is that of a variable made for the purpose."""
    marker = object()
    places = _words_that_hold(contextvars.ContextVar("place of the default", default=marker), marker)
    default = contextvars.Context().run(variable.get)
    if len(places) != 1 or places[0] not in _words_that_hold(variable, default):
        raise UnsupportedError("install_numpy: the default of a context variable is not where it can be changed in this Python; "
                               f"of {contextvars.ContextVar.__basicsize__} bytes these hold it: {places}")
    return ctypes.c_void_p.from_address(id(variable) + places[0])


class _Switch:
    """NumPy's variable, with our capsule as its default or with NumPy's own."""

    def __init__(self):
        _refuse_what_has_no_handlers()
        self.capsule = _make_capsule()
        self.variable = _for_ever(_find_variable(self.capsule))
        self._word = _default_word(self.variable)
        self._own = _for_ever(contextvars.Context().run(self.variable.get))
        # What install displaced in a context where somebody had chosen a handler.
        self._displaced = contextvars.ContextVar("handler displaced by fugakudnn", default=self._own)

    def on(self):
        """The default first, then this context if it has a value of its own."""
        self._store(self.capsule)
        if self.variable.get() is not self.capsule:
            self._displaced.set(self.variable.get())
            self.variable.set(self.capsule)

    def off(self):
        """The way back."""
        self._store(self._own)
        if self.variable.get() is self.capsule:
            self.variable.set(self._displaced.get())

    def _store(self, handler):
        # The variable owns what it points at: both capsules live for ever, so no count has to follow.
        before = self._word.value
        self._word.value = id(handler)
        if contextvars.Context().run(self.variable.get) is not handler:
            self._word.value = before
            raise UnsupportedError("install_numpy: this Python does not take the default of a context variable from where it was found")


_switch = None
_wanted = False  # by install()
_blocks = 0  # with-blocks that are open, in all threads
_lock = threading.RLock()


def _new_lock_in_child():
    global _lock
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_new_lock_in_child)


def change(*, wanted=None, blocks=0):
    """Sets what install and uninstall say, and counts with-blocks; then switches accordingly."""
    global _switch, _wanted, _blocks
    with _lock:
        on = (_wanted if wanted is None else wanted) or _blocks + blocks > 0
        if _switch is None and on:
            _switch = _Switch()
        if _switch is not None:
            _switch.on() if on else _switch.off()
        _wanted, _blocks = _wanted if wanted is None else wanted, _blocks + blocks


def current():
    """Whether a new array of this context comes from the pool."""
    return _switch is not None and _switch.variable.get() is _switch.capsule
