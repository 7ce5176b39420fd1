"""The parts of torch that other versions have otherwise: registration, what stands on top of it, warnings."""
import inspect
import os
import pathlib
import re
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from agreement import close, compare
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

import fugakudnn_torch as ft
from fugakudnn_torch import table, torch_versions
from fugakudnn_torch.op import Op


def since(feature, there):
    """Skips a test of something that this torch does not have."""
    return pytest.mark.skipif(not there, reason=f"torch {torch.__version__} has no {feature}")


def network():
    torch.manual_seed(2)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 5),
        nn.Softmax(1)).eval()


IMAGE = (2, 3, 8, 8)
MIXING = since("fake tensors among real ones", "allow_non_fake_inputs" in inspect.signature(FakeTensorMode).parameters)


# ---- registration

@pytest.mark.parametrize("name", [entry.name for entry in table.TABLE])
def test_the_way_back_does_not_lead_to_us(name, monkeypatch):
    """The counts of a whole run would show a recursion only where it ends."""
    monkeypatch.setenv("FUGAKUDNN_TORCH_REGISTRAR", "python")  # the native one has torch's kernels themselves
    op = Op(name)
    vector, image = torch.rand(3), torch.rand(2, 3, 6, 6)
    arguments = {
        "convolution": (image, torch.rand(4, 3, 3, 3), None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1), "mm": (torch.rand(2, 3), torch.rand(3, 4)),
        "addmm": (torch.rand(4), torch.rand(2, 3), torch.rand(3, 4)), "max_pool2d_with_indices": (image, [2, 2]), "avg_pool2d": (image, [2, 2]),
        "native_batch_norm": (image, None, None, vector, vector, False, 0.1, 1e-5), "_adaptive_avg_pool2d": (image, [2, 2]),
        "mean.dim": (image, [2, 3]), "_softmax": (image, 1, False), "_log_softmax": (image, 1, False), "clamp_min": (image, 0.5),
        "clamp_min_": (image, 0.5), "add.Tensor": (image, image), "add_.Tensor": (image, image), "mul.Tensor": (image, image),
        "mul_.Tensor": (image, image)}.get(name, (image,) if "clamp" not in name else (image, 0.2, 0.4))
    expected = op.overload(*[a.clone() if isinstance(a, torch.Tensor) else a for a in arguments])
    with ft.enabled(), torch.no_grad():
        got = op.torch(*arguments)
    first = (got[0], expected[0]) if isinstance(expected, tuple) else (got, expected)
    torch.testing.assert_close(*first)
    assert name not in ft.coverage(), "torch's own kernel is ours"


@pytest.mark.parametrize("number", [2, 2.5, True, 1 + 2j])
@pytest.mark.parametrize("tensor", [torch.ones(3), torch.ones(3, dtype=torch.int64), torch.tensor(2), torch.tensor(2.0, dtype=torch.float64)])
def test_numbers_promote_as_numbers(tensor, number):
    """A number is not a tensor of no dimensions: it does not make a float32 of rank 0 a float64."""
    for function in (torch.add, torch.mul, lambda x, y: y * x, lambda x, y: torch.add(x, y, alpha=2)):
        compare(function, tensor, number)


def test_an_override_of_others_is_kept_or_named():
    """Ours wins where torch allows two; either way the other's is back afterwards, and ours falls through to it."""
    calls = []

    def other(a, b):
        calls.append(1)
        return torch.zeros(a.shape[0], b.shape[1])

    ones = torch.ones(2, 2)
    library = torch.library.Library("aten", "IMPL")
    try:
        library.impl("mm", other, "CPU")
        before = torch._C._dispatch_dump("aten::add.Tensor")
        try:
            with ft.enabled(), torch.no_grad():
                assert torch.mm(ones, ones).sum() == 8
                assert not calls
                if hasattr(torch.library, "get_kernel"):
                    torch.mm(ones.bfloat16(), ones.bfloat16())
                    assert calls.pop()
        except RuntimeError as error:
            assert "another library overrides aten::mm" in str(error)
            assert not ft.is_enabled() and torch._C._dispatch_dump("aten::add.Tensor") == before
        assert torch.mm(ones, ones).sum() == 0 and calls
    finally:
        torch_versions.destroy(library)
        del library
    ft.coverage(reset=True)
    with ft.enabled(), torch.no_grad():
        assert torch.mm(ones, ones).sum() == 8
        assert torch.mm(ones.bfloat16(), ones.bfloat16()).sum() == 8
    assert ft.coverage(reset=True)["mm"] == {"own": 1, "fallthrough": {"data type torch.bfloat16": 1}}


def test_nothing_of_ours_warns():
    code = """
import warnings
warnings.simplefilter("error")
import torch
from torch import nn
import fugakudnn_torch as ft
model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)).eval()
x = torch.randn(2, 3, 8, 8)
for _ in range(2):
    with ft.enabled():
        model(x).sum().backward()
        with torch.no_grad():
            model(x), x + 2, x.bfloat16() * x.bfloat16()
            torch.nn.functional.relu6(x.double()), torch.exp(x), torch.softmax(x, 1), x.mean((2, 3))
with torch.no_grad():
    ft.optimize(model, x)(x)
torch.ops.fugakudnn.relu(x), torch.ops.fugakudnn.relu(x.to("meta"))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""


# ---- what stands on top

@pytest.mark.filterwarnings("ignore:.*torch.jit.*:FutureWarning", "ignore:.*torch.jit.*:DeprecationWarning")
def test_jit_trace():
    model, x = network(), torch.randn(IMAGE)
    with torch.no_grad():
        expected = model(x)
        with ft.enabled():
            close(torch.jit.trace(model, x)(x), expected, 100)


def test_autocast():
    model, x = network(), torch.randn(IMAGE)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        expected = model(x)
        with ft.enabled():
            got = model(x)
    assert got.shape == expected.shape and got.dtype == expected.dtype
    torch.testing.assert_close(got, expected, rtol=0.05, atol=0.02)


@since("torch.func", hasattr(torch, "func"))
def test_vmap():
    model, x = network(), torch.randn(3, *IMAGE)
    with torch.no_grad():
        expected = torch.stack([model(image) for image in x])
        with ft.enabled():
            close(torch.func.vmap(model)(x), expected, 100)


@since("torch.func", hasattr(torch, "func"))
def test_forward_mode_gradients_are_torchs_own():
    w, x, tangent = torch.randn(4, 3, 3, 3), torch.randn(IMAGE), torch.randn(IMAGE)
    function = lambda x: F.relu(F.conv2d(x, w))  # noqa: E731
    expected = torch.func.jvp(function, (x,), (tangent,))
    with ft.enabled():
        got = torch.func.jvp(function, (x,), (tangent,))
    for one, other in zip(got, expected):
        close(one, other, 100)


@MIXING
def test_fake_tensors():
    model = network()
    with torch.no_grad(), ft.enabled():
        with FakeTensorMode(allow_non_fake_inputs=True) as mode:
            got = model(mode.from_tensor(torch.randn(IMAGE)))
            own = torch.ops.fugakudnn.conv2d(mode.from_tensor(torch.randn(IMAGE)), mode.from_tensor(torch.randn(4, 3, 3, 3)))
    assert type(got).__name__ == type(own).__name__ == "FakeTensor"
    assert got.shape == (2, 5) and own.shape == (2, 4, 6, 6)
    assert all(not count["own"] for count in ft.coverage().values())


@since("torch.export", hasattr(torch, "export"))
def test_export():
    model, x = network(), torch.randn(IMAGE)
    with torch.no_grad():
        expected = model(x)
        with ft.enabled():
            program = torch.export.export(model, (x,))
            ft.coverage(reset=True)
            close(program.module()(x), expected, 100)
            assert ft.coverage()["convolution"]["own"] == 1
        close(program.module()(x), expected, 100)


@MIXING
def test_an_optimised_module_lets_torch_compute_fake_tensors():
    model = network()
    optimized, x = ft.optimize(model), torch.randn(IMAGE)
    with torch.no_grad():
        for _ in range(2):
            close(optimized(x), model(x), 100)
            with FakeTensorMode(allow_non_fake_inputs=True) as mode:
                got = optimized(mode.from_tensor(x))
            assert type(got).__name__ == "FakeTensor" and got.shape == (2, 5)


@since("torch.func", hasattr(torch, "func"))
def test_an_optimised_module_refuses_vmap():
    optimized = ft.optimize(network())
    with torch.no_grad(), pytest.raises(RuntimeError, match="data pointer|storage"):
        torch.func.vmap(optimized)(torch.randn(3, *IMAGE))


@since("torch.export", hasattr(torch, "export"))
def test_custom_ops_are_exported():
    class Own(nn.Module):
        def forward(self, x, w):
            return torch.ops.fugakudnn.relu(torch.ops.fugakudnn.conv2d(x, w))

    x, w = torch.randn(IMAGE), torch.randn(4, 3, 3, 3)
    with torch.no_grad():
        program = torch.export.export(Own(), (x, w))
        assert {str(n.target) for n in program.graph.nodes} >= {"fugakudnn.conv2d.default", "fugakudnn.relu.default"}
        close(program.module()(x, w), F.relu(F.conv2d(x, w)), 100)


@since("torch.compile", hasattr(torch, "compile"))
@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compile(backend):
    model, x = network(), torch.randn(IMAGE)
    with torch.no_grad():
        expected = model(x)
        with ft.enabled():
            close(torch.compile(model, backend=backend)(x), expected, 100)
            assert ft.coverage()["convolution"]["own"] > 0
        optimized = torch.compile(ft.optimize(model), backend=backend)
        for _ in range(2):
            close(optimized(x), expected, 100)


@since("torch.library.opcheck", hasattr(torch.library, "opcheck"))
@pytest.mark.parametrize("name,arguments", [
    ("conv2d", (torch.randn(IMAGE), torch.randn(4, 3, 3, 3), torch.randn(4), [1], [1])), ("linear", (torch.randn(5, 7), torch.randn(4, 7), None)),
    ("batch_norm", (torch.randn(IMAGE), torch.zeros(3), torch.ones(3))), ("max_pool2d", (torch.randn(IMAGE), [2])),
    ("avg_pool2d", (torch.randn(IMAGE), [2])), ("relu", (torch.randn(IMAGE),)), ("add", (torch.randn(IMAGE), torch.randn(IMAGE))),
    ("mul", (torch.randn(IMAGE), torch.randn(3, 1, 1))), ("softmax", (torch.randn(IMAGE), 1)), ("log_softmax", (torch.randn(IMAGE), 1))])
def test_custom_ops_are_as_torch_wants_them(name, arguments):
    torch.library.opcheck(getattr(torch.ops.fugakudnn, name).default, arguments)


# ---- the rule of the plug-in's sources

def test_versions_are_told_apart_in_one_place():
    package = pathlib.Path(torch_versions.__file__).parent
    asks = re.compile(r"(hasattr|getattr)\(torch\b(?!\.ops\.aten, base)|torch\.__version__|torch\.version")
    found = {str(path.relative_to(package)) for path in package.rglob("*.py") if asks.search(path.read_text())}
    assert found == {"torch_versions.py"}
