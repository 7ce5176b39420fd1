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
from fugakudnn._library import lib

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


def test_tensors_in_the_pool(case):
    network, image, exact, stock = case
    outside = image.to_mkldnn() if torch.backends.mkldnn.is_available() else image.clone()
    with torch.no_grad(), ft.enabled(), ft.allocator_enabled():
        got = network(image)
        assert lib.fdnn_pool_owns(got.data_ptr()) and got.data_ptr() % 64 == 0
        assert torch.empty(0).data_ptr() == 0
        with pytest.raises(RuntimeError, match=f"you tried to allocate {1 << 60} bytes"):
            torch.empty(1 << 60, dtype=torch.uint8)
        inside = image.to_mkldnn() if torch.backends.mkldnn.is_available() else image.clone()
        del outside  # oneDNN's memory is freed by whatever allocator is installed then
    check(got, exact, stock)
    assert not lib.fdnn_pool_owns(torch.empty(1000).data_ptr())
    del inside, got


def test_a_training_step_in_the_pool(case):
    network, image, _, _ = case

    def gradients():
        own = copy.deepcopy(network).train()
        own(image.repeat(2, 1, 1, 1)).square().sum().backward()
        return [p.grad for p in own.parameters()]

    torch.set_num_threads(1)
    expected = gradients()
    with ft.allocator_enabled():
        got = gradients()
        twin = copy.deepcopy(network)
    assert all(lib.fdnn_pool_owns(p.data_ptr()) for p in [*twin.parameters(), *got])
    assert all(torch.equal(one, other) for one, other in zip(got, expected))
