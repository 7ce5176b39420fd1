"""Small C++ libraries that the tests build against the torch at hand, where its headers are."""
import os
import shutil

import pytest
import torch

from fugakudnn_torch import building


def why_not():
    """Why nothing can be built here, or None."""
    if building.header("c10", "core", "Allocator.h") is None:
        return f"the headers of torch {torch.__version__} are not here (Debian: libtorch-dev)"
    return None if shutil.which("c++") else "there is no C++ compiler"


needs_headers = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


def library(source, folder):
    """The path of a shared library made of a source file beside the tests."""
    target = os.path.join(str(folder), os.path.splitext(source)[0] + ".so")
    building.compile_library(os.path.join(os.path.dirname(__file__), source), target, ["libc10.so"], ["-O1", "-pthread"])
    return target
