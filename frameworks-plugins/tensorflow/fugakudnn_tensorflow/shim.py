"""Builds allocator.cc against the TensorFlow that is installed, once a user and TensorFlow, and loads it.

TensorFlow takes allocators in C++ only, and the layouts of its classes differ from version to version.  So nothing here knows a
version: the source is compiled with the headers and flags of the TensorFlow at hand, and a version that it does not fit says so
in the compiler's words.
"""
import ctypes
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

#: The source of the shim.
SOURCE = Path(__file__).with_name("allocator.cc")

_COMPILERS = ("c++", "g++", "clang++")
_FLAGS = ["-shared", "-fPIC", "-O2", "-w"]
_LONGEST_MESSAGE = 3000  # characters of the compiler's: the first error says it


class Pool(ctypes.Structure):
    """fdnn_tf_pool: the functions of the pool, as addresses."""

    _fields_ = [(name, ctypes.c_void_p) for name in ("malloc", "aligned_alloc", "free", "usable_size")]


class State(ctypes.Structure):
    """fdnn_tf_state: what is so in this process."""

    _fields_ = [(name, ctypes.c_int32) for name in ("registered", "on", "late", "asked")]


def load(tf):
    """The shim for the TensorFlow ``tf``, compiled if this user has none yet.

    RuntimeError: there is no C++ compiler, the source does not fit this TensorFlow, or what was compiled cannot be loaded.
    """
    path = cached(tf)
    if path is None:
        return _build_for_this_process(tf)
    return _open(path)


def cached(tf):
    """Where the shim is, after compiling it if need be; None where the user's cache folder cannot be written."""
    path = cache_folder() / f"allocator-{tf.version.VERSION}-{_key(tf)}.so"
    if path.is_file():
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A name of its own beside the goal, then one atomic step: processes that compile at the same time replace equal by equal.
        handle, building = tempfile.mkstemp(prefix=path.stem + "-", suffix=".building", dir=path.parent)
    except OSError:
        return None
    os.close(handle)
    try:
        _compile(tf, building)
        os.replace(building, path)
    finally:
        Path(building).unlink(missing_ok=True)
    return path


def cache_folder():
    """The user's cache folder, by the rule of the XDG specification."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(named) if os.path.isabs(named) else Path.home() / ".cache") / "fugakudnn" / "tensorflow"


def _key(tf):
    """Everything the machine code depends on: homes are shared by machines, and a version of TensorFlow has many builds."""
    parts = [SOURCE.read_text(), tf.version.GIT_VERSION, platform.machine(), os.confstr("CS_GNU_LIBC_VERSION"),
             *_FLAGS, *tf.sysconfig.get_compile_flags(), *tf.sysconfig.get_link_flags()]
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:16]


def _build_for_this_process(tf):
    with tempfile.TemporaryDirectory(prefix="fugakudnn-tensorflow-") as folder:
        path = os.path.join(folder, "allocator.so")
        _compile(tf, path)
        return _open(path)  # stays mapped when the file is gone


def _open(path):
    try:
        shim = ctypes.CDLL(str(path))
    except OSError as error:
        raise RuntimeError(f"fugakudnn_tensorflow: {path} cannot be loaded ({error}); delete it to have it compiled again") from error
    shim.fdnn_tf_get_state.argtypes, shim.fdnn_tf_get_state.restype = [ctypes.POINTER(State)], None
    shim.fdnn_tf_register.argtypes, shim.fdnn_tf_register.restype = [ctypes.POINTER(Pool)], ctypes.c_int32
    shim.fdnn_tf_switch.argtypes, shim.fdnn_tf_switch.restype = [ctypes.c_int32], None
    shim.fdnn_tf_count.argtypes, shim.fdnn_tf_count.restype = [ctypes.c_int32], None
    return shim


def _compiler():
    """$CXX, or the first of the usual ones, as the beginning of a command."""
    named = shlex.split(os.environ.get("CXX", ""))
    candidates = [named] if named else [[name] for name in _COMPILERS]
    for command in candidates:
        if shutil.which(command[0]):
            return command
    tried = ", ".join(command[0] for command in candidates)
    raise RuntimeError("fugakudnn_tensorflow: TensorFlow takes an allocator in C++ only, which is compiled on first use and needs a C++ "
                       f"compiler; not found in PATH: {tried}. Install g++, or set CXX")


def _compile(tf, path):
    command = [*_compiler(), *_FLAGS, *tf.sysconfig.get_compile_flags(), str(SOURCE), "-o", str(path), *tf.sysconfig.get_link_flags()]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    if done.returncode:
        raise RuntimeError(f"fugakudnn_tensorflow: the allocator cannot be compiled for TensorFlow {tf.version.VERSION}, with exit code "
                           f"{done.returncode} of\n{shlex.join(command)}\n{done.stdout[:_LONGEST_MESSAGE]}")
