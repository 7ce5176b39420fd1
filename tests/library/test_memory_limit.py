"""In a control group with a memory limit the pool gives idle memory back, then refuses, and the process goes on.

Beyond such a limit the kernel refuses nothing: it ends the process.
"""
import contextlib
import os
import pathlib
import subprocess
import sys
import uuid

import pytest

LIMIT = 256 << 20

PROGRAM = """
import ctypes, os
lib = ctypes.CDLL(os.environ["FUGAKUDNN_LIBRARY"])
lib.fdnn_malloc.restype, lib.fdnn_malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
lib.fdnn_free.restype, lib.fdnn_free.argtypes = None, [ctypes.c_void_p]

def fill(size):
    blocks = []
    while True:
        block = lib.fdnn_malloc(size)
        if not block:
            return blocks
        ctypes.memset(block, 1, size)
        blocks.append(block)

for size in (10 << 20, 3 << 20, 60 << 20, 10 << 20):   # each needs what the one before left idle
    blocks = fill(size)
    print(size >> 20, len(blocks) * size >> 20)
    assert len(blocks) * size >= 120 << 20, blocks
    for block in blocks:
        lib.fdnn_free(block)
print("alive")
"""


@contextlib.contextmanager
def limited_group():
    """A new control group of version 1 or 2 with LIMIT, or a skip with the reason."""
    name = f"fugakudnn-test-{uuid.uuid4().hex[:8]}"
    for root, file in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        group = pathlib.Path(root) / name
        try:
            group.mkdir()
        except OSError as error:
            reason = f"control groups cannot be made here: {error}"
            continue
        try:
            (group / file).write_text(str(LIMIT))
        except OSError as error:
            reason = f"a memory limit cannot be set here: {error}"
            group.rmdir()
            continue
        try:
            yield group
        finally:
            group.rmdir()
        return
    pytest.skip(reason)


def test_a_limit_is_met_with_refusals_not_with_the_end_of_the_process():
    with limited_group() as group:
        run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=300, env=dict(os.environ),
                             preexec_fn=lambda: (group / "cgroup.procs").write_text(str(os.getpid())))
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.endswith("alive\n")
