"""What the tests of the allocator ask the pool, and programs that they run."""
import ctypes
import os
import re
import resource
import subprocess
import sys

from fugakudnn import _signatures
from fugakudnn._library import check, lib

EXHAUSTIVE = os.environ.get("FUGAKUDNN_EXHAUSTIVE") == "1"


def statistics():
    """The pool's counters at this moment."""
    result = _signatures.PoolStatistics()
    result.struct_size = ctypes.sizeof(result)
    check(lib.fdnn_pool_statistics_get(ctypes.byref(result)))
    return result


def owns(tensor):
    """Whether a tensor's memory is the pool's."""
    return bool(lib.fdnn_pool_owns(tensor.data_ptr()))


def usable_size(tensor):
    """Bytes of a tensor's block."""
    return lib.fdnn_malloc_usable_size(tensor.data_ptr())


def trim():
    """Gives idle memory back; how much."""
    released = ctypes.c_int64()
    check(lib.fdnn_pool_trim(ctypes.byref(released)))
    return released.value


def limit_address_space(more):
    """Lets this process have so many bytes of address space besides what it has."""
    with open("/proc/self/status", encoding="ascii") as file:
        virtual = int(re.search(r"VmSize:\s+(\d+)", file.read())[1]) << 10
    resource.setrlimit(resource.RLIMIT_AS, (virtual + more, resource.getrlimit(resource.RLIMIT_AS)[1]))


def run(code, *arguments, timeout=300, **environment):
    """What a program prints that must end with 0; the tests' folder is where it imports from."""
    path = os.pathsep.join([os.path.dirname(__file__), *sys.path])
    result = subprocess.run([sys.executable, "-W", "ignore::DeprecationWarning", "-c", code, *arguments], capture_output=True, text=True, timeout=timeout,
                            env={**os.environ, "PYTHONPATH": path, **environment})
    assert result.returncode == 0, f"exit code {result.returncode}\n{result.stdout}\n{result.stderr}"
    return result.stdout.strip()
