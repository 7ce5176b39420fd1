"""Compiles a C++ source of this package against the torch at hand."""
import os
import shutil
import subprocess

import torch

from . import torch_versions

_COMPILERS = ("c++", "g++", "clang++")
_STANDARDS = ("c++17", "c++20")  # the oldest that all of torch 1.13 to 2.14 compile with, and what the newest may ask for


def compile_library(source, target, libraries, flags=()):
    """Makes the shared library ``target`` of ``source``, a file of this package or a path, linked with torch's ``libraries``, such as "libc10.so".

    Raises
    ------
    RuntimeError
        Where there is no compiler, or torch's headers are missing, or do not fit.
    """
    name, source = os.path.basename(source), os.path.join(os.path.dirname(__file__), source)
    compiler = next(filter(None, map(shutil.which, _COMPILERS)), None)
    if compiler is None:
        raise _refused(f"there is no C++ compiler to build {name} (looked for {', '.join(_COMPILERS)})")
    if header("c10", "core", "Allocator.h") is None:
        raise _refused(f"torch's headers, to build {name}, are not in {' nor in '.join(include_folders())} (Debian: libtorch-dev)")
    linked = [torch_versions.loaded_file(library) for library in libraries]
    for standard in _STANDARDS:
        result = subprocess.run([compiler, *_flags_of(standard), *flags, source, "-o", target, *linked], capture_output=True, text=True)
        if result.returncode == 0:
            return
    raise _refused(f"{compiler} does not compile {name} against torch {torch_versions.VERSION}:\n{result.stderr}")


def include_folders():
    """Where torch's headers are."""
    include = os.path.join(os.path.dirname(torch.__file__), "include")
    return [include, os.path.join(include, "torch", "csrc", "api", "include")]


def header(*names):
    """The path of one of torch's headers, or None."""
    paths = (os.path.join(folder, *names) for folder in include_folders())
    return next(filter(os.path.exists, paths), None)


def _flags_of(standard):
    """What compiles a library that is loaded beside torch."""
    abi = torch_versions.CXX11_ABI
    return ["-O2", "-shared", "-fPIC", "-fvisibility=hidden", f"-std={standard}", f"-D_GLIBCXX_USE_CXX11_ABI={abi}",
            *(f"-isystem{folder}" for folder in include_folders())]


def _refused(reason):
    return RuntimeError(f"fugakudnn_torch: {reason}")
