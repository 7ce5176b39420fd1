"""oneDNN's own memory in the pool, where oneDNN is a library of its own."""
import threading

import fugakudnn_torch as ft
import pytest
import torch
from concurrently import at_once
from pool import run, statistics


def onednn():
    """Whether torch uses an oneDNN that is a library of its own."""
    with open("/proc/self/maps", encoding="ascii") as file:
        return torch.backends.mkldnn.is_available() and "/libdnnl.so" in file.read()


# Debian's has: there these tests must run.
pytestmark = pytest.mark.skipif(not onednn() and "/usr/lib/python3/dist-packages/" not in torch.__file__, reason="torch has oneDNN inside itself, or none")


def convolve(channels=8):
    """A convolution that oneDNN computes: of a shape that it takes, and without autograd."""
    generator = torch.Generator().manual_seed(channels)
    source = torch.randn(2, channels, 20, 20, generator=generator)
    weights = torch.randn(16, channels, 3, 3, generator=generator)
    with torch.no_grad():
        return torch.conv2d(source, weights, padding=1)


def allocations_of(work):
    before = statistics().allocations
    work()
    return statistics().allocations - before


def test_its_descriptors_come_from_the_pool():
    convolve()
    with ft.allocator_enabled():
        served = allocations_of(convolve)
    left = allocations_of(convolve)
    assert served > 20 and left == 0  # tensors alone are fewer than ten


def test_answers_are_the_same():
    expected = [convolve(channels) for channels in range(1, 40)]
    with ft.allocator_enabled():
        assert all(torch.equal(convolve(channels), value) for channels, value in enumerate(expected, 1))


def test_it_is_switched_while_threads_convolve():
    expected, stop = {channels: convolve(channels) for channels in (3, 8, 16, 33)}, threading.Event()

    def switch():
        try:
            for _ in range(100):
                with ft.allocator_enabled():
                    convolve(5)
        finally:
            stop.set()

    def work():
        while not stop.is_set():
            assert all(torch.equal(convolve(channels), value) for channels, value in expected.items())

    at_once(lambda index: work() if index else switch(), 4)


@pytest.mark.parametrize("after", ["", "ft.disable_allocator()", "ft.disable_allocator(); convolve(7); ft.enable_allocator()"])
def test_what_it_keeps_is_freed_at_exit(after):
    code = f"""
import fugakudnn_torch as ft
from test_allocator_onednn import convolve
ft.enable_allocator()
for channels in range(1, 60):
    convolve(channels)  # its cache of primitives keeps memory of each
{after}
print("end")
"""
    assert run(code) == "end"


def test_a_forked_child_frees_what_it_inherited():
    code = """
import os, sys, torch
import fugakudnn_torch as ft
from test_allocator_onednn import convolve
torch.set_num_threads(1)  # OpenMP's threads do not live on in a child
ft.enable_allocator()
expected = convolve()
for _ in range(5):
    child = os.fork()
    if child == 0:
        assert torch.equal(convolve(), expected)
        convolve(9)
        sys.exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
print("end")
"""
    assert run(code) == "end"
