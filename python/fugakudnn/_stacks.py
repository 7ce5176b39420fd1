"""Python stacks of allocations, for the pool's debug mode.

The pool calls back from inside an allocation, on whichever thread allocates, so the callback is careful:

- **Who holds the GIL?**  The pool asks `PyGILState_GetThisThreadState` first and calls only on threads that Python knows.  ctypes takes the GIL
  where such a thread has given it up (PyTorch does, around its operations); threads of C++ never wait for it and have no stack.
- **Recursion.**  Python code that runs here may collect garbage and so allocate from the pool: the pool does not ask about that.
- **Interrupts.**  An exception must not leave a callback: Ctrl-C that arrives here is raised again once the allocation is over.
- **The end.**  The callback is taken back by `atexit`, before the interpreter is dismantled, and its thunk is never freed.
"""
import _thread
import atexit
import ctypes
import sys
import time

from ._library import check, lib

_DEEPEST = 40  # frames of a stack, innermost first
_MOST = 4096  # texts that are kept for the next block from the same place

_texts = {}  # frames → text


def _frames(frame):
    rows = []
    while frame is not None and len(rows) < _DEEPEST:
        code = frame.f_code
        rows.append((code.co_filename, frame.f_lineno, code.co_name))
        frame = frame.f_back
    return tuple(rows)


def _text(frames):
    text = _texts.get(frames)
    if text is None:
        # Indented, so that no line looks like one that the pool writes between stacks.
        text = "".join(f"    {file}:{line} {function}\n" for file, line, function in frames).encode("utf-8", "replace")
        if len(_texts) >= _MOST:
            _texts.clear()
        _texts[frames] = text
    return text


def _interrupt_again():
    time.sleep(0.001)  # so that the callback has returned; if it has not, or is in the next, we come back here
    _thread.interrupt_main()


def _write_stack(address, size):
    """Writes at most ``size`` bytes, whole lines only; returns how many."""
    try:
        text = _text(_frames(sys._getframe(1)))
        if len(text) > size:
            text = text[:text.rfind(b"\n", 0, size) + 1]
        ctypes.memmove(address, text, len(text))
        return len(text)
    except KeyboardInterrupt:
        _thread.start_new_thread(_interrupt_again, ())
        return 0
    except BaseException:  # too deep a recursion, no memory: the block simply has no stack
        return 0


_callback = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64)(_write_stack)
ctypes.PYFUNCTYPE(None, ctypes.py_object)(("Py_IncRef", ctypes.pythonapi))(_callback)


def record(on):
    """Lets the pool ask for stacks, or no longer."""
    if on:
        check(lib.fdnn_pool_debug_stack(ctypes.cast(_callback, ctypes.c_void_p),
                                        ctypes.cast(ctypes.pythonapi.PyGILState_GetThisThreadState, ctypes.c_void_p)))
        atexit.register(record, False)
    else:
        atexit.unregister(record)
        check(lib.fdnn_pool_debug_stack(None, None))
