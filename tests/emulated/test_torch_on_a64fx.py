"""The whole chain on the emulated A64FX: from a PyTorch model to SVE machine code, with stock's answers.

The build program runs this with Debian's arm64 PyTorch under ``qemu-aarch64 -cpu a64fx``; FUGAKUDNN_LIBRARY is the arm64 library.
Never a source of times.
"""
import copy
import platform

import pytest
import torch
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

import fugakudnn_torch as ft

pytestmark = pytest.mark.skipif(platform.machine() != "aarch64", reason="runs on the emulated A64FX only")


def small_residual_network(block):
    """torchvision's residual network with few blocks, seeded, statistics that matter."""
    torch.manual_seed(1)
    network = ResNet(block, [1, 1, 1, 1], num_classes=10)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
    return network.eval()


@pytest.fixture(scope="module", params=[BasicBlock, Bottleneck], ids=["basic", "bottleneck"])
def case(request):
    """Network, image, result in float64, stock's result."""
    network = small_residual_network(request.param)
    image = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        return network, image, copy.deepcopy(network).double()(image.double()), network(image)


def check(got, exact, stock):
    """Our error is at most twice stock's own."""
    own, theirs = (got.double() - exact).abs().max().item(), (stock.double() - exact).abs().max().item()
    floor = 4 * torch.finfo(torch.float32).eps * exact.abs().max().item()
    assert own <= 2 * max(theirs, floor), f"error {own:.2e}, stock's {theirs:.2e}"
    assert got.shape == stock.shape and got.stride() == stock.stride()


def test_the_chip_is_recognised():
    facts = ft.info()
    assert facts["isa"] == "sve512"
    assert facts["vector_bits"] == 512


def test_enabled(case):
    network, image, exact, stock = case
    ft.coverage(reset=True)
    with torch.no_grad(), ft.enabled():
        got = network(image)
    check(got, exact, stock)
    counts = ft.coverage(reset=True)
    assert counts["convolution"]["own"] == sum(isinstance(m, nn.Conv2d) for m in network.modules())
    assert not any(count["fallthrough"] for count in counts.values()), counts


def test_optimized(case):
    network, image, exact, stock = case
    with torch.no_grad():
        optimized = ft.optimize(network)
        check(optimized(image), exact, stock)
        check(optimized(image), exact, stock)
    assert not optimized.report().torch and not optimized.declined_shapes


def test_gradients_fall_through(case):
    network, image = copy.deepcopy(case[0]), case[1]
    with ft.enabled():
        network(image).sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
