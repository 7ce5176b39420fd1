"""Small C++ libraries that the tests build against the torch at hand, where its headers are."""
import os
import shutil
import subprocess

import pytest
import torch

from fugakudnn_torch import building, c10


def why_not():
    """Why nothing can be built here, or None."""
    if building.header("c10", "core", "Allocator.h") is None:
        return f"the headers of torch {torch.__version__} are not here (Debian: libtorch-dev)"
    return None if shutil.which("c++") else "there is no C++ compiler"


needs_headers = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


def library(source, folder):
    """The path of a shared library made of a source file beside the tests."""
    target = os.path.join(str(folder), os.path.splitext(source)[0] + ".so")
    # Newer torch asks for C++20, older headers don't compile with it.
    standard = "c++20" if c10.layout()[0] == 1 else "c++17"
    command = ["c++", *building.flags_of(standard), "-O1", "-pthread", os.path.join(os.path.dirname(__file__), source), "-o", target, c10.path()]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stderr}"
    return target
