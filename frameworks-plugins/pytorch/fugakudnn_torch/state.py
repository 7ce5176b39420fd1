"""What every call looks at: the thread count to follow, and whether the library may be used at all."""
import threading

import fugakudnn
from fugakudnn import control, native
from torch import get_num_threads

_lock = threading.Lock()
_isa_changes = 0
_threads = None
_listeners = []
_thread_listeners = []


def on_change(listener):
    """Calls ``listener()`` whenever plans made before are not to be used any more."""
    _listeners.append(listener)


def on_threads(listener):
    """Calls ``listener(count)`` with the library's number of threads, now and whenever we set it."""
    with _lock:
        _thread_listeners.append(listener)
        if _threads is not None:
            listener(_threads)


def follow_threads():
    """Gives the library torch's number of threads, ``torch.get_num_threads()``; returns it."""
    global _threads
    count = get_num_threads()
    if count != _threads:
        with _lock:
            fugakudnn.set_num_threads(count)
            _threads = count
            for listener in _thread_listeners:
                listener(count)
    return count


def generation():
    """Changes whenever plans made before are not to be used any more."""
    return (follow_threads(), _isa_changes)


def _isa_changed():
    global _isa_changes
    _isa_changes += 1
    for listener in _listeners:
        listener()


control.on_change(_isa_changed)
in_forked_child = native.in_forked_child
