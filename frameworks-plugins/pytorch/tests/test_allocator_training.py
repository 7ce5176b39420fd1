"""Real training and inference with the pool: the same numbers, bit for bit."""
import copy

import pool
import pytest
import torch
from torch import nn

import fugakudnn_torch as ft


def network():
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, groups=4),
        nn.GELU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(0.1), nn.Linear(128, 64), nn.LayerNorm(64), nn.Linear(64, 10))


def batch(step):
    generator = torch.Generator().manual_seed(step)
    return torch.randn(8, 3, 24, 24, generator=generator), torch.randint(10, (8,), generator=generator)


def train(model, optimizer, steps=20):
    """Losses, and parameters and statistics at the end."""
    torch.manual_seed(1)
    losses = []
    for step in range(steps):
        x, target = batch(step)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, copy.deepcopy(model.state_dict())


def same(one, other):
    assert one[0] == other[0]
    assert all(torch.equal(one[1][name], other[1][name]) for name in one[1]) and len(one[1]) == len(other[1])


OPTIMIZERS = {
    "sgd": lambda parameters: torch.optim.SGD(parameters, 0.05, momentum=0.9, weight_decay=1e-4),
    "adam": lambda parameters: torch.optim.Adam(parameters, 1e-3),
}


@pytest.fixture
def one_thread():
    """On one thread torch itself gives the same bits twice."""
    torch.set_num_threads(1)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_is_bit_equal(one_thread, optimizer):
    model = network()
    first, second, third = (copy.deepcopy(model) for _ in range(3))
    expected = train(first, OPTIMIZERS[optimizer](first.parameters()))
    same(train(second, OPTIMIZERS[optimizer](second.parameters())), expected)
    with ft.allocator_enabled():
        start = pool.statistics().allocations
        same(train(third, OPTIMIZERS[optimizer](third.parameters())), expected)
        assert pool.statistics().allocations > start + 100
    assert len(set(expected[0])) == 20, "nothing was learned"


def test_switching_between_steps_changes_nothing(one_thread):
    model = network()
    plain, switched = copy.deepcopy(model), copy.deepcopy(model)
    optimizers = [torch.optim.SGD(m.parameters(), 0.05, momentum=0.9) for m in (plain, switched)]
    for step in range(10):
        (ft.disable_allocator if step % 2 else ft.enable_allocator)()
        losses = []
        for model, optimizer in zip((plain, switched), optimizers):
            if model is plain:
                ft.disable_allocator()
            torch.manual_seed(step)
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(batch(step)[0]), batch(step)[1])
            ft.enable_allocator() if model is switched and step % 3 else ft.disable_allocator()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        assert losses[0] == losses[1]


def test_memory_in_training_stays_bounded():
    model = network()
    optimizer = OPTIMIZERS["adam"](model.parameters())
    with ft.allocator_enabled():
        train(model, optimizer, 5)
        early = pool.statistics()
        train(model, optimizer, 30)
        late = pool.statistics()
    assert late.live_blocks <= early.live_blocks + 100
    assert late.mapped_bytes <= 1.5 * early.mapped_bytes + (64 << 20)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_inference_with_our_kernels(layout):
    model, x = network().eval().to(memory_format=layout), batch(3)[0].to(memory_format=layout)
    with torch.no_grad(), ft.enabled():
        expected = model(x)
        with ft.allocator_enabled():
            for _ in range(3):
                got = model(x)
                assert torch.equal(got, expected) and pool.owns(got)
        assert torch.equal(model(x), expected)


def test_optimized_modules():
    model, x = network().eval(), batch(5)[0]
    before = ft.optimize(model)
    expected = before(x)
    with ft.allocator_enabled():
        inside = ft.optimize(model)
        for module in (before, inside):
            got = module(x)
            assert torch.equal(got, expected) and pool.owns(got)
    assert torch.equal(inside(x), expected)


def test_training_while_inference_is_ours(one_thread):
    model = network()
    plain, pooled = copy.deepcopy(model), copy.deepcopy(model)
    with ft.enabled():
        expected = train(plain, OPTIMIZERS["sgd"](plain.parameters()), 5)
        with ft.allocator_enabled():
            same(train(pooled, OPTIMIZERS["sgd"](pooled.parameters()), 5), expected)
