"""The registrar in C++: the same as the one in Python, in less time; plans that come and go under it; how it is built and found."""
import contextlib
import ctypes
import gc
import os
import pickle
import subprocess
import sys
import threading

import pool
import pytest
import torch
import torch.nn.functional as F
from agreement import same_form
from concurrently import at_once

import fugakudnn
import fugakudnn_torch as ft
from fugakudnn import native
from fugakudnn._library import lib
from fugakudnn_torch import building, native_build, table
from fugakudnn_torch.registrar import made

VARIABLE = "FUGAKUDNN_TORCH_REGISTRAR"
EXHAUSTIVE = os.environ.get("FUGAKUDNN_EXHAUSTIVE") == "1"

pytestmark = pytest.mark.skipif(os.environ.get(VARIABLE) == "python", reason=f"{VARIABLE} asks for the one in Python")


@pytest.fixture(autouse=True)
def no_grad():
    with torch.no_grad():
        yield


def test_it_can_be_built_here(built):
    """Where there is a torch for these tests there are a compiler and torch's headers."""
    assert built is None, built
    assert ft.registrar() == "native"


# ---- the same as in Python

def lyings(x):
    """A tensor of rank 4 in forms that kernels read at once, and in one that they have to convert first."""
    yield x
    yield x.contiguous(memory_format=torch.channels_last)
    yield x.transpose(2, 3).contiguous().transpose(2, 3)
    yield x.expand(2, *x.shape)[0]
    yield x.bfloat16()
    yield x.double()
    yield torch.cat((x, x))[1:-1:2]


def of(x, *shape):
    return torch.linspace(0.1, 2, torch.Size(shape).numel()).reshape(shape).to(x.dtype)


# By the op's name: functions of a tensor of rank 4 (2, 4, 6, 6).
CALLS = {
    "convolution": [lambda x: F.conv2d(x, of(x, 3, 4, 3, 3), of(x, 3)), lambda x: F.conv2d(x, of(x, 4, 2, 1, 2), None, 2, 1, groups=2),
                    lambda x: F.conv2d(x, of(x, 3, 3, 4, 3).transpose(1, 2), of(x, 6)[::2]), lambda x: F.conv_transpose2d(x, of(x, 4, 4, 3, 3))],
    "mm": [lambda x: torch.mm(x[0, 0], x[-1, 1].t()), lambda x: torch.mm(x[0, 0], x[0, 1]), lambda x: torch.mm(x[0, 0, :, ::2], x[0, 0, ::2])],
    "addmm": [lambda x: torch.addmm(x[0, 0, 0], x[0, 0], x[-1, 1].t()), lambda x: torch.addmm(x[0, 0], x[0, 0], x[0, 1], beta=0.5, alpha=2),
              lambda x: torch.addmm(x[0, 0, 0], x[0, 0], x[0, 1], alpha=2)],
    "native_batch_norm": [lambda x: torch.native_batch_norm(x, of(x, 4), None, of(x, 4), of(x, 4), False, 0.1, 1e-5),
                          lambda x: torch.native_batch_norm(x, None, of(x, 4), of(x, 4), of(x, 4), False, 0.1, 0.1),
                          lambda x: torch.native_batch_norm(x, None, None, None, None, True, 0.1, 1e-5)],
    "max_pool2d_with_indices": [lambda x: F.max_pool2d(x, 2, return_indices=True), lambda x: F.max_pool2d(x, 3, 2, 1, ceil_mode=True),
                                lambda x: F.max_pool2d(x[0], (2, 1))],
    "avg_pool2d": [lambda x: F.avg_pool2d(x, 2), lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
                   lambda x: F.avg_pool2d(x, 2, divisor_override=3)],
    "_adaptive_avg_pool2d": [lambda x: F.adaptive_avg_pool2d(x, (3, 2)), lambda x: F.adaptive_avg_pool2d(x, 4)],
    "mean.dim": [lambda x: x.mean((2, 3)), lambda x: x.mean((-1, -2), True), lambda x: x.mean((0, 1)), lambda x: x.mean((2, 3), dtype=torch.float64)],
    "clamp_min": [torch.relu, lambda x: torch.clamp_min(x, 0.5), lambda x: torch.clamp_min(x, 1)],
    "clamp_min_": [lambda x: torch.relu_(x), lambda x: x.clamp_min_(0.5)],
    "clamp": [lambda x: x.clamp(0.2, 0.7), lambda x: x.clamp(max=1), lambda x: x.clamp(-1, float("nan"))],
    "clamp_": [lambda x: x.clamp_(0.2, 0.7)],
    "hardtanh": [F.relu6, lambda x: F.hardtanh(x, 0.1, 0.5)],
    "hardtanh_": [lambda x: F.relu6(x, inplace=True)],
    "leaky_relu": [lambda x: F.leaky_relu(x, 0.3)],
    "leaky_relu_": [lambda x: F.leaky_relu_(x, 0.3)],
    "exp": [torch.exp],
    "exp_": [torch.exp_],
    "add.Tensor": [lambda x: x + x, lambda x: torch.add(x, x[:1], alpha=3), lambda x: x + of(x, 4, 1, 1), lambda x: x + 2, lambda x: 0.5 + x,
                   lambda x: x + torch.ones(6, dtype=torch.int64), lambda x: torch.add(x, x, alpha=2.5)],
    "add_.Tensor": [lambda x: x.add_(x), lambda x: x.add_(of(x, 6), alpha=2), lambda x: x.add_(1.5)],
    "mul.Tensor": [lambda x: x * x, lambda x: x * of(x, 4, 1, 6), lambda x: x * 2],
    "mul_.Tensor": [lambda x: x.mul_(of(x, 6, 6)), lambda x: x.mul_(3)],
    "_softmax": [lambda x: F.softmax(x, 1), lambda x: F.softmax(x, -1)],
    "_log_softmax": [lambda x: F.log_softmax(x, 0)],
}


def test_the_calls_are_of_every_op_of_the_table():
    assert list(CALLS) == [entry.name for entry in table.TABLE]


@pytest.mark.parametrize("name", CALLS)
def test_results_forms_and_counts_are_those_of_the_python_registrar(name, monkeypatch):
    base = torch.randn(2, 4, 6, 6)

    def outcomes(registrar):
        monkeypatch.setenv(VARIABLE, registrar)
        ft.coverage(reset=True)
        with ft.enabled():
            assert ft.registrar() == registrar
            results = []
            for function in CALLS[name]:
                for x in lyings(base.clone()):
                    copies = [x.clone() if name.endswith("_.Tensor") or name.endswith("_") else x for _ in range(3)]
                    for copy in copies:  # the first is new, the others are known
                        result = function(copy)
                        assert not name.split(".")[0].endswith("_") or result is copy
                        results += result if isinstance(result, tuple) else (result,)
        return results, ft.coverage(reset=True)

    (got, counts), (expected, expected_counts) = outcomes("native"), outcomes("python")
    assert counts == expected_counts
    assert counts[name]["own"] > 0 and len(got) == len(expected)
    for one, other in zip(got, expected):
        same_form(one, other)
        torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)


def test_gradients_are_asked_for_or_not_from_call_to_call():
    """A plan is for calls without gradients or for calls with; each kind knows its own."""
    x, w = torch.randn(1, 2, 5, 5), torch.randn(3, 2, 3, 3)
    parameter = w.clone().requires_grad_()
    with ft.enabled():
        for _ in range(3):
            own = F.conv2d(x, parameter)
            with torch.enable_grad():
                with_gradient = F.conv2d(x, parameter)
                assert not F.conv2d(x, w).requires_grad
            assert not own.requires_grad and with_gradient.requires_grad
            torch.testing.assert_close(own, with_gradient.detach())
    counts = ft.coverage(reset=True)["convolution"]
    assert counts["own"] == 6 and list(counts["fallthrough"].values()) == [3] and "autograd" in list(counts["fallthrough"])[0]


def test_known_calls_whose_memory_overlaps_are_torchs():
    apart, base = torch.randn(9), torch.arange(10.0)
    with ft.enabled():
        for _ in range(3):
            apart.clone().add_(apart)
            with pytest.raises(RuntimeError, match="single memory location|clone"):
                base[1:].add_(base[:-1])
            touching = torch.randn(18)
            touching[9:].add_(touching[:9])
            same = apart.clone()
            assert torch.equal(same.add_(same), apart * 2)
    assert ft.coverage(reset=True)["add_.Tensor"] == {"own": 9, "fallthrough": {"memory may overlap": 3}}


def test_what_falls_through_for_its_type_is_known_whatever_its_shape():
    with ft.enabled():
        torch.relu(torch.ones(1).bfloat16())
        before = registrar().plans()
        for size in range(2, 40):
            torch.relu(torch.ones(size).bfloat16())
        assert registrar().plans() == before
    assert ft.coverage(reset=True)["clamp_min"] == {"own": 0, "fallthrough": {"data type torch.bfloat16": 39}}


def registrar():
    return next(one for one in made() if one.name == "native")


# ---- plans come and go

def works():
    """(function, its result) of several ops."""
    x, image, weight = torch.randn(5, 7), torch.randn(1, 3, 8, 8), torch.randn(4, 3, 3, 3)
    functions = [lambda: torch.relu(x), lambda: torch.mm(x, x.t()), lambda: F.conv2d(image, weight), lambda: F.max_pool2d(image, 2),
                 lambda: torch.exp(x.bfloat16()), lambda: x + 2]
    with ft.enabled():
        return [(function, function()) for function in functions]


def while_others_call(disturb, times=200, calls_each=300):
    """Runs ``disturb()`` while threads call and check ops: that many times, and until each has made that many calls."""
    pairs, over, calls = works(), threading.Event(), [calls_each, 0, 0, 0]

    def work(index):
        while not over.is_set():
            for function, expected in pairs:
                torch.testing.assert_close(function(), expected, rtol=1e-2 if expected.dtype == torch.bfloat16 else 1e-5, atol=1e-5)
                calls[index] += 1

    def disturb_them():
        done = 0
        while not over.is_set() and (done < times or min(calls) < calls_each):
            disturb()
            done += 1

    def until_one_ends(index):
        try:
            work(index) if index else disturb_them()
        finally:
            over.set()

    at_once(until_one_ends, len(calls))


def test_plans_are_dropped_while_threads_carry_them_out():
    before = fugakudnn.get_isa()
    with ft.enabled():
        while_others_call(lambda: fugakudnn.set_isa(before))


def test_switching_while_threads_call():
    def switch():
        ft.enable()
        ft.disable()

    while_others_call(switch)
    assert not ft.is_enabled()


def test_dropped_plans_free_their_primitives(monkeypatch):
    handles, release = [], native.Primitive.release
    monkeypatch.setattr(native.Primitive, "release", lambda self: handles.append(release(self)) or handles[-1])
    with ft.enabled():
        for size in range(50, 60):
            torch.exp(torch.ones(size))
        assert len(handles) == 10
        gc.collect()
        assert all(alive(handle) for handle in handles)
        fugakudnn.set_isa(fugakudnn.get_isa())
        assert not any(alive(handle) for handle in handles)
        torch.exp(torch.ones(50))


def alive(handle):
    return lib.fdnn_primitive_query(handle, 0, ctypes.byref(ctypes.c_int64())) == 0


def test_an_error_of_the_library_is_a_runtime_error(monkeypatch):
    handles, release = [], native.Primitive.release
    monkeypatch.setattr(native.Primitive, "release", lambda self: handles.append(release(self)) or handles[-1])
    x = torch.ones(71)
    with ft.enabled():
        torch.exp(x)
        lib.fdnn_primitive_destroy(handles[-1])
        with pytest.raises(RuntimeError, match="handle|destroyed"):
            torch.exp(x)
        fugakudnn.set_isa(fugakudnn.get_isa())  # so that nobody else meets that plan
        assert torch.exp(x).numel() == 71


def test_tensors_outlive_what_made_them():
    x = torch.randn(3, 4)
    with ft.enabled():
        results = [torch.relu(x) for _ in range(2)]
    fugakudnn.set_isa(fugakudnn.get_isa())
    assert all(torch.equal(result, x.clamp(min=0)) for result in results)


# ---- results lie in the pool

def known_call(function):
    """The result of a call that C++ carries out: the first of its kind is Python's, and its result in torch's memory."""
    with ft.enabled():
        function()
        return function()


@pytest.mark.parametrize("enabled", [False, True])
def test_results_lie_in_the_pool_whatever_torchs_allocator_is(enabled):
    x = torch.randn(2, 3, 40, 50).to(memory_format=torch.channels_last)
    with ft.allocator_enabled() if enabled else contextlib.nullcontext():
        y = known_call(lambda: F.max_pool2d(x, 2))
        assert pool.owns(y) and pool.owns(torch.ones(10)) == enabled
        known_call(lambda: torch.relu_(x))
    same_form(y, F.max_pool2d(x, 2))
    assert not pool.owns(x), "computed in place"


def test_results_come_back_to_the_pool():
    x = torch.randn(1000, 1000)
    for count in (1, 2):
        before = pool.statistics().live_bytes
        results = [known_call(lambda: torch.relu(x)) for _ in range(count)]
        assert pool.statistics().live_bytes - before >= count * 4_000_000
        del results
        assert pool.statistics().live_bytes - before < 4_000_000


def test_results_are_resized_shared_and_moved_as_torchs_own():
    x = torch.randn(30, 40)
    y = known_call(lambda: torch.relu(x))
    y.resize_(300, 40)
    assert pool.owns(y) and torch.equal(y[:30], x.clamp(min=0))
    shared = known_call(lambda: torch.relu(x)).share_memory_()
    assert shared.is_shared() and not pool.owns(shared) and torch.equal(shared, y[:30])
    assert torch.equal(torch.from_numpy(y.numpy()), y) and torch.equal(pickle.loads(pickle.dumps(y)), y)
    z = y.set_(known_call(lambda: torch.relu(x)))
    assert pool.owns(z) and torch.equal(z, shared)


def test_without_memory_for_a_result_the_error_is_torchs():
    code = """
import torch, fugakudnn_torch as ft, pool
torch.set_num_threads(1)
ft.enable()
with torch.no_grad():
    big = torch.ones(64 << 20, dtype=torch.uint8).view(torch.float32)
    torch.relu(big)
    pool.limit_address_space(300 << 20)
    for _ in range(3):
        kept = []
        try:
            while len(kept) < 1000:
                kept.append(torch.relu(big))
        except RuntimeError as error:
            assert f"you tried to allocate {64 << 20} bytes" in str(error), error
        assert len(kept) >= 3 and all(pool.owns(y) for y in kept), len(kept)
        assert torch.equal(torch.relu(torch.tensor([-1.0, 2.0])), torch.tensor([0.0, 2.0]))
print("end", ft.registrar())
"""
    assert pool.run(code) == "end native"


def test_results_that_die_last():
    code = """
import atexit, builtins, sys, threading, torch, fugakudnn_torch as ft, pool
ft.enable()
local, x = threading.local(), torch.randn(100, 100)
def result():
    with torch.no_grad():
        return [torch.relu(x) for _ in range(2)][1]
def work():
    local.kept = result()
    atexit.register(result().sum)
for _ in range(3):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
builtins.kept_longest, sys.modules["kept"] = result(), result()
assert pool.owns(builtins.kept_longest)
ft.disable()
print("end", flush=True)
"""
    assert pool.run(code) == "end"


def test_a_child_forked_while_threads_call():
    code = """
import os, threading, torch, fugakudnn_torch as ft
ft.enable()
x, over = torch.randn(9), threading.Event()
expected = torch.relu(x)
def work():
    with torch.no_grad():
        for size in range(1, 10 ** 9):
            torch.relu(x), torch.exp(torch.ones(size % 500 + 1))
            if over.is_set():
                return
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
codes = set()
with torch.no_grad():
    for _ in range(30):
        child = os.fork()
        if child == 0:
            os._exit(0 if all(torch.equal(torch.relu(x), expected) for _ in range(3)) and 'forked' in str(ft.coverage()) else 1)
        codes.add(os.waitpid(child, 0)[1])
        assert torch.equal(torch.relu(x), expected)
over.set()
for thread in threads:
    thread.join()
print(codes, ft.registrar())
"""
    assert run(["-c", code]).stdout.strip() == "{0} native"


def test_memory_stays_flat_over_many_shapes():
    code = """
import sys, torch, fugakudnn_torch as ft
def megabytes():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 / 2 ** 20
ft.enable()
torch.set_num_threads(1)
samples = []
with torch.no_grad():
    for size in range(1, int(sys.argv[1])):
        torch.relu(torch.empty(size % 64 + 1, size // 64 + 1))
        if size == 6000:
            before = megabytes()
        if size % 500 == 0:
            samples.append(megabytes())
print(min(samples[-len(samples) // 4:]) - before, ft.coverage()["clamp_min"])
"""
    # The collector's heap swings by tens of MB; at its lowest, 80 000 plans that stayed, of 500 bytes or more, would be 40 MB.
    shapes = 100000 if EXHAUSTIVE else 20000
    grown, _, counts = run(["-c", code, str(shapes)]).stdout.strip().partition(" ")
    assert float(grown) < 25, "MB"
    assert f"'own': {shapes - 1}" in counts


# ---- building and finding

def run(arguments, code=0, **environment):
    result = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env={**os.environ, **environment}, timeout=600)
    assert result.returncode == code, result.stdout + result.stderr
    return result


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder of the test's own, with a copy of what was built."""
    content = open(native_build.path(), "rb").read()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = tmp_path / "fugakudnn"
    folder.mkdir(mode=0o700)
    file = folder / os.path.basename(native_build.path())
    file.write_bytes(content)
    file.chmod(0o700)
    return file


def refused(match, build=False):
    with pytest.raises(RuntimeError, match=match):
        native_build.build() if build else native_build.load()


def test_where_it_is_not_built_python_takes_its_place(tmp_path):
    code = "import torch, fugakudnn_torch as ft; ft.enable(); print(ft.registrar(), int(torch.relu(torch.ones(3)).sum()), ft.coverage())"
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    assert run(["-c", code], **environment, **{VARIABLE: "auto"}).stdout.strip() == "python 3 {'clamp_min': {'own': 1, 'fallthrough': {}}}"
    assert "python -m fugakudnn_torch build" in run(["-c", code], 1, **environment, **{VARIABLE: "native"}).stderr
    assert "must be auto, native or python, got 'rust'" in run(["-c", code], 1, **environment, **{VARIABLE: "rust"}).stderr
    said = run(["-m", "fugakudnn_torch"], **environment, **{VARIABLE: "auto"}).stdout
    assert said.startswith("registrar: python") and "python -m fugakudnn_torch build" in said
    assert not os.listdir(tmp_path)


def test_the_command_says_what_is_used():
    assert run(["-m", "fugakudnn_torch"]).stdout == "registrar: native\n"
    assert run(["-m", "fugakudnn_torch"], **{VARIABLE: "python"}).stdout.startswith("registrar: python")
    assert "usage" in run(["-m", "fugakudnn_torch", "destroy"], 2).stderr


def test_a_file_of_others_is_refused(cache, monkeypatch):
    native_build.load()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    if os.getuid() != 0:  # root's files are everybody's
        refused("written by others")
    os.chmod(cache, 0o720)
    refused("written by others")
    os.chmod(cache, 0o700)
    os.chmod(cache.parent, 0o702)
    refused("written by others")
    refused("written by others", build=True)


def test_a_link_is_refused(cache):
    target = cache.with_suffix(".moved")
    cache.rename(target)
    cache.symlink_to(target)
    refused("no native registrar")
    folder = cache.parent.rename(cache.parent.with_name("moved"))
    cache.parent.symlink_to(folder)
    refused("written by others")


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: content[:len(content) // 2], lambda content: b"",
                                    lambda content: content[:500] + bytes([content[500] ^ 1]) + content[501:]])
def test_a_damaged_file_is_refused(cache, damage):
    cache.write_bytes(damage(cache.read_bytes()))
    refused("damaged")


def test_a_file_for_another_torch_is_refused_whatever_its_name(cache, monkeypatch):
    monkeypatch.setattr(native_build, "_identity", lambda: "another" * 10)
    refused("no native registrar")
    cache.rename(native_build.path())
    refused("damaged")


def test_without_a_compiler(cache, monkeypatch):
    monkeypatch.setenv("PATH", "")
    refused("there is no C[+][+] compiler to build registrar.cpp", build=True)


def test_without_headers(cache, monkeypatch):
    monkeypatch.setattr(building, "include_folders", lambda: ["/nowhere"])
    refused("headers.*libtorch-dev", build=True)


def test_what_does_not_compile_says_so_and_leaves_nothing(cache, monkeypatch):
    monkeypatch.setattr(native_build.torch_versions, "registrar_flags", lambda header: ["-include", "no_such_header.h"])
    refused("(?s)does not compile registrar.cpp.*no_such_header", build=True)
    assert os.listdir(cache.parent) == [cache.name]


def test_builders_at_once(cache, monkeypatch):
    """Each writes a file of its own, and what has the name is always whole."""
    content = cache.read_bytes()[:-native_build._CHECKSUM_BYTES]
    cache.unlink()

    def compile_library(source, target, libraries, flags):
        with open(target, "wb") as file:
            for place in range(0, len(content), 4096):
                file.write(content[place:place + 4096])
                file.flush()

    monkeypatch.setattr(building, "compile_library", compile_library)

    def work(_):
        for _ in range(10):
            native_build.build()
            native_build.load()

    at_once(work, 4)
    assert os.listdir(cache.parent) == [cache.name]
