"""Libraries whose own memory comes from the pool: a small one is compiled, in the ways in which a loader may fill its tables."""
import concurrent.futures
import ctypes
import os
import subprocess
import sys
import threading

import pytest

from fugakudnn._library import UnsupportedError, check, lib

SOURCE = """
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
void (*const in_a_table[])(void*) = {free};
void* take(size_t alignment, size_t bytes, int* error) {
    void* block = NULL;
    *error = posix_memalign(&block, alignment, bytes);
    if (*error == 0) memset(block, 1, bytes);
    return block;
}
char* copied(const char* text) { return strdup(text); }
void give(void* block) { free(block); }
void give_by_table(void* block) { in_a_table[0](block); }
"""

# "read-only tables" is how distributions link; in "open tables" the loader fills places only when they are first used.
WAYS = {"read-only tables": ["-Wl,-z,relro,-z,now"], "filled at once": ["-Wl,-z,norelro,-z,now"], "no PLT": ["-fno-plt", "-Wl,-z,now"]}
OPEN_TABLES = ["-Wl,-z,lazy"]


def compiled(folder, flags, name="libserved.so"):
    path = folder / name
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", str(path), *flags], input=SOURCE, text=True, check=True)
    return path


_dlopen = ctypes.CDLL(None).dlopen
_dlopen.restype, _dlopen.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_int]


class Library:
    """The compiled library, loaded."""

    def __init__(self, path, lazily=False):
        self.name = path.name.encode()
        handle = _dlopen(os.fsencode(path), os.RTLD_LAZY if lazily else os.RTLD_NOW)  # CDLL itself has all places filled
        self._library = ctypes.CDLL(str(path), handle=handle)
        self._library.take.restype = self._library.copied.restype = ctypes.c_void_p
        self._library.take.argtypes = [ctypes.c_size_t, ctypes.c_size_t, ctypes.POINTER(ctypes.c_int)]
        for function in (self._library.give, self._library.give_by_table):
            function.argtypes, function.restype = [ctypes.c_void_p], None
        self.give, self.give_by_table, self.copied = self._library.give, self._library.give_by_table, self._library.copied

    def take(self, alignment, size):
        error = ctypes.c_int()
        block = self._library.take(alignment, size, ctypes.byref(error))
        return block, error.value

    def serve(self, on=True):
        check(lib.fdnn_pool_serve(self.name, on))


def owned(block):
    return bool(lib.fdnn_pool_owns(block))


@pytest.mark.parametrize("way", WAYS)
def test_memory_comes_from_the_pool_and_goes_back(tmp_path, way):
    library = Library(compiled(tmp_path, WAYS[way], f"libserved-{way.replace(' ', '-')}.so"))
    before, _ = library.take(64, 100)
    assert not owned(before)
    library.serve()
    blocks = [library.take(64, size)[0] for size in (0, 1, 100, 4000, 40_000, 300_000, 5 << 20)]
    assert all(owned(block) and block % 64 == 0 for block in blocks)
    library.give(before)
    library.give_by_table(blocks.pop())
    library.serve(False)
    after, _ = library.take(64, 100)
    assert not owned(after)
    for block in [*blocks, after]:
        library.give(block)
    library.serve()
    library.serve()
    again, _ = library.take(64, 100)
    assert owned(again)
    library.give_by_table(again)


def test_other_memory_stays_the_c_librarys(tmp_path):
    library = Library(compiled(tmp_path, WAYS["read-only tables"], "libserved-other.so"))
    library.serve()
    for alignment in (8, 16, 32, 128, 4096):
        block, error = library.take(alignment, 1000)
        assert error == 0 and block % alignment == 0 and not owned(block)
        library.give(block)
    for alignment, expected in ((24, 22), (3, 22)):  # EINVAL
        assert library.take(alignment, 1000)[1] == expected
    text = library.copied(b"text")
    assert not owned(text)
    library.give(text)
    library.give(None)
    assert library.take(64, 2 ** 62) == (None, 12)  # ENOMEM


def test_places_that_the_loader_has_not_filled_are_left_to_it(tmp_path):
    library = Library(compiled(tmp_path, OPEN_TABLES, "libserved-open.so"), lazily=True)
    with pytest.raises(UnsupportedError, match="libserved-open.so does not have the C library's functions in their places"):
        library.serve()
    block, _ = library.take(64, 100)
    assert not owned(block)
    library.give(block)
    library.serve()  # now they are filled
    block, _ = library.take(64, 100)
    assert owned(block)
    library.give(block)


def test_read_only_places_are_read_only_again(tmp_path):
    path = compiled(tmp_path, WAYS["read-only tables"], "libserved-protected.so")
    library = Library(path)

    def pages():
        with open("/proc/self/maps", encoding="ascii") as file:
            return [line.split()[:2] for line in file if str(path) in line]

    before = pages()
    library.serve()
    assert pages() == before


@pytest.mark.parametrize("name, on, error, message", [
    (None, 1, ValueError, "library must not be null"),
    (b"", 1, ValueError, 'library must be the start of a file name, got ""'),
    (b"libm.so", 2, ValueError, "on must be 0 or 1, got 2"),
    (b"libthere-is-none.so", 1, UnsupportedError, "libthere-is-none.so is not loaded"),
    (b"libm.so", 1, UnsupportedError, "libm.so does not import posix_memalign and free"),
])
def test_what_cannot_be_served_is_refused(name, on, error, message):
    with pytest.raises(error, match=message):
        check(lib.fdnn_pool_serve(name, on))


def test_threads_allocate_while_it_is_switched(tmp_path):
    library = Library(compiled(tmp_path, WAYS["read-only tables"], "libserved-threads.so"))
    stop = threading.Event()

    def work(seed):
        held = []
        while not stop.is_set():
            for size in (40, 728, 56, 16, 472, 70_000):
                block, error = library.take(64, size + seed)
                assert error == 0 and block % 64 == 0
                held.append(block)
            while len(held) > 40:
                library.give(held.pop(len(held) // 2))
        for block in held:
            library.give(block)

    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        working = [threads.submit(work, seed) for seed in range(4)]
        try:
            for i in range(400):
                library.serve(i % 2 == 0)
        finally:
            stop.set()
    for thread in working:
        thread.result()  # raises what it raised


def test_children_and_exits(tmp_path):
    """Blocks of the pool live on in a forked child, and until the process's end."""
    path = compiled(tmp_path, WAYS["read-only tables"], "libserved-forked.so")
    code = f"""
import os, sys, pathlib
sys.path.insert(0, {str(__file__.rpartition('/')[0])!r})
from test_allocator_serve import Library, owned
library = Library(pathlib.Path({str(path)!r}))
library.serve()
blocks = [library.take(64, size)[0] for size in (10, 1000, 300_000)]
for _ in range(20):
    child = os.fork()
    if child == 0:
        for block in blocks:
            library.give(block)
        new, error = library.take(64, 100)
        assert error == 0 and new % 64 == 0 and not owned(new)
        library.give(new)
        sys.exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert all(map(owned, blocks))
print("end")
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=False)
    assert (result.returncode, result.stdout) == (0, "end\n"), result.stderr
