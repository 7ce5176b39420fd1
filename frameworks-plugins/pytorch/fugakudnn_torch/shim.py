"""Builds `c10_shim.cpp` against the torch at hand: the way to its allocator where the layout of its class is not known."""
import ctypes
import os
import shutil
import subprocess
import tempfile

import torch
from fugakudnn import _library

from . import c10, torch_versions

_SOURCE = os.path.join(os.path.dirname(__file__), "c10_shim.cpp")
_COMPILERS = ("c++", "g++", "clang++")
_STANDARDS = ("c++17", "c++20")  # the oldest that all of torch 1.13 to 2.14 compile with, and what the newest may ask for
_loaded = []  # never unloaded: torch may call them until the process ends


def build(stock):
    """The allocators (active, bystander) above the one at address ``stock``, as addresses.

    Raises
    ------
    RuntimeError
        Where there is no compiler, or torch's headers are missing, or do not fit.
    """
    with tempfile.TemporaryDirectory(prefix="fugakudnn_torch_") as folder:
        library = os.path.join(folder, "c10_shim.so")
        _compile(library)
        shim = ctypes.CDLL(library)  # one for each stock: it is kept in a variable of the library
    _loaded.append(shim)
    shim.fugakudnn_c10_raw_deleter.restype, shim.fugakudnn_c10_shim.restype = ctypes.c_void_p, None
    functions = [ctypes.c_void_p() for _ in range(3)]
    stock_free = ctypes.c_void_p(shim.fugakudnn_c10_raw_deleter(ctypes.c_void_p(stock)))
    _library.check(_library.lib.fdnn_c10_functions(stock_free, *map(ctypes.byref, functions)))
    active, bystander = ctypes.c_void_p(), ctypes.c_void_p()
    shim.fugakudnn_c10_shim(ctypes.c_void_p(stock), *functions, ctypes.byref(active), ctypes.byref(bystander))
    return active.value, bystander.value


def _compile(library):
    compiler = next(filter(None, map(shutil.which, _COMPILERS)), None)
    if compiler is None:
        raise _refused(f"there is no C++ compiler to build {os.path.basename(_SOURCE)} (looked for {', '.join(_COMPILERS)})")
    if not any(os.path.exists(os.path.join(folder, "c10", "core", "Allocator.h")) for folder in include_folders()):
        raise _refused(f"torch's headers, to build {os.path.basename(_SOURCE)}, are not in {' nor in '.join(include_folders())}"
                       " (Debian: libtorch-dev)")
    for standard in _STANDARDS:
        result = subprocess.run([compiler, *flags(standard), _SOURCE, "-o", library, c10.path()], capture_output=True, text=True)
        if result.returncode == 0:
            return
    raise _refused(f"{compiler} does not compile {os.path.basename(_SOURCE)} against torch {torch_versions.VERSION}:\n{result.stderr}")


def include_folders():
    """Where torch's headers are."""
    include = os.path.join(os.path.dirname(torch.__file__), "include")
    return [include, os.path.join(include, "torch", "csrc", "api", "include")]


def flags(standard):
    """What compiles a library that is loaded beside torch."""
    abi = torch_versions.CXX11_ABI
    return ["-O2", "-shared", "-fPIC", "-fvisibility=hidden", f"-std={standard}", f"-D_GLIBCXX_USE_CXX11_ABI={abi}",
            *(f"-I{folder}" for folder in include_folders())]


def _refused(reason):
    return RuntimeError(f"fugakudnn_torch: {reason}")
