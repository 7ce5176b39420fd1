"""Switching, counting, falling through, following torch's state, the rules for the table."""
import copy
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from agreement import close, compare
from concurrently import at_once
from torch import nn

import fugakudnn
import fugakudnn_torch as ft
from fugakudnn_torch import table
from fugakudnn_torch.registrar import make_ops, made


def run(code, **environment):
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment})
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_every_op_of_the_table_has_a_derivative_formula_of_its_own():
    has = torch._C._dispatch_has_kernel_for_dispatch_key
    for entry in table.TABLE:
        name = "aten::" + entry.name
        assert not has(name, "CompositeImplicitAutograd"), f"{name}: overriding it at CPU would drop its gradient"
        assert has(name, "Autograd") or has(name, "AutogradCPU"), f"{name} has no derivative formula"


def test_the_rule_for_the_table_can_fail():
    assert torch._C._dispatch_has_kernel_for_dispatch_key("aten::conv2d", "CompositeImplicitAutograd")
    assert torch._C._dispatch_has_kernel_for_dispatch_key("aten::layer_norm", "CompositeImplicitAutograd")


def test_every_op_has_a_way_back():
    assert [op.name for op, _ in make_ops()] == [entry.name for entry in table.TABLE]


def test_importing_changes_nothing():
    code = ("import torch; f = lambda: torch._C._dispatch_dump('aten::convolution') + torch._C._dispatch_dump('aten::addmm'); before = f(); "
            "import fugakudnn_torch as ft; print(before == f(), ft.is_enabled())")
    assert run(code, FUGAKUDNN_TORCH="0") == "True False"


def test_environment_variable():
    assert run("import fugakudnn_torch as ft; print(ft.is_enabled())", FUGAKUDNN_TORCH="1") == "True"


def test_enable_and_disable():
    x = torch.randn(8)
    for _ in range(3):
        ft.enable()
        ft.enable()
        torch.relu(x)
        assert ft.coverage(reset=True)["clamp_min"]["own"] == 1
        ft.disable()
        ft.disable()
        torch.relu(x)
        assert ft.coverage() == {}


def test_disable_restores_the_dispatcher():
    before = [torch._C._dispatch_dump("aten::" + entry.name) for entry in table.TABLE]
    with ft.enabled():
        assert [torch._C._dispatch_dump("aten::" + entry.name) for entry in table.TABLE] != before
    assert [torch._C._dispatch_dump("aten::" + entry.name) for entry in table.TABLE] == before


def test_contexts_nest_and_restore():
    with ft.enabled():
        with ft.enabled():
            assert ft.is_enabled()
        assert ft.is_enabled()
    assert not ft.is_enabled()
    ft.enable()
    with ft.enabled():
        pass
    assert ft.is_enabled()
    with pytest.raises(KeyError):
        with ft.enabled():
            raise KeyError
    assert ft.is_enabled()


def test_coverage_gives_reasons():
    with ft.enabled(), torch.no_grad():
        torch.mm(torch.ones(2, 2), torch.ones(2, 2))
        torch.mm(torch.ones(2, 2).bfloat16(), torch.ones(2, 2).bfloat16())
        torch.mm(torch.ones(2, 2).bfloat16(), torch.ones(2, 2).bfloat16())
    assert ft.coverage(reset=True) == {"mm": {"own": 1, "fallthrough": {"data type torch.bfloat16": 2}}}
    assert ft.coverage() == {}


def network():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Conv2d(8, 8, 1), nn.LeakyReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5), nn.LogSoftmax(1))


@pytest.mark.parametrize("training", [True, False])
def test_gradients_are_torchs_own(training):
    model = network().train(training)
    x = torch.randn(4, 3, 8, 8)

    def gradients():
        own, image = copy.deepcopy(model), x.clone().requires_grad_()
        output = own(image)
        output[:, 1].sum().backward()
        return [output, image.grad, *[p.grad for p in own.parameters()], *own.buffers()]

    expected = gradients()
    with ft.enabled():
        got = gradients()
    assert len(got) == len(expected) > 8
    for one, other in zip(got, expected):
        assert one is not None and one.dtype == other.dtype
        torch.testing.assert_close(one, other)
    reasons = {reason for counts in ft.coverage().values() for reason in counts["fallthrough"]}
    assert any("autograd" in reason for reason in reasons)


def test_gradcheck():
    x, w = torch.randn(1, 2, 5, 5, dtype=torch.float64, requires_grad=True), torch.randn(3, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    with ft.enabled():
        assert torch.autograd.gradcheck(lambda x, w: F.max_pool2d(F.relu(F.conv2d(x, w)), 2), (x, w))


def test_gradient_of_an_input_where_weights_need_none():
    model = network().eval().requires_grad_(False)
    x = torch.randn(2, 3, 8, 8, requires_grad=True)
    with ft.enabled():
        model(x).sum().backward()
    assert x.grad is not None and x.grad.abs().sum() > 0


def test_without_grad_the_library_computes():
    model, x = network().eval(), torch.randn(2, 3, 8, 8)
    for context in (torch.no_grad, torch.inference_mode):
        with context():
            expected = model(x)
            ft.coverage(reset=True)
            with ft.enabled():
                got = model(x)
            close(got, expected, 100)
            counts = ft.coverage(reset=True)
            assert counts["convolution"] == {"own": 2, "fallthrough": {}}
            assert counts["native_batch_norm"] == {"own": 1, "fallthrough": {}}
            assert all(not count["fallthrough"] for count in counts.values()), counts
            assert got.is_inference() == expected.is_inference()


@pytest.mark.parametrize("make,shape", [(lambda: nn.Conv2d(4, 8, 3), (1, 4, 6, 6)), (lambda: nn.Linear(8, 8), (2, 8)),
                                        (lambda: nn.BatchNorm2d(4).eval(), (1, 4, 3, 3))])
@pytest.mark.parametrize("change", ["data", "numpy", "load_state_dict", "copy_", "reused address"])
def test_weight_changes_are_seen(make, shape, change):
    module, x = make(), torch.randn(shape)
    with torch.no_grad():
        for _ in range(2):
            with ft.enabled():
                module(x)
            if change == "data":
                module.weight.data += 1
            elif change == "numpy":
                module.weight.detach().numpy()[:] *= 2
            elif change == "load_state_dict":
                module.load_state_dict({name: value + 1 for name, value in module.state_dict().items()})
            elif change == "copy_":
                module.weight.copy_(torch.randn_like(module.weight))
            else:
                memory = np.random.default_rng(1).standard_normal(module.weight.numel()).astype(np.float32)
                for seed in range(2):
                    memory[:] = np.random.default_rng(seed).standard_normal(memory.size)
                    module.weight = nn.Parameter(torch.from_numpy(memory).view(module.weight.shape), requires_grad=False)
                    compare(module, x, length=40)
            compare(module, x, length=40)


def test_threads_are_followed():
    x = torch.randn(64, 64)
    with ft.enabled(), torch.no_grad():
        for count in (1, 3, 2):
            torch.set_num_threads(count)
            torch.mm(x, x)
            assert fugakudnn.get_num_threads() == count


def test_instruction_sets_are_followed():
    before, x = fugakudnn.get_isa(), torch.randn(2, 4, 9, 9)
    try:
        for isa in fugakudnn.info()["isas"]:
            fugakudnn.set_isa(isa)
            with torch.no_grad():
                compare(lambda: F.conv2d(x, torch.ones(5, 4, 3, 3)), length=36, own="convolution")
    finally:
        fugakudnn.set_isa(before)


def test_threads_call_at_once():
    model, x = network().eval(), torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        expected, wrong = model(x), []

    def work():
        with torch.no_grad():
            for _ in range(20):
                if not torch.allclose(model(x), expected, atol=1e-5):
                    wrong.append(1)

    with ft.enabled():
        at_once(lambda _: work(), 4)
    assert not wrong


def test_every_call_is_counted(switch_often):
    x, y = torch.ones(3), torch.ones(3).bfloat16()

    def work(_):
        for _ in range(2000):
            torch.relu(x)
            torch.relu(y)

    with ft.enabled():
        at_once(work, 4)
    assert ft.coverage(reset=True) == {"clamp_min": {"own": 8000, "fallthrough": {"data type torch.bfloat16": 8000}}}


@pytest.fixture
def switch_often():
    """Threads take turns as often as Python lets them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_many_shapes_stay_bounded():
    with ft.enabled(), torch.no_grad():
        for size in range(1, 5000):
            torch.relu(torch.ones(size))
    assert ft.coverage()["clamp_min"]["own"] == 4999
    assert all(plans <= 2048 for one in made() for plans in one.plans())


def test_a_forked_child_falls_through():
    code = """
import os, torch, fugakudnn_torch as ft
ft.enable()
x = torch.randn(9)
with torch.no_grad():
    y = torch.relu(x)
child = os.fork()
if child == 0:
    ft.coverage(reset=True)
    with torch.no_grad():
        same = torch.equal(torch.relu(x), y)
    os._exit(0 if same and 'forked' in str(ft.coverage()) else 1)
print(os.waitpid(child, 0)[1], torch.equal(torch.relu(x), y))
"""
    assert run(code) == "0 True"


def test_the_end_of_the_process_is_torchs():
    code = """
import builtins, torch, fugakudnn_torch as ft
class Late:
    def __init__(self):
        self.relu, self.x, self.switch = torch.relu, torch.ones(77), ft.is_enabled
    def __del__(self):
        print(self.switch(), float(self.relu(self.x).sum()))
ft.enable()
torch.relu(torch.ones(3))
builtins.kept_to_the_end = Late()
"""
    assert run(code) == "False 77.0"


def test_data_loader_workers():
    code = """
import torch, fugakudnn_torch as ft
class Data(torch.utils.data.Dataset):
    def __len__(self): return 8
    def __getitem__(self, i): return torch.nn.functional.conv2d(torch.full((1, 1, 4, 4), float(i)), torch.ones(1, 1, 3, 3))
ft.enable()
with torch.no_grad():
    Data()[0]
    print([int(b.sum()) for b in torch.utils.data.DataLoader(Data(), batch_size=4, num_workers=2, multiprocessing_context="fork")])
"""
    assert run(code) == "[216, 792]"


def test_custom_ops():
    x, w, b = torch.randn(2, 4, 7, 7), torch.randn(6, 4, 3, 3), torch.randn(6)
    ops = torch.ops.fugakudnn
    mean, variance = torch.randn(4), torch.rand(4) + 0.1
    matrix, bias = torch.randn(5, 7), torch.randn(5)
    cases = [
        (lambda t: ops.conv2d(t(x), t(w), t(b), [2], [1]), lambda: F.conv2d(x, w, b, 2, 1)),
        (lambda t: ops.conv2d(t(x), t(w)), lambda: F.conv2d(x, w)),
        (lambda t: ops.linear(t(x), t(matrix), t(bias)), lambda: F.linear(x, matrix, bias)),
        (lambda t: ops.linear(t(matrix), t(matrix)), lambda: F.linear(matrix, matrix)),
        (lambda t: ops.batch_norm(t(x), t(mean), t(variance)), lambda: F.batch_norm(x, mean, variance)),
        (lambda t: ops.max_pool2d(t(x), [2]), lambda: F.max_pool2d(x, 2)),
        (lambda t: ops.avg_pool2d(t(x), [3], [2], [1]), lambda: F.avg_pool2d(x, 3, 2, 1)),
        (lambda t: ops.relu(t(x)), lambda: F.relu(x)),
        (lambda t: ops.add(t(x), t(x), alpha=2), lambda: torch.add(x, x, alpha=2)),
        (lambda t: ops.mul(t(x), t(x)), lambda: x * x),
        (lambda t: ops.softmax(t(x), 1), lambda: F.softmax(x, 1)),
        (lambda t: ops.log_softmax(t(matrix), -1), lambda: F.log_softmax(matrix, -1)),
    ]
    with torch.no_grad():
        for own, stock in cases:
            got, expected, meta = own(lambda t: t), stock(), own(lambda t: t.to("meta"))
            close(got, expected, 64)
            assert got.stride() == expected.stride() == meta.stride() and meta.shape == got.shape and meta.dtype == got.dtype
            assert meta.device.type == "meta"
    with pytest.raises(NotImplementedError, match="gradient"):
        ops.relu(x.clone().requires_grad_())
