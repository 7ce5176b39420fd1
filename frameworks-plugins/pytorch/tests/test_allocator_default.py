"""Storages that torch makes by its default allocator, whatever is installed: unpickled, deep-copied and untyped ones lie in the pool too."""
import contextlib
import copy
import gc
import io
import pickle
import platform
from pathlib import Path

import pool
import pytest
import torch
from concurrently import at_once

import fugakudnn_torch as ft
from fugakudnn_torch import c10


def has_mimalloc():
    """Whether c10 takes its memory from functions of its own; torch's builds for x86-64 never do."""
    with open("/proc/self/maps", encoding="ascii") as file:
        path = next(line.split()[-1] for line in file if "/libc10.so" in line)
    return b"posix_memalign" not in Path(path).read_bytes()


pytestmark = pytest.mark.skipif(platform.machine() == "aarch64" and has_mimalloc(), reason="c10 takes its memory from mimalloc, not from the C library")

UntypedStorage = torch.UntypedStorage if hasattr(torch, "UntypedStorage") else torch._UntypedStorage


def untyped(size):
    """Bytes in a storage that is made without a tensor."""
    return torch.empty(0, dtype=torch.uint8).set_(UntypedStorage(size))


def unpickled(size):
    return pickle.loads(pickle.dumps(torch.zeros(size, dtype=torch.uint8)))


def loaded(size):
    """By torch.load, of the format before 1.6."""
    file = io.BytesIO()
    torch.save(torch.zeros(size, dtype=torch.uint8), file, _use_new_zipfile_serialization=False)
    file.seek(0)
    return torch.load(file)


def deep_copied(size):
    return copy.deepcopy(torch.zeros(size, dtype=torch.uint8))


WAYS = [untyped, unpickled, loaded, deep_copied]


@pytest.mark.parametrize("make", WAYS)
def test_they_lie_in_the_pool(make):
    before = make(5000)
    with ft.allocator_enabled():
        inside = [make(size) for size in (1, 63, 64, 5000, 1 << 20, 5 << 20)]
        assert all(pool.owns(tensor) and tensor.data_ptr() % 64 == 0 for tensor in inside)
        assert all(pool.usable_size(tensor) >= tensor.numel() for tensor in inside)
        del before
    after = make(5000)
    assert not pool.owns(after)
    assert all(tensor.fill_(7).eq(7).all() for tensor in inside)


@pytest.mark.parametrize("make", WAYS)
def test_their_blocks_come_back(make):
    with ft.allocator_enabled():
        make(100_000)
        gc.collect()
        start = pool.statistics()
        tensors = [make(100_000) for _ in range(10)]
        assert pool.statistics().live_bytes >= start.live_bytes + 1_000_000
    del tensors
    gc.collect()  # torch.load's readers refer to themselves and to what they read, in some versions
    assert pool.statistics().live_bytes == start.live_bytes


def test_they_grow_and_shrink_across_switches():
    with ft.allocator_enabled():
        x = unpickled(1000).fill_(3)
        x.resize_(1 << 20)
        assert pool.owns(x) and x[:1000].eq(3).all()
    x.resize_(2 << 20)
    assert not pool.owns(x) and x[:1000].eq(3).all()
    with ft.allocator_enabled():
        x.resize_(4 << 20)
        assert pool.owns(x) and x[:1000].eq(3).all()


def test_sizes_that_cannot_be_had_are_torchs_own_error():
    with pytest.raises(RuntimeError) as expected:
        UntypedStorage(1 << 60)
    with ft.allocator_enabled(), pytest.raises(RuntimeError, match=str(1 << 60)) as error:
        UntypedStorage(1 << 60)
    assert str(error.value).splitlines()[0] == str(expected.value).splitlines()[0]
    assert untyped(1000).numel() == 1000


def test_a_networks_weights_lie_in_the_pool():
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.ReLU()).eval()
    source = torch.randn(2, 3, 9, 9)
    with torch.no_grad():
        expected = network(source)
        with ft.allocator_enabled():
            for twin in (pickle.loads(pickle.dumps(network)), copy.deepcopy(network)):
                assert all(map(pool.owns, [*twin.parameters(), *twin.buffers()]))
                assert torch.equal(twin(source), expected)
    assert torch.equal(twin(source), expected)


def test_switching_while_others_unpickle():
    bytes_of = {size: pickle.dumps(torch.full((size,), size % 251, dtype=torch.uint8)) for size in (1, 100, 5000, 300_000, 2 << 20)}

    def work(index):
        for _ in range(50):
            with ft.allocator_enabled() if index == 0 else contextlib.nullcontext():
                kept = {size: pickle.loads(text) for size, text in bytes_of.items()}
            assert all(tensor.numel() == size and tensor.eq(size % 251).all() for size, tensor in kept.items())

    at_once(work, 4)


def test_the_allocator_itself_still_says_what_it_is():
    """What is asked when the pool is installed once more: a block of it must look as ever."""
    with ft.allocator_enabled():
        c10.layout.cache_clear()
        number, reason = c10.layout()
    assert number is not None and reason is None


def test_a_forked_child_frees_what_it_inherited():
    code = """
import os, pickle, sys, torch
import fugakudnn_torch as ft
torch.set_num_threads(1)  # OpenMP's threads do not live on in a child
ft.enable_allocator()
text = pickle.dumps(torch.arange(100000))
kept = pickle.loads(text)
for _ in range(5):
    child = os.fork()
    if child == 0:
        twin = pickle.loads(text)
        assert torch.equal(twin, kept)
        del twin, kept
        sys.exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
assert kept.sum() == 4999950000
print("end")
"""
    assert pool.run(code) == "end"


@pytest.mark.parametrize("after", ["", "ft.disable_allocator()"])
def test_alive_at_the_interpreters_end(after):
    code = f"""
import pickle, sys, torch
import fugakudnn_torch as ft
ft.enable_allocator()
sys.kept = pickle.loads(pickle.dumps([torch.ones(n) for n in (1, 1000, 1000000)]))
{after}
print("end")
"""
    assert pool.run(code) == "end"
