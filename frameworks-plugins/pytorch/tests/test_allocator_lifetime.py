"""Tensors that die late: at a thread's end, in static destructors, at exit, on threads that never allocated."""
import pytest
from compiled import library, needs_headers
from pool import EXHAUSTIVE, run

PROGRAM = """
import ctypes, os, sys, threading
import torch
test = ctypes.CDLL(sys.argv[1])
if sys.argv[2] == "before":
    test.keep_in_static(9)  # then its destructors run after those of what is loaded from here on
import fugakudnn_torch as ft
import pool
from fugakudnn._library import lib
enter = ctypes.cast(lib.fdnn_version, ctypes.c_void_p)
ft.enable_allocator()
"""

# Enabled, disabled or switched over and over when the tensors die.
AFTER = {"enabled": "", "disabled": "ft.disable_allocator()\n", "again": "ft.disable_allocator()\nft.enable_allocator()\n"}

PLACES = {
    "thread_local": "test.thread_keeps(30, None)",
    "thread_local of a thread that was in managed code": "test.thread_keeps(30, enter)",
    "thread_local of the main thread": "test.keep_in_thread(30)",
    "thread_local of a Python thread": "t = threading.Thread(target=lambda: (test.keep_in_thread(30), lib.fdnn_version())); t.start(); t.join()",
    "static": "test.keep_in_static(30)",
    "a thread that never allocated": "test.die_elsewhere(30)",
    "after its thread": "test.outlive_thread(30)",
    "thread-specific data": "test.thread_ends_slowly(None)",
    "thread-specific data of a thread that was in managed code": "test.thread_ends_slowly(enter)",
    "atexit": "test.keep_in_static(9); test.use_at_exit()",
    "threads that go on": "test.never_stop(3)",
}


@pytest.fixture(scope="module")
def lifetime(tmp_path_factory):
    return library("lifetime.cpp", tmp_path_factory.mktemp("lifetime"))


@needs_headers
@pytest.mark.parametrize("after", AFTER)
@pytest.mark.parametrize("order", ["before", "after"])
def test_all_places_in_one_process(lifetime, order, after):
    code = PROGRAM + "\n".join(PLACES.values()) + f"\n{AFTER[after]}\nprint('end', flush=True)"
    assert run(code, lifetime, order) == "end"


@needs_headers
@pytest.mark.skipif(not EXHAUSTIVE, reason="a process each for what test_all_places_in_one_process does; test --exhaustive runs it")
@pytest.mark.parametrize("place", PLACES)
def test_place(lifetime, place):
    for order in ("before", "after"):
        for name, after in AFTER.items():
            assert run(f"{PROGRAM}{PLACES[place]}\n{after}print('end', flush=True)", lifetime, order) == "end", f"{order}, {name}"


@needs_headers
@pytest.mark.parametrize("ending", ["sys.exit(0)", "os._exit(0)", "ctypes.CDLL(None).exit(0)", "ctypes.CDLL(None).quick_exit(0)"])
def test_every_way_to_end(lifetime, ending):
    code = PROGRAM + "test.keep_in_static(30); test.keep_in_thread(30); test.use_at_exit(); x = torch.ones(1000)\nprint('end', flush=True)\n" + ending
    assert run(code, lifetime, "after") == "end"


@needs_headers
def test_blocks_of_ended_threads_come_back(lifetime):
    code = PROGRAM + """
for call in (lambda: test.thread_keeps(60, None), lambda: test.die_elsewhere(60), lambda: test.outlive_thread(60), lambda: test.thread_ends_slowly(enter)):
    call()
    before = pool.statistics()
    for _ in range(50):
        call()
    after = pool.statistics()
    assert after.allocations > before.allocations
    assert after.live_blocks <= before.live_blocks and after.live_bytes <= before.live_bytes, (before.live_blocks, after.live_blocks)
    assert after.mapped_bytes <= 2 * before.mapped_bytes + (64 << 20), (before.mapped_bytes, after.mapped_bytes)
print("end")
"""
    assert run(code, lifetime, "after") == "end"


@pytest.mark.parametrize("after", AFTER)
def test_at_the_interpreters_end(after):
    code = f"""
import atexit, gc, threading, torch, fugakudnn_torch as ft
kept = [torch.ones(n) for n in (1, 1000, 1000000)]
ft.enable_allocator()
kept += [torch.ones(n) for n in (1, 1000, 1000000)]
class Late:
    def __init__(self): self.tensor, self.me = torch.ones(1000), self
    def __del__(self): self.tensor = None
late = Late()
atexit.register(lambda: kept.append(torch.ones(5000)))
{AFTER[after]}
print("end", flush=True)
"""
    assert run(code) == "end"


def test_many_python_threads():
    code = """
import threading, torch, fugakudnn_torch as ft, pool
torch.set_num_threads(1)
ft.enable_allocator()
made = []
def work(round):
    made.append([torch.full((n,), float(round)) for n in (3, 300, 30000)])
    if len(made) > 8:
        made.pop(0)
for round in range(300):
    threads = [threading.Thread(target=work, args=(round,)) for _ in range(4)]
    for t in threads: t.start()
    for t in threads: t.join()
    assert all(bool((t == t[0]).all()) for group in made for t in group)
    if round == 20: early = pool.statistics()
    if round == 150: ft.disable_allocator()
    if round == 200: ft.enable_allocator()
made.clear()
late = pool.statistics()
assert late.live_blocks <= early.live_blocks, (early.live_blocks, late.live_blocks)
print("end")
"""
    assert run(code) == "end"
