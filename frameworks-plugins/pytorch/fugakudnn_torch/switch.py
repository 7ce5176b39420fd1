"""``enable``, ``disable``, ``enabled``, ``coverage``."""
import contextlib
import os
import threading

from . import state
from .registrar import PythonRegistrar, make_ops

_lock = threading.RLock()
_registrar = PythonRegistrar()
_ops = None
_depth = 0      # enabled() contexts that are open
_switched = False
_retired = []   # plans of a parent process: never freed in a child


def _set(on):
    global _ops, _switched
    if on == _switched:
        return
    if on:
        if _ops is None:
            _ops = make_ops()
        _registrar.register(_ops)
    else:
        _registrar.unregister()
    _switched = on


def enable():
    """Lets FugakuDnn compute what it covers of torch's CPU ops, for the whole process; everything else stays torch's.

    Inference only: a call whose result needs a gradient falls through.  A second call does nothing.
    """
    with _lock:
        global _depth
        _depth = max(_depth, 0)
        _set(True)


def disable():
    """Gives all ops back to torch."""
    with _lock:
        _set(False)


def is_enabled():
    """Whether ops are taken over now."""
    return _switched


@contextlib.contextmanager
def enabled():
    """``with enabled():`` takes ops over inside, for the whole process, and leaves things as they were before."""
    global _depth
    with _lock:
        before = _switched
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
    for op, _ in _ops or ():
        if op.own or op.declined:
            result[op.name] = {"own": op.own, "fallthrough": dict(op.declined)}
        if reset:
            op.own = 0
            op.declined.clear()
    return result


def _forget():
    """Plans made before hold no longer."""
    for op, _ in _ops or ():
        op.plans.clear()


def _forked():
    for op, _ in _ops or ():
        _retired.append(dict(op.plans))
        op.plans.clear()


state.on_change(_forget)
os.register_at_fork(after_in_child=_forked)
