"""Where the registrar in C++ is kept once it was built: ``build``, ``load``.

It lies in ``fugakudnn`` in the user's cache folder, under a name for each torch, library and source.  Nobody else may be able to write there,
and behind the end of the file is a checksum, so that half a file is not loaded.
"""
import ctypes
import functools
import hashlib
import os
import pathlib
import platform
import stat
import tempfile

from fugakudnn import control

from . import building, torch_versions

_SOURCES = ("registrar.cpp", "registrar_plans.h", "registrar_versions.h", "pool_allocator.h")
_LINKED = ("libtorch_cpu.so", "libc10.so")
_CHECKSUM_BYTES = hashlib.sha256().digest_size
_TO_BUILD = "build it with 'python -m fugakudnn_torch build' or fugakudnn_torch.build_registrar()"


def build():
    """Compiles the registrar for the torch at hand, some ten seconds, and returns its path.

    Raises
    ------
    RuntimeError
        Where there is no compiler, or torch's headers are missing, or do not fit, or the cache folder is not ours.
    """
    try:
        target = path()
        folder = os.path.dirname(target)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        _require_ours(folder, os.lstat(folder))
        with tempfile.TemporaryDirectory(prefix="building-", dir=folder) as temporary:
            library = os.path.join(temporary, "registrar.so")
            flags = torch_versions.registrar_flags(building.header("c10", "util", "Exception.h"))
            building.compile_library(_SOURCES[0], library, _LINKED, flags)
            with open(library, "r+b") as file:
                file.write(_checksum(file.read()))
            os.chmod(library, 0o700)
            os.replace(library, target)  # whoever builds at the same time writes the same
    except OSError as error:
        raise RuntimeError(f"fugakudnn_torch: the registrar cannot be written: {error}") from error
    return target


def load():
    """The library.

    Raises
    ------
    RuntimeError
        Where it was not built for this torch, or the file is not to be trusted.
    """
    try:
        name = path()
        _require_ours(os.path.dirname(name), os.lstat(os.path.dirname(name)))
        file = open(os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW), "rb")
    except OSError as error:
        raise RuntimeError(f"fugakudnn_torch: no native registrar for torch {torch_versions.VERSION} ({error}); {_TO_BUILD}") from None
    with file:
        _require_ours(name, os.fstat(file.fileno()))
        content = file.read()
        if content[-_CHECKSUM_BYTES:] != _checksum(content[:-_CHECKSUM_BYTES]):
            raise RuntimeError(f"fugakudnn_torch: {name} is damaged; {_TO_BUILD}")
    try:
        return ctypes.CDLL(name)
    except OSError as error:
        raise RuntimeError(f"fugakudnn_torch: {name} cannot be loaded: {error}; {_TO_BUILD}") from error


def path():
    """Where the registrar for the torch at hand is, or would be."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(cache):
        cache = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(cache, "fugakudnn", f"registrar-{_identity()[:24]}.so")


@functools.lru_cache(None)
def _identity():
    """A name for all that the compiled code depends on."""
    here = pathlib.Path(__file__).parent
    files = [os.stat(torch_versions.loaded_file(name)) for name in _LINKED]
    facts = (torch_versions.BUILD, torch_versions.CXX11_ABI, [(file.st_size, file.st_mtime_ns) for file in files], platform.machine(),
             control.version(), [(here / source).read_bytes() for source in _SOURCES])
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _checksum(content):
    """What stands behind a library's end, where the dynamic loader does not look."""
    return hashlib.sha256(_identity().encode() + content).digest()


def _require_ours(name, found):
    if found.st_uid not in (os.geteuid(), 0) or stat.S_IMODE(found.st_mode) & 0o022 or stat.S_ISLNK(found.st_mode):
        raise RuntimeError(f"fugakudnn_torch: {name} may have been written by others (owner {found.st_uid}, mode {stat.S_IMODE(found.st_mode):o}): "
                           "it must be this user's, and writable for nobody else")
