"""The pool as torch's CPU allocator: switching, where memory comes from, what must not change."""
import io
import pickle
import threading

import numpy as np
import pool
import pytest
import torch
from compiled import library, needs_headers, why_not
from concurrently import at_once

import fugakudnn_torch as ft
from fugakudnn_torch import allocator, building, c10, shim

SIZES = (1, 15, 16, 17, 1000, 1024, 1025, 4095, 4096, 30000, 1 << 20, (1 << 20) + 3, 5 << 20, 64 << 20)


@pytest.fixture(params=["library", "shim"])
def way(request, monkeypatch):
    """Both ways to the objects: the library's, and the shim's. torch's own allocator is below them whichever was used before."""
    if request.param == "shim":
        if why_not() is not None:
            pytest.skip(why_not())
        monkeypatch.setenv("FUGAKUDNN_TORCH_ALLOCATOR_SHIM", "1")
        monkeypatch.setattr(allocator, "_pairs", {})
    yield request.param
    ft.disable_allocator()


def storage(tensor):
    return tensor.untyped_storage() if hasattr(tensor, "untyped_storage") else tensor.storage()


def test_memory_comes_from_the_pool(way):
    before = torch.empty(1000)
    with ft.allocator_enabled():
        for size in SIZES:
            for make in (torch.empty, torch.zeros, torch.ones, torch.randn):
                x = make(size // 4 + 1)
                assert pool.owns(x) and x.data_ptr() % 64 == 0 and pool.usable_size(x) >= x.numel() * 4
        y = x + 1
        assert pool.owns(y) and pool.owns(torch.randn(3, 4).double()) and pool.owns(torch.tensor([1, 2]))
        assert not pool.owns(before)
    assert not pool.owns(torch.empty(1000))


def test_the_pool_counts(way):
    with ft.allocator_enabled():
        for size in SIZES:
            start = pool.statistics()
            tensors = [torch.empty(size, dtype=torch.uint8) for _ in range(10)]
            full = pool.statistics()
            assert full.allocations == start.allocations + 10 and full.live_blocks == start.live_blocks + 10
            assert full.live_bytes >= start.live_bytes + 10 * size
            del tensors
            end = pool.statistics()
            assert (end.live_bytes, end.live_blocks) == (start.live_bytes, start.live_blocks)


def test_switching(way):
    for _ in range(3):
        ft.enable_allocator()
        ft.enable_allocator()
        assert ft.is_allocator_enabled() and pool.owns(torch.empty(8))
        ft.disable_allocator()
        ft.disable_allocator()
        assert not ft.is_allocator_enabled() and not pool.owns(torch.empty(8))


def test_contexts_nest_and_restore(way):
    with ft.allocator_enabled():
        with ft.allocator_enabled():
            assert ft.is_allocator_enabled()
        assert ft.is_allocator_enabled()
    assert not ft.is_allocator_enabled()
    ft.enable_allocator()
    with ft.allocator_enabled():
        pass
    assert ft.is_allocator_enabled()
    with pytest.raises(KeyError):
        with ft.allocator_enabled():
            ft.disable_allocator()
            raise KeyError
    assert ft.is_allocator_enabled()


def test_importing_changes_nothing():
    code = ("import torch; from torch._C import __file__ as f; import ctypes; get = ctypes.CDLL(f)._ZN3c1015GetCPUAllocatorEv; "
            "get.restype = ctypes.c_void_p; before = get(); import fugakudnn_torch as ft; print(before == get(), ft.is_allocator_enabled())")
    assert pool.run(code, FUGAKUDNN_TORCH_ALLOCATOR="0") == "True False"


def test_environment_variable():
    code = "import fugakudnn_torch as ft, torch, pool; print(ft.is_allocator_enabled(), ft.is_enabled(), pool.owns(torch.ones(9)))"
    assert pool.run(code, FUGAKUDNN_TORCH_ALLOCATOR="1", FUGAKUDNN_TORCH="0") == "True False True"


def test_tensors_alive_across_switches(way):
    kept = []
    for round in range(6):
        (ft.enable_allocator if round % 2 == 0 else ft.disable_allocator)()
        kept.append([torch.full((size // 4 + 1,), float(round)) for size in SIZES])
        assert all(pool.owns(t) == (round % 2 == 0) for t in kept[-1])
    for round, tensors in enumerate(kept):
        for tensor in tensors:
            assert bool((tensor == round).all())
    del kept[::2], tensors, tensor  # the pool's, while it is off
    ft.enable_allocator()
    kept.clear()                    # torch's own, while it is on


def test_any_thread(way):
    tensors = []
    threading_steps = [ft.enable_allocator, lambda: tensors.append(torch.ones(1000)), ft.disable_allocator, lambda: tensors.append(torch.ones(1000))]
    for step in threading_steps:
        at_once(lambda _: step(), 1)
    assert [pool.owns(t) for t in tensors] == [True, False]
    at_once(lambda _: tensors.clear(), 1)


def test_switching_while_others_allocate(way):
    stop, rounds = threading.Event(), []

    def work(index):
        if index == 0:
            try:
                for _ in range(500 if pool.EXHAUSTIVE else 100):
                    ft.enable_allocator()
                    torch.ones(100000)
                    ft.disable_allocator()
                    torch.ones(100000)
            finally:
                stop.set()
            return
        kept, count = [], 0
        while not stop.is_set():
            count += 1
            kept.append(torch.full((1 + count * 7919 % 70000,), count, dtype=torch.int32))
            if len(kept) > 20:
                old = kept.pop(count % 20)
                assert bool((old == old[0]).all())
        rounds.append(count)

    at_once(work, 4)
    assert len(rounds) == 3


def test_freed_by_another_thread(way):
    with ft.allocator_enabled():
        start = pool.statistics()
        tensors = [torch.ones(size) for size in (3, 3000, 3000000) for _ in range(20)]
        at_once(lambda _: tensors.clear(), 1)
        torch.ones(3000000)  # blocks that a thread without a cache freed go back with the next large allocation
        end = pool.statistics()
        assert (end.live_blocks, end.live_bytes) == (start.live_blocks, start.live_bytes)


def test_no_bytes(way):
    with ft.allocator_enabled():
        start = pool.statistics()
        for empty in (torch.empty(0), torch.ones(3, 0, 4), torch.tensor([])):
            assert empty.data_ptr() == 0 and empty.numel() == 0
        assert pool.statistics().allocations == start.allocations
        x = torch.empty(0).resize_(1000)
        assert pool.owns(x)
        assert storage(x).nbytes() >= 4000


def test_storages_grow_and_shrink(way):
    with ft.allocator_enabled():
        x = torch.arange(1000)
        kept = x.tolist()
        storage(x).resize_(800000 // (1 if hasattr(x, "untyped_storage") else 8))
        assert pool.owns(x) and x.tolist() == kept
        storage(x).resize_(0)
        assert x.data_ptr() == 0
        x = torch.arange(1000)
    x.resize_(100000)  # a storage asks the allocator that made it
    assert x[:1000].tolist() == kept
    y = torch.arange(1000)
    with ft.allocator_enabled():
        y.resize_(100000)
        assert y[:1000].tolist() == kept


def test_set_moves_memory_between_tensors(way):
    with ft.allocator_enabled():
        x = torch.arange(1000.0)
    y = torch.empty(3)
    y.set_(x)
    del x
    assert y.tolist() == list(range(1000))
    y.data = torch.ones(5)


def test_foreign_memory_stays_foreign(way):
    array = np.arange(1000.0)
    with ft.allocator_enabled():
        start = pool.statistics()
        tensors = [torch.from_numpy(array), torch.as_tensor(array), torch.frombuffer(bytearray(80), dtype=torch.float64)]
        assert not any(map(pool.owns, tensors))
        assert tensors[0].data_ptr() == array.ctypes.data
        assert pool.statistics().allocations == start.allocations
        del tensors


def test_numpy_views_keep_memory(way):
    with ft.allocator_enabled():
        x = torch.arange(100000.0, dtype=torch.float64)
        view = x.numpy()
        assert view.ctypes.data == x.data_ptr()
        del x
        others = [torch.zeros(100000) for _ in range(10)]
        assert view[99999] == 99999
    others.clear()
    assert view.sum() == sum(range(100000))
    del view


def test_pickle_and_save(way):
    with ft.allocator_enabled():
        x = torch.randn(1000)
        copy = pickle.loads(pickle.dumps(x))
        buffer = io.BytesIO()
        torch.save({"x": x, "part": x[10:20]}, buffer)
        buffer.seek(0)
        loaded = torch.load(buffer)
        assert torch.equal(copy, x) and torch.equal(loaded["x"], x) and torch.equal(loaded["part"], x[10:20])
        assert pool.owns(loaded["x"])


def test_shared_memory(way):
    with ft.allocator_enabled():
        x = torch.randn(100000)
        kept = x.clone()
        x.share_memory_()
        assert x.is_shared() and not pool.owns(x) and torch.equal(x, kept)
    del x
    assert kept.shape == (100000,)


def test_copy_on_write(way):
    if not hasattr(torch, "_lazy_clone"):
        pytest.skip(f"torch {torch.__version__} has no lazy clones")
    for first, last in ((ft.enable_allocator, ft.disable_allocator), (ft.disable_allocator, ft.enable_allocator)):
        first()
        x = torch.arange(10000.0)
        y, z = torch._lazy_clone(x), torch._lazy_clone(x)
        y += 1
        last()
        z += 2
        x -= 1
        assert (x[7], y[7], z[7]) == (6, 8, 9)
        del x, y, z


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this torch has no oneDNN")
def test_onednn_memory_across_switches(way):
    """Its memory is freed by whatever is installed then, not by its own deleter."""
    dense, switches = torch.randn(64, 64), [ft.enable_allocator, ft.disable_allocator] * 3
    kept = [dense.to_mkldnn()]
    for switch in switches:
        switch()
        kept.append(dense.to_mkldnn())
    for switch in switches:
        switch()
        assert torch.equal(kept.pop(0).to_dense(), dense)
    kept.clear()


def test_random_numbers_and_results_are_the_same(way):
    def compute():
        torch.manual_seed(3)
        x, w = torch.randn(4, 3, 20, 20, requires_grad=True), torch.randn(8, 3, 3, 3, requires_grad=True)
        y = torch.nn.functional.conv2d(x, w).relu().mean(dim=(2, 3)).log_softmax(1)[:, 2].sum()
        y.backward()
        return y, x.grad, w.grad

    expected = compute()
    with ft.allocator_enabled():
        assert all(torch.equal(a, b) and bool(torch.isfinite(a).all()) for a, b in zip(compute(), expected))


def test_profiler():
    with ft.allocator_enabled(), torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        x = torch.ones(1000) + 1
    assert len(profile.key_averages()) > 0 and x[0] == 2


def test_huge_sizes(way):
    with ft.allocator_enabled():
        for size in (1 << 45, 1 << 55, (1 << 62) - 1):
            with pytest.raises(RuntimeError, match=f"you tried to allocate {size} bytes"):
                torch.empty(size, dtype=torch.uint8)
        with pytest.raises(RuntimeError):
            torch.empty(1 << 62, 1 << 62)
        assert torch.ones(5).sum() == 5


def test_another_allocator_with_priority_stays():
    code = """
import ctypes, torch, fugakudnn_torch as ft
from fugakudnn_torch import c10
stock = c10.installed()
c10._function(c10._SET, None, ctypes.c_void_p, ctypes.c_uint8)(stock, 7)
for use in (ft.enable_allocator, ft.allocator_enabled().__enter__):
    try:
        use()
    except RuntimeError as error:
        assert "higher priority" in str(error), error
    else:
        assert False, "enabled all the same"
    assert not ft.is_allocator_enabled() and c10.installed() == stock
ft.disable_allocator()
print(torch.ones(3).sum().item())
"""
    assert pool.run(code) == "3.0"


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    return library("other_allocator.cpp", tmp_path_factory.mktemp("other"))


OTHER = """
import ctypes, sys, torch, fugakudnn_torch as ft, pool
from fugakudnn_torch import c10
library = ctypes.CDLL(sys.argv[1])
library.other_allocator.restype = library.other_alive.restype = ctypes.c_int64
other, alive = library.other_allocator(), library.other_alive
"""


@needs_headers
@pytest.mark.parametrize("shim_or_not", ["0", "1"])
def test_another_librarys_allocator_below(other, shim_or_not):
    code = OTHER + """
first = torch.ones(1000)
assert c10.install(other)
a = torch.ones(1000)
m = a.to_mkldnn() if torch.backends.mkldnn.is_available() else a.clone()
assert alive() >= 2
count = alive()
ft.enable_allocator()
b = torch.ones(1000)
assert pool.owns(b) and alive() == count
ft.disable_allocator()
c = torch.ones(1000)
assert alive() == count + 1 and not pool.owns(c)
ft.enable_allocator()
try:
    torch.empty(1 << 60)
except RuntimeError as error:
    assert "the other allocator refuses" in str(error), error
else:
    assert False
del a, b, c, m, first
print(alive())
"""
    assert pool.run(code, other, FUGAKUDNN_TORCH_ALLOCATOR_SHIM=shim_or_not) == "0"


@needs_headers
def test_another_librarys_allocator_above(other):
    code = OTHER + """
ft.enable_allocator()
a = torch.ones(1000)
assert c10.install(other)
assert not ft.is_allocator_enabled()
ft.disable_allocator()
b = torch.ones(1000)
assert c10.installed() == other and alive() == 1 and not pool.owns(b)
ft.enable_allocator()
c = torch.ones(1000)
assert ft.is_allocator_enabled() and pool.owns(c) and alive() == 1
ft.disable_allocator()
d = torch.ones(1000)
assert alive() == 2
del a, b, c, d
print(alive())
"""
    assert pool.run(code, other) == "0"


def test_layout_is_what_the_version_has():
    version = tuple(map(int, torch.__version__.split(".")[:2]))
    assert c10.layout() == (0 if version < (2, 3) else 1, None)


@pytest.fixture
def unknown(monkeypatch):
    """A torch whose allocator nobody has seen before."""
    monkeypatch.setattr(c10, "_FUNCTIONS", {9: 0})
    monkeypatch.setattr(c10, "layout", c10.layout.__wrapped__)
    monkeypatch.setattr(allocator, "_pairs", {})


def test_unknown_layout_takes_the_shim(unknown):
    if why_not() is not None:
        pytest.skip(why_not())
    assert c10.layout()[0] is None
    with ft.allocator_enabled():
        assert pool.owns(torch.ones(5))


def test_unknown_layout_without_a_compiler(unknown, monkeypatch):
    monkeypatch.setattr(building, "_COMPILERS", ("no-such-compiler",))
    stock = c10.installed()
    with pytest.raises(RuntimeError, match=r"(?s)virtual functions.*no C\+\+ compiler.*no-such-compiler"):
        ft.enable_allocator()
    assert c10.installed() == stock


def test_unknown_layout_without_headers(unknown, monkeypatch, tmp_path):
    monkeypatch.setattr(building, "include_folders", lambda: [str(tmp_path)])
    with pytest.raises(RuntimeError, match=r"(?s)headers.*libtorch-dev"):
        ft.enable_allocator()
    assert not ft.is_allocator_enabled()


@needs_headers
def test_unknown_layout_that_does_not_compile(unknown, monkeypatch, tmp_path):
    source = tmp_path / "broken.cpp"
    source.write_text("#include <c10/core/Allocator.h>\n#error something new\n")
    monkeypatch.setattr(shim, "_SOURCE", str(source))
    with pytest.raises(RuntimeError, match="(?s)does not compile.*something new"):
        ft.enable_allocator()


def test_other_tables_are_not_taken_for_ours(monkeypatch):
    layout = c10.layout.__wrapped__
    monkeypatch.setattr(c10, "_IS_SIMPLE", "_ZN3c1015GetCPUAllocatorEv")
    monkeypatch.setattr(c10, "_IS_SIMPLE_PLACE", 3)
    assert layout()[0] in (0, None)
    monkeypatch.setattr(c10, "_PROBE", 0)  # a block without memory is not what a probe must give
    assert layout()[0] is None
    monkeypatch.setattr(c10, "_DEFAULT_TABLE", "_ZTVN3c104NoneE")
    assert layout()[0] is None


def test_missing_symbols_are_named(monkeypatch):
    monkeypatch.setattr(c10, "_GET", "_ZN3c107MissingEv")
    with pytest.raises(RuntimeError, match=f"torch {torch.__version__.split('+')[0]}.*_ZN3c107MissingEv"):
        ft.enable_allocator()


def test_enabled_in_a_forked_child():
    code = """
import os, torch, fugakudnn_torch as ft
torch.set_num_threads(1)
x = torch.ones(1000)
child = os.fork()
if child == 0:
    ft.enable_allocator()
    y = x + torch.ones(1000)
    ft.disable_allocator()
    os._exit(0 if y.sum() == 2000 else 1)
print(os.waitpid(child, 0)[1])
"""
    assert pool.run(code) == "0"


def test_alive_when_the_tests_end():
    """Kept on purpose until the interpreter ends."""
    with ft.allocator_enabled():
        _kept.extend(torch.ones(size) for size in SIZES)
    assert all(map(pool.owns, _kept))


_kept = []
