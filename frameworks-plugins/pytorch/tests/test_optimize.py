"""optimize(): what is fused, what is declined and why."""
import copy

import pytest
import torch
import torch.nn.functional as F
from agreement import close, same_form
from parts import IMAGE, Net, conv, norm
from torch import nn

import fugakudnn_torch as ft


@pytest.fixture(autouse=True)
def no_grad():
    with torch.no_grad():
        yield


def agree(model, x=None, **kinds):
    """optimize() gives torch's results in torch's form; returns the report.  ``fused``, ``torch``: expected counts."""
    model = model.eval()
    x = torch.randn(IMAGE) if x is None else x
    state = {name: value.clone() for name, value in model.state_dict().items()}
    for image in (x, x.contiguous(memory_format=torch.channels_last)) if x.dim() == 4 else (x,):
        optimized = ft.optimize(model)
        for _ in range(3):
            expected, got = model(image.clone()), optimized(image.clone())
            pairs = zip(got, expected) if isinstance(expected, (tuple, list)) else [(got, expected)]
            for one, other in pairs:
                same_form(one, other.detach())
                close(one, other, 4000)
        assert not optimized.declined_shapes or kinds.get("declined_shapes"), optimized.declined_shapes
    report = optimized.report()
    for name, value in model.state_dict().items():
        assert torch.equal(value, state[name]), f"{name} of the user's model changed"
    for kind, count in kinds.items():
        if kind != "declined_shapes":
            assert len(getattr(report, kind)) == count, report
    return report


# ---- what is fused

def test_conv_norm_relu():
    agree(nn.Sequential(conv(), norm(4), nn.ReLU()), fused=2, torch=0, declined=0)
    agree(nn.Sequential(conv(bias=False), norm(4), nn.ReLU(inplace=True)), fused=2, torch=0, declined=0)
    agree(nn.Sequential(conv(groups=2), norm(4), nn.ReLU6()), fused=2, torch=0)
    agree(nn.Sequential(conv(4, 8, 1, stride=2), norm(8), nn.LeakyReLU(0.25)), fused=2, torch=0)
    agree(nn.Sequential(nn.Conv2d(4, 8, (3, 2), padding="same", dilation=(1, 2)), nn.ReLU()), fused=1, torch=0)
    affine = nn.Sequential(conv(), nn.BatchNorm2d(4, affine=False, eps=0.1))
    affine[1].running_var.fill_(3)
    agree(affine, fused=1)


def test_residual():
    block = Net(lambda m, x: F.relu(m.b(m.c(x)) + x), c=conv(), b=norm(4))
    agree(block, fused=3, torch=0, declined=0)
    agree(Net(lambda m, x: F.relu(x + m.c(x)), c=conv()), fused=2, torch=0)
    agree(Net(lambda m, x: torch.add(m.c(x), m.d(x)), c=conv(), d=conv()), fused=1, torch=0)

    def inplace(m, x):
        y = m.c(x)
        y += x
        return m.r(y)

    agree(Net(inplace, c=conv(), r=nn.ReLU(inplace=True)), fused=2, torch=0)


def test_linear():
    agree(nn.Sequential(nn.Linear(7, 9), nn.ReLU(), nn.Linear(9, 3)), torch.randn(5, 7), fused=1, torch=0)
    agree(Net(lambda m, x: F.relu(x + m.c(x)), c=nn.Linear(7, 7, bias=False)), torch.randn(5, 7), fused=2, torch=0)
    agree(nn.Linear(7, 9), torch.randn(2, 3, 7), declined_shapes=True)
    agree(nn.Sequential(nn.Linear(7, 9), nn.ReLU()), torch.randn(7), declined_shapes=True)


@pytest.mark.parametrize("layers", [
    [nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(2, 1)], [nn.AdaptiveAvgPool2d(1)], [nn.AdaptiveAvgPool2d((3, 5))],
    [nn.MaxPool2d(2, ceil_mode=True)], [nn.AvgPool2d(3, 2, 1, count_include_pad=False)], [norm(4)], [norm(4), nn.ReLU()], [nn.ReLU()],
    [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)], [nn.Flatten(), nn.Linear(120, 3), nn.Softmax(1)],
    [nn.Flatten(), nn.LogSoftmax(-1)], [nn.Hardtanh(-0.5, 0.25)], [conv(), nn.Dropout(), nn.Identity(), nn.ReLU()],
], ids=str)
def test_layers(layers):
    assert not agree(nn.Sequential(*copy.deepcopy(layers))).torch


def test_functions():
    agree(Net(lambda m, x: F.max_pool2d(torch.relu(x), 2)), torch=0)
    agree(Net(lambda m, x: F.avg_pool2d(x.relu(), 2).mean((2, 3))), torch=0)
    agree(Net(lambda m, x: x.mean([-2, -1], keepdim=True)), torch=0)
    agree(Net(lambda m, x: torch.flatten(F.adaptive_avg_pool2d(m.c(x), 1), 1), c=conv()), torch=0)
    agree(Net(lambda m, x: (lambda y: F.log_softmax(y.reshape(y.size(0), -1), 1))(m.c(x)), c=conv()), torch=0)
    viewing, x = Net(lambda m, x: (lambda y: y.view(y.size(0), -1))(m.c(x)), c=conv()).eval(), torch.randn(IMAGE)
    assert not ft.optimize(viewing).report().torch
    close(ft.optimize(viewing)(x), viewing(x), 40)
    agree(Net(lambda m, x: (lambda y: y.reshape(y.shape[0], -1))(F.leaky_relu(m.c(x))), c=conv()), torch=0)
    agree(Net(lambda m, x: F.dropout(m.c(x), training=False).clamp(-1, 1), c=conv()), torch=0, fused=1)
    agree(Net(lambda m, x: m.c(x) * m.d(x), c=conv(), d=conv()), torch=0)


def test_what_torch_keeps_runs_between_segments():
    report = agree(Net(lambda m, x: m.d(torch.cat([m.c(x), F.gelu(m.c2(x))], 1)).sigmoid(), c=conv(), c2=conv(), d=conv(8, 4)))
    assert len(report.torch) == 3
    agree(Net(lambda m, x: (m.c(x), m.c2(x).transpose(2, 3)), c=conv(), c2=conv()))


def test_nested_outputs():
    model = Net(lambda m, x: {"a": m.c(x), "b": [x, (m.c2(x), 3)]}, c=conv(), c2=conv()).eval()
    x = torch.randn(IMAGE)
    expected, got = model(x), ft.optimize(model)(x)
    close(got["a"], expected["a"], 100)
    assert got["b"][0] is x and got["b"][1][1] == 3
    close(got["b"][1][0], expected["b"][1][0], 100)


# ---- what is declined, and why

def reasons(model, **kinds):
    report = agree(model, **kinds)
    return " | ".join(reason for _, reason in report.declined + report.torch)


def test_another_consumer():
    text = reasons(Net(lambda m, x: (lambda y: m.b(y) + y)(m.c(x)), c=conv(), b=norm(4)))
    assert "batch norm not folded: the intermediate has another consumer" in text
    text = reasons(Net(lambda m, x: (lambda y: (F.relu(y), y))(m.c(x)), c=conv()))
    assert "relu not fused: the intermediate has another consumer, the result" in text
    text = reasons(Net(lambda m, x: (lambda y: y + y)(m.c(x)), c=conv()), fused=0)


def test_shared_module():
    text = reasons(Net(lambda m, x: m.b(m.c(m.c(x))), c=conv(), b=norm(4)))
    assert "module is shared" in text and "batch norm not folded" in text


def test_shared_weight():
    first, second = conv(), conv()
    second.weight = first.weight
    text = reasons(nn.Sequential(first, norm(4), second, norm(4)), fused=0)
    assert "weight is shared" in text


def test_hooks():
    model = nn.Sequential(conv(), norm(4), nn.ReLU())
    model[1].register_forward_hook(lambda module, inputs, output: output + 1)
    assert "module has hooks" in reasons(model, fused=0)
    inner = nn.Sequential(nn.Sequential(conv(), norm(4)), nn.ReLU())
    inner[0].register_forward_pre_hook(lambda module, inputs: (inputs[0] * 2,))
    assert "module has hooks" in reasons(inner)
    root = nn.Sequential(conv(), nn.ReLU())
    root.register_forward_hook(lambda module, inputs, output: output * 3)
    assert "module has hooks" in reasons(root)


def test_parametrizations():
    model = nn.Sequential(conv(), norm(4))

    class Doubled(nn.Module):
        def forward(self, weight):
            return weight * 2

    torch.nn.utils.parametrize.register_parametrization(model[0], "weight", Doubled())
    assert "parametrized" in reasons(model, fused=0)
    assert "hooks" in reasons(nn.Sequential(torch.nn.utils.weight_norm(conv()), norm(4)), fused=0)


def test_norm_without_statistics_or_in_training():
    assert "no running statistics" in reasons(nn.Sequential(conv(), nn.BatchNorm2d(4, track_running_stats=False)), fused=0)
    model = nn.Sequential(conv(), norm(4)).train()
    report = ft.optimize(model).report()
    assert "batch norm is in training mode" in str(report) and not report.fused


def test_inplace_relu_that_feeds_a_residual():
    def preactivation(m, x):
        y = m.c(x)
        z = m.d(m.r(y))
        return z + y  # y has been changed by r

    text = reasons(Net(preactivation, c=conv(), d=conv(), r=nn.ReLU(inplace=True)))
    assert "sees the changed values" in text


@pytest.mark.parametrize("function", [
    lambda m, x: (lambda y: (torch.relu_(y), y + 1)[1])(m.c(x)),
    lambda m, x: (lambda y: (y.flatten(1).relu_(), y * 2)[1])(m.c(x)),
    lambda m, x: (lambda y: (torch.relu_(y), y.flatten(1)))(m.c(x)),
    lambda m, x: (lambda y, v: (v, torch.relu_(y), v * 2))(*(lambda y: (y, y.transpose(1, 2)))(m.c(x))),
    lambda m, x: (lambda y: (F.silu(y, inplace=True), m.d(y)))(m.c(x)),
    lambda m, x: (lambda y: (m.d(y), y.mul_(3), m.d(y)))(m.c(x)),
    lambda m, x: (lambda y: (m.d(y), torch.sigmoid_(y), m.d(y) + y))(m.c(x)),
    lambda m, x: (torch.relu_(x), m.c(x), x + 1),
    lambda m, x: (x.add_(1), m.c(x)),
    lambda m, x: F.dropout(torch.relu_(m.c(x)), 0.5, False) + 1,
])
def test_inplace_operations_mean_what_they_mean(function):
    agree(Net(function, c=conv(), d=conv()))


def test_augmented_assignment():
    def function(m, x):
        y = m.c(x)
        z = y
        y += x
        y *= 2
        return m.d(z) + y

    agree(Net(function, c=conv(), d=conv()))


def test_an_input_that_is_changed_in_place_is_changed():
    model = Net(lambda m, x: m.c(torch.relu_(x)), c=conv()).eval()
    x = torch.randn(IMAGE)
    changed = x.clone()
    ft.optimize(model)(changed)
    assert torch.equal(changed, F.relu(x))


def test_constants():
    model = Net(lambda m, x: m.c(x) + m.offset + m.p, c=conv())
    model.register_buffer("offset", torch.randn(4, 1, 1))
    model.p = nn.Parameter(torch.randn(1))
    agree(model, declined_shapes=True)


def test_other_data_types():
    agree(nn.Sequential(conv(), norm(4), nn.ReLU()).double(), torch.randn(IMAGE).double(), fused=2)
    model = nn.Sequential(conv(), norm(4)).bfloat16().eval()
    x = torch.randn(IMAGE).bfloat16()
    optimized = ft.optimize(model)
    assert torch.equal(optimized(x), model(x)) and "bfloat16" in str(optimized.report())
    with pytest.raises(RuntimeError):
        ft.optimize(nn.Sequential(conv()))(torch.randn(IMAGE).double())
