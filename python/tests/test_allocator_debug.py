"""The pool's debug mode: leaks with Python stacks, and a callback that does no harm wherever it arrives."""
import ctypes
import gc
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from fugakudnn import _stacks, allocator


@pytest.fixture
def pooled():
    with allocator.numpy_arrays():
        yield


@pytest.fixture
def debugging(pooled):
    allocator.debug(True)
    yield
    allocator.debug(False)


def run(code, **environment):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env={**os.environ, **environment})


def allocate_here(size):
    return np.ones(size, np.uint8)


def test_leaks_are_named_by_their_stack(debugging):
    since = allocator.mark()
    kept = [allocate_here(5000) for _ in range(3)] + [np.ones(7000, np.uint8)]
    allocate_here(6000)
    first, second = allocator.leaks(since)
    assert (first.blocks, first.bytes, second.blocks, second.bytes) == (3, 15000, 1, 7000)
    assert "test_allocator_debug.py" in first.stack and " allocate_here" in first.stack and " allocate_here" not in second.stack
    report = allocator.leak_report(since)
    assert "allocate_here" in report and "4 blocks from 2 places" in report
    del kept
    assert allocator.leaks(since) == [] and "no block" in allocator.leak_report(since)


def test_blocks_from_before_debug_mode_are_freed_in_it_and_the_other_way_round(pooled):
    before = [np.ones(size, np.uint8) for size in (10, 1000, 100_000)]
    allocator.debug(True)
    inside = [np.ones(size, np.uint8) for size in (10, 1000, 100_000)]
    before.clear()
    allocator.debug(False)
    assert all(array.all() for array in inside)
    inside.clear()
    assert np.ones(1000).all()


def test_stacks_of_threads_and_of_recursion(debugging):
    def deep(levels):
        return deep(levels - 1) if levels else allocate_here(4321)

    since, kept = allocator.mark(), [deep(300)]
    thread = threading.Thread(target=lambda: kept.append(allocate_here(1234)), name="other")
    thread.start()
    thread.join()
    by_size = {leak.bytes: leak.stack.splitlines() for leak in allocator.leaks(since)}
    assert len(by_size[4321]) == _stacks._DEEPEST and " allocate_here" in by_size[4321][0 if "numpy" not in by_size[4321][0] else 1]
    assert any("threading.py" in frame for frame in by_size[1234])


def test_a_collection_inside_the_callback_does_no_harm(debugging):
    """The collector may run wherever Python does, and what it finalises may allocate."""
    kept = []

    class Cycle:
        def __init__(self):
            self.me, self.array = self, np.ones(100)

        def __del__(self):
            kept.append(np.ones(50))

    thresholds = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for _ in range(300):
            Cycle()
    finally:
        gc.set_threshold(*thresholds)
    gc.collect()
    assert len(kept) == 300 and all(array.all() for array in kept)


def test_an_interrupt_in_the_callback_is_not_lost(debugging, monkeypatch):
    times = []

    def interrupted(_):
        times.append(1)
        if len(times) == 1:
            raise KeyboardInterrupt
        return ()

    monkeypatch.setattr(_stacks, "_frames", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in a background job interrupts are ignored
    try:
        with pytest.raises(KeyboardInterrupt):
            array, deadline = np.ones(1000), time.monotonic() + 30
            while array.all() and time.monotonic() < deadline:
                time.sleep(0.01)
    finally:
        signal.signal(signal.SIGINT, before)
    assert times


def test_other_exceptions_in_the_callback_cost_the_stack_only(debugging, monkeypatch):
    def fails(_):
        raise RecursionError

    monkeypatch.setattr(_stacks, "_frames", fails)
    since, array = allocator.mark(), np.ones(1000)
    leak, = allocator.leaks(since)
    assert array.all() and leak.stack == "" and "no Python" in allocator.leak_report(since)


def test_the_texts_that_are_kept_are_bounded(debugging, monkeypatch):
    monkeypatch.setattr(_stacks, "_MOST", 3)
    kept = []
    for turn in range(10):
        exec(compile("\n" * turn + "kept.append(np.ones(777, np.uint8))", "many lines", "exec"))
        assert len(_stacks._texts) <= 3
    assert sum("many lines" in leak.stack for leak in allocator.leaks()) == 10


def test_a_stack_that_is_too_long_is_cut_at_a_line(debugging):
    name = "ü" * 150
    namespace = {"allocate_here": allocate_here}
    exec(f"def {name}(n): return {name}(n - 1) if n else allocate_here(2468)", namespace)
    since, array = allocator.mark(), namespace[name](30)
    leak, = allocator.leaks(since)
    lines = leak.stack.splitlines()
    assert array.all() and 5 < len(lines) < 30 and all(line.endswith(name) or "allocate_here" in line or "numpy" in line for line in lines)


def test_threads_that_python_does_not_know_are_not_asked(debugging):
    """They allocate without waiting for the GIL, which this test keeps while it waits for one."""
    library, process = ctypes.CDLL(allocator.lib._name), ctypes.CDLL(None)
    malloc, block = ctypes.cast(library.fdnn_malloc, ctypes.c_void_p), ctypes.c_void_p()
    join = ctypes.PyDLL(None).pthread_join  # keeps the GIL
    since, thread = allocator.mark(), ctypes.c_ulong()
    assert process.pthread_create(ctypes.byref(thread), None, malloc, ctypes.c_void_p(13579)) == 0
    assert join(thread, ctypes.byref(block)) == 0 and block.value
    leak, = [leak for leak in allocator.leaks(since) if leak.bytes == 13579]
    assert leak.stack == ""
    library.fdnn_free(block)


def test_forks_do_not_wait_for_a_stack():
    """A thread that gave the GIL up allocates, over and over, while another forks: no fork waits for the limit of two seconds."""
    done = run("""
import ctypes, os, sys, threading, time, warnings
warnings.simplefilter("ignore")
from fugakudnn import allocator
library = ctypes.CDLL(allocator.lib._name)
library.fdnn_malloc.restype = ctypes.c_void_p
allocator.debug(True)
stop, slowest = False, 0

def churn():
    while not stop:
        library.fdnn_free(ctypes.c_void_p(library.fdnn_malloc(ctypes.c_size_t(1000))))  # ctypes gives the GIL up

threads = [threading.Thread(target=churn) for _ in range(3)]
for thread in threads: thread.start()
for _ in range(100):
    start = time.monotonic()
    if (child := os.fork()) == 0:
        os._exit(0)
    slowest = max(slowest, time.monotonic() - start)
    assert os.waitpid(child, 0)[1] == 0
stop = True
for thread in threads: thread.join()
assert slowest < 1.5, slowest
print("fine")
""")
    assert done.stdout.strip() == "fine", done.stderr


def test_debug_mode_from_the_environment():
    done = run("import numpy; from fugakudnn import allocator; allocator.install_numpy(); kept = numpy.ones(54321, 'u1'); "
               "print(allocator.leak_report())", FUGAKUDNN_POOL_DEBUG="1")
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert "<module>" in done.stdout and "53.0 KiB" in done.stdout 
