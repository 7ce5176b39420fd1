"""Whole networks of torchvision: our error against the network in float64 is at most twice stock float32's own."""
import copy

import pytest
import torch
import torchvision

import fugakudnn_torch as ft

NETWORKS = {
    "resnet18": 64, "resnet50": 64, "resnet152": 64, "vgg16": 64, "mobilenet_v2": 64, "densenet121": 64, "squeezenet1_1": 64,
    "googlenet": 64, "mnasnet1_0": 64, "shufflenet_v2_x1_0": 64, "efficientnet_b0": 64, "mobilenet_v3_small": 64, "alexnet": 96,
}
# What torch has to keep because no primitive computes it yet; the rest of the network is the library's all the same.
MAY_FALL_THROUGH = {"vgg16",  # its images are too small here for windows of one size
                    "densenet121", "squeezenet1_1", "googlenet", "mnasnet1_0", "shufflenet_v2_x1_0", "efficientnet_b0",
                    "mobilenet_v3_small", "mobilenet_v2", "alexnet"}


def make(name):
    torch.manual_seed(3)
    extra = {"init_weights": False, "aux_logits": False} if name == "googlenet" else {}
    model = getattr(torchvision.models, name)(weights=None, num_classes=200, **extra)
    generator = torch.Generator().manual_seed(4)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1, generator=generator)
            module.running_var.uniform_(0.5, 2, generator=generator)
            module.weight.data.uniform_(0.5, 1.5, generator=generator)
            module.bias.data.normal_(0, 0.1, generator=generator)
    return model.eval()


@pytest.fixture(scope="module", params=list(NETWORKS))
def network(request):
    """Name, model, input, float64 result, stock's result."""
    model = make(request.param)
    torch.manual_seed(5)
    x = torch.randn(2, 3, NETWORKS[request.param], NETWORKS[request.param])
    with torch.no_grad():
        exact = copy.deepcopy(model).double()(x.double())
        return request.param, model, x, exact, model(x)


def check(name, what, got, exact, stock):
    """The root of the mean square tells errors apart; the largest of a few hundred is mostly luck."""
    own, theirs = ((result.double() - exact).square().mean().sqrt().item() for result in (got, stock))
    print(f"{name} {what}: error {own:.2e}, stock {theirs:.2e}, {own / theirs:.2f}")
    assert own <= 2 * theirs, f"{name} {what}: {own:.3e} against stock's {theirs:.3e}"
    assert got.shape == stock.shape and got.stride() == stock.stride()


@pytest.mark.parametrize("channels_last", [False, True])
def test_enabled(network, channels_last):
    name, model, x, exact, stock = network
    if channels_last:
        model, x = copy.deepcopy(model).to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    with torch.no_grad(), ft.enabled():
        got = model(x)
    check(name, "enabled", got, exact, stock)
    counts = ft.coverage(reset=True)
    assert counts["convolution"]["own"] > 0 and not counts["convolution"]["fallthrough"]
    if name not in MAY_FALL_THROUGH:
        assert not any(count["fallthrough"] for count in counts.values()), counts


@pytest.mark.parametrize("channels_last", [False, True])
def test_optimized(network, channels_last):
    name, model, x, exact, stock = network
    if channels_last:
        x = x.contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        optimized = ft.optimize(model)
        check(name, "optimized", optimized(x), exact, stock)
        check(name, "optimized, again", optimized(x), exact, stock)
        one = optimized(x[:1])
        torch.testing.assert_close(one, model(x[:1]), rtol=1e-3, atol=1e-4 * stock.abs().max().item())
    if not isinstance(optimized, ft.OptimizedModule):  # not traceable: its parts are optimised
        assert name == "shufflenet_v2_x1_0" and any(isinstance(m, ft.OptimizedModule) for m in optimized.modules())
        return
    known = {"windows differ in size", "shapes must be equal, with 2 or 4 dimensions and elements"}
    assert set(optimized.declined_shapes.values()) <= (known if name in MAY_FALL_THROUGH else set()), optimized.declined_shapes
    report = optimized.report()
    if name == "vgg16":
        assert not report.torch, report
    if name not in MAY_FALL_THROUGH:
        assert not report.torch, report
        assert len(optimized._segments) == 1
    if name.startswith("resnet"):
        convolutions = sum(isinstance(m, torch.nn.Conv2d) for m in model.modules())
        assert sum("folded" in text for _, text in report.fused) == convolutions
        assert sum("residual" in text for _, text in report.fused) == sum(
            type(m).__name__ in ("BasicBlock", "Bottleneck") for m in model.modules())


def test_a_network_that_cannot_be_traced():
    class Choosing(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.body = torchvision.models.resnet18(weights=None, num_classes=4)

        def forward(self, x):
            return self.body(x) if x.sum() > 0 else self.body(-x)

    torch.manual_seed(0)
    model, x = Choosing().eval(), torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        expected = model(x), model(-x)
        optimized = ft.optimize(model)
        torch.testing.assert_close(optimized(x), expected[0], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(optimized(-x), expected[1], rtol=1e-4, atol=1e-4)
    assert isinstance(optimized.body, ft.OptimizedModule)
    assert any("not traceable" in reason for _, reason in optimized.fugakudnn_report.torch)


def test_detection_and_segmentation_layers_fall_through():
    torch.manual_seed(0)
    model = torchvision.models.segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=3).eval()
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        expected = model(x)["out"]
        with ft.enabled():
            torch.testing.assert_close(model(x)["out"], expected, rtol=1e-4, atol=1e-4)
        got = ft.optimize(model)(x)["out"]
        torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4)
        assert got.stride() == expected.stride()
