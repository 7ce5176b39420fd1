"""Where the registrar in C++ is kept once it was built: ``build``, ``load``.

It lies in ``fugakudnn`` in the user's cache folder, under a name for each torch, library and source.  Others must not be able to have it
written, and behind its end it has a checksum, so that half a file is not loaded.
"""
import ctypes
import functools
import hashlib
import os
import platform
import stat
import tempfile

from fugakudnn import control

from . import building, torch_versions

_SOURCE = "registrar.cpp"
_TO_BUILD = "build it with 'python -m fugakudnn_torch build' or fugakudnn_torch.build_registrar()"


def build():
    """Compiles the registrar for the torch at hand, some ten seconds, and returns its path.

    Raises
    ------
    RuntimeError
        Where there is no compiler, or torch's headers are missing, or do not fit, or the cache folder is not ours.
    """
    target = path()
    folder = os.path.dirname(target)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    _require_ours(folder, os.stat(folder, follow_symlinks=False))
    with tempfile.TemporaryDirectory(prefix="building-", dir=folder) as temporary:
        library = os.path.join(temporary, "registrar.so")
        libraries = [torch_versions.loaded_file(name) for name in ("libtorch_cpu.so", "libc10.so")]
        header = building.header("c10", "util", "Exception.h")
        building.compile_library(_SOURCE, library, libraries, torch_versions.registrar_flags(header))
        with open(library, "r+b") as file:
            file.write(_checksum(file.read()))
        os.replace(library, target)  # whoever builds at the same time writes the same
    return target


def load():
    """The library.

    Raises
    ------
    RuntimeError
        Where it was not built for this torch, or the file is not to be trusted.
    """
    name = path()
    try:
        _require_ours(os.path.dirname(name), os.stat(os.path.dirname(name), follow_symlinks=False))
        descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError as error:
        raise RuntimeError(f"fugakudnn_torch: there is no native registrar for torch {torch_versions.VERSION} ({error.strerror}: {name}); "
                           f"{_TO_BUILD}") from None
    with open(descriptor, "rb") as file:
        _require_ours(name, os.fstat(descriptor))
        content = file.read()
        if content[-hashlib.sha256().digest_size:] != _checksum(content[:-hashlib.sha256().digest_size]):
            raise RuntimeError(f"fugakudnn_torch: {name} is damaged; {_TO_BUILD}")
        try:
            # By the open file, which is what was looked at, whatever has its name by now.
            return ctypes.CDLL(f"/proc/self/fd/{descriptor}")
        except OSError as error:
            raise RuntimeError(f"fugakudnn_torch: {name} cannot be loaded: {error}; {_TO_BUILD}") from error


def path():
    """Where the registrar for the torch at hand is, or would be."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(cache, "fugakudnn", f"registrar-{_identity()[:24]}.so")


@functools.lru_cache(None)
def _identity():
    """A name for all that the compiled code depends on."""
    with open(os.path.join(os.path.dirname(__file__), _SOURCE), "rb") as file:
        source = file.read()
    files = [(name, *os.stat(torch_versions.loaded_file(name))[6:9:2]) for name in ("libtorch_cpu.so", "libc10.so")]
    facts = (torch_versions.BUILD, torch_versions.CXX11_ABI, files, platform.machine(), control.version())
    return hashlib.sha256(repr(facts).encode() + source).hexdigest()


def _checksum(content):
    return hashlib.sha256(_identity().encode() + content).digest()


def _require_ours(name, found):
    if found.st_uid not in (os.geteuid(), 0) or stat.S_IMODE(found.st_mode) & 0o022 or stat.S_ISLNK(found.st_mode):
        raise RuntimeError(f"fugakudnn_torch: {name} may have been written by others (owner {found.st_uid}, mode {stat.S_IMODE(found.st_mode):o}): "
                           "it must be this user's, and writable for nobody else")
