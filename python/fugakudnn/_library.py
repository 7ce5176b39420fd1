"""Finds and loads libfugakudnn.so, and turns its statuses into Python exceptions: the one place for both."""
import ctypes
import os
import platform
from pathlib import Path

from . import _signatures

_NAME = "libfugakudnn.so"


class FugakuDnnError(RuntimeError):
    """The library failed for a reason of its own."""


class StaleHandleError(FugakuDnnError):
    """A primitive was used after it was destroyed."""


class UnsupportedError(FugakuDnnError, NotImplementedError):
    """A valid request that this build or machine cannot do."""


_EXCEPTIONS = {
    1: ValueError,
    2: UnsupportedError,
    3: MemoryError,
    4: StaleHandleError,
}


def candidates():
    """Where the library may be, best first: FUGAKUDNN_LIBRARY alone if it is set, else the package, else a checkout."""
    named = os.environ.get("FUGAKUDNN_LIBRARY")
    if named:
        return [Path(named)]
    here = Path(__file__).resolve().parent
    rid = {"x86_64": "linux-x64", "aarch64": "linux-arm64"}.get(platform.machine(), "unknown")
    return [here / "lib" / _NAME, here.parent.parent / "artifacts" / "publish" / rid / _NAME]


def _load():
    tried = candidates()
    for path in tried:
        if path.is_file():
            try:
                return ctypes.CDLL(str(path)), path
            except OSError as error:
                raise ImportError(f"fugakudnn: {path} cannot be loaded: {error}") from error
    raise ImportError("fugakudnn: " + _NAME + " is not at " + " nor at ".join(map(str, tried))
                      + "; build it with './build.sh publish', or set FUGAKUDNN_LIBRARY to its path")


lib, path = _load()
_signatures.declare(lib)


def check(status):
    """Raises the exception that belongs to a status, with the library's message."""
    if status:
        message = lib.fdnn_last_error()
        raise _EXCEPTIONS.get(status, FugakuDnnError)(message.decode() if message else f"status {status}")
