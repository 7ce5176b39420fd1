"""fork() while the library is in use: a child must be able to execute, to make plans, to collect garbage, and to fork again."""

import os
import subprocess
import sys

import pytest

LIBRARY = os.environ["FUGAKUDNN_LIBRARY"]

COMMON = r"""
import ctypes, os, signal, sys, threading, time
if sys.argv[2] == "openmp":
    ctypes.CDLL("libgomp.so.1")
library = ctypes.CDLL(sys.argv[1])
library.fdnn_last_error.restype = ctypes.c_char_p

class Eltwise(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint64), ("data_type", ctypes.c_int32), ("reserved", ctypes.c_int32), ("kind", ctypes.c_int32),
                ("alpha", ctypes.c_float), ("beta", ctypes.c_float), ("reserved2", ctypes.c_int32), ("count", ctypes.c_int64)]

class Arguments(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in (
        "src src1 weights packed_weights bias scale shift mean variance residual dst workspace scratch").split()]

def check(status):
    if status:
        raise RuntimeError(f"status {status}: {library.fdnn_last_error().decode()}")

def relu(count):
    handle = ctypes.c_uint64()
    check(library.fdnn_eltwise_create(ctypes.byref(Eltwise(ctypes.sizeof(Eltwise), 1, 0, 1, 0, 0, 0, count)), ctypes.byref(handle)))
    return handle

class Relu:
    def __init__(self, count):
        self.count, self.handle = count, relu(count)
        self.src = (ctypes.c_float * count)(*(float(i % 7 - 3) for i in range(count)))
        self.dst = (ctypes.c_float * count)()
        self.arguments = Arguments(src=ctypes.addressof(self.src), dst=ctypes.addressof(self.dst))

    def run(self):
        check(library.fdnn_primitive_execute(self.handle, ctypes.byref(self.arguments)))

    def right(self):
        ctypes.memset(self.dst, 0x7F, ctypes.sizeof(self.dst))
        self.run()
        return all(self.dst[i] == max(0.0, i % 7 - 3) for i in range(0, self.count, 61)) and self.dst[self.count - 1] == max(
            0.0, (self.count - 1) % 7 - 3)

def team_mode():
    mode = ctypes.c_int32()
    check(library.fdnn_team_mode_get(ctypes.byref(mode)))
    return mode.value

def in_child(what):
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)
        try:
            os._exit(0 if what() else 1)
        except BaseException as failure:
            print("child:", failure, flush=True)
            os._exit(2)
    status = os.waitpid(pid, 0)[1]
    assert status == 0, f"child: wait status {status:#x}"

def plans_and_garbage(seed):
    for count in range(1, 400):
        relu(1000 * seed + count)
    return True

check(library.fdnn_threads_set(3))
big = Relu(300_000)
assert big.right()
assert team_mode() == (2 if sys.argv[2] == "openmp" else 1), team_mode()
"""

QUIET = COMMON + r"""
for seed in range(1, 21):
    assert big.right()
    in_child(lambda: team_mode() == 0 and big.right() and plans_and_garbage(seed) and Relu(2000 + seed).right())
in_child(lambda: big.right() and (in_child(big.right) or True))
assert big.right() and team_mode() != 0
"""

BUSY = COMMON + r"""
stop = False
failures = []

def hammer():
    mine = Relu(40_000)
    try:
        while not stop:
            mine.run()
        assert mine.right()
    except BaseException as failure:
        failures.append(failure)

threads = [threading.Thread(target=hammer, daemon=True) for _ in range(3)]
for thread in threads:
    thread.start()
for seed in range(1, 41):
    in_child(lambda: big.right() and plans_and_garbage(seed))
stop = True
for thread in threads:
    thread.join()
assert not failures, failures
assert big.right()
"""


def run(script, team):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("FUGAKUDNN_", "OMP_"))}
    environment["DOTNET_GCgen0size"] = "40000"  # 256 KiB: a few dozen plans are enough for a garbage collection
    done = subprocess.run(
        [sys.executable, "-c", script, LIBRARY, team], capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("team", ["own", "openmp"])
def test_child_of_an_idle_process(team):
    run(QUIET, team)


@pytest.mark.parametrize("team", ["own", "openmp"])
def test_child_of_a_process_whose_other_threads_are_calling_in(team):
    run(BUSY, team)
