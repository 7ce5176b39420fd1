"""Builds `c10_shim.cpp` against the torch at hand: the way to its allocator where the layout of its class is not known."""
import ctypes
import os
import tempfile

from fugakudnn import _library

from . import building

_SOURCE = "c10_shim.cpp"
_loaded = []  # never unloaded: torch may call them until the process ends


def build(stock):
    """The allocators (active, bystander) above the one at address ``stock``, as addresses.

    Raises
    ------
    RuntimeError
        Where the shim cannot be compiled.
    """
    with tempfile.TemporaryDirectory(prefix="fugakudnn_torch_") as folder:
        library = os.path.join(folder, "c10_shim.so")
        building.compile_library(_SOURCE, library, ["libc10.so"])
        shim = ctypes.CDLL(library)  # one for each stock: it is kept in a variable of the library
    _loaded.append(shim)
    shim.fugakudnn_c10_raw_deleter.restype, shim.fugakudnn_c10_shim.restype = ctypes.c_void_p, None
    functions = [ctypes.c_void_p() for _ in range(3)]
    stock_free = ctypes.c_void_p(shim.fugakudnn_c10_raw_deleter(ctypes.c_void_p(stock)))
    _library.check(_library.lib.fdnn_c10_functions(stock_free, *map(ctypes.byref, functions)))
    active, bystander = ctypes.c_void_p(), ctypes.c_void_p()
    shim.fugakudnn_c10_shim(ctypes.c_void_p(stock), *functions, ctypes.byref(active), ctypes.byref(bystander))
    return active.value, bystander.value
