"""How the module that optimize() returns behaves."""
import copy
import io
import pickle

import pytest
import torch
import torch.nn.functional as F
from agreement import close, same_form
from concurrently import at_once
from parts import IMAGE, Net, conv, norm
from torch import nn

import fugakudnn_torch as ft


@pytest.fixture(autouse=True)
def no_grad():
    with torch.no_grad():
        yield


def network():
    torch.manual_seed(7)
    block = Net(lambda m, x: F.relu(m.b(m.c(x)) + x), c=conv(8, 8), b=norm(8))
    return nn.Sequential(conv(4, 8), norm(8), nn.ReLU(inplace=True), block, nn.MaxPool2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(8, 5)).eval()


def test_batch_sizes_image_sizes_and_layouts():
    model = network()
    optimized = ft.optimize(model, torch.randn(IMAGE))
    for shape in [(1, 4, 6, 5), (3, 4, 9, 9), (2, 4, 6, 5), (1, 4, 32, 17), (3, 4, 9, 9)] * 2:
        x = torch.randn(shape)
        for image in (x, x.contiguous(memory_format=torch.channels_last), torch.randn(*shape[:3], 2 * shape[3])[..., ::2],
                      torch.randn(1, *shape[1:]).expand(shape)):
            close(optimized(image), model(image), 100)


def test_more_shapes_than_are_kept():
    model, optimized = network(), ft.optimize(network())
    for size in list(range(4, 40)) * 2:
        x = torch.randn(1, 4, size, 6)
        close(optimized(x), model(x), 100)
    assert len(optimized._segments[0].programs) <= 16


def test_outputs_are_new_tensors():
    optimized, x = ft.optimize(network()), torch.randn(IMAGE)
    first = optimized(x)
    kept = first.clone()
    second = optimized(torch.randn(IMAGE))
    assert first.data_ptr() != second.data_ptr() and torch.equal(first, kept)
    maps = ft.optimize(nn.Sequential(conv(), nn.ReLU()))
    held = [maps(x) for _ in range(3)]
    assert len({tensor.data_ptr() for tensor in held}) == 3


def test_weights_are_those_of_the_time_of_optimize():
    model = network()
    optimized, x = ft.optimize(model), torch.randn(IMAGE)
    before = optimized(x)
    model[0].weight.data.zero_()
    assert torch.equal(optimized(x), before)
    assert not torch.equal(ft.optimize(model)(x), before)


@pytest.mark.parametrize("used", [False, True])
def test_copies_and_pickles(used):
    model = Net(lambda m, x: F.max_pool2d(F.gelu(m.n(x)), 2, return_indices=True), n=nn.Sequential(conv(), norm(4), nn.SiLU())).eval()
    plain, x = network(), torch.randn(IMAGE)
    for original in (plain, nn.Sequential(conv(), norm(4), nn.SiLU(), nn.MaxPool2d(2), nn.Flatten()).eval()):
        optimized = ft.optimize(original)
        if used:
            optimized(x)
        buffer = io.BytesIO()
        torch.save(optimized, buffer)
        buffer.seek(0)
        for other in (copy.deepcopy(optimized), copy.copy(optimized), pickle.loads(pickle.dumps(optimized)),
                      torch.load(buffer, weights_only=False)):
            close(other(x), original(x), 100)
            assert str(other.report()) == str(optimized.report())
    assert isinstance(ft.optimize(model)(x), tuple)


def test_functional_max_pool_is_pickled_by_name():
    class Pools(nn.Module):
        def __init__(self):
            super().__init__()
            self.c = conv()

        def forward(self, x):
            return F.max_pool2d(self.c(x), 2, return_indices=True)[0]

    model, x = Pools().eval(), torch.randn(IMAGE)
    close(copy.deepcopy(ft.optimize(model))(x), model(x), 40)


def test_threads_call_at_once():
    model, wrong = network(), []
    optimized = ft.optimize(model)
    inputs = [torch.randn(1 + i, 4, 6 + i, 5) for i in range(4)]
    expected = [model(x) for x in inputs]

    def work(index):
        for _ in range(25):
            for i in range(4):
                at = (index + i) % 4
                if not torch.allclose(optimized(inputs[at]), expected[at], rtol=1e-4, atol=1e-4):
                    wrong.append(at)

    at_once(work, 4)
    assert not wrong


def test_thread_counts_are_followed():
    import fugakudnn
    model, x = network(), torch.randn(IMAGE)
    optimized = ft.optimize(model)
    for count in (1, 3, 2):
        torch.set_num_threads(count)
        close(optimized(x), model(x), 100)
        assert fugakudnn.get_num_threads() == count


def test_instruction_sets_are_followed():
    import fugakudnn
    before, model, x = fugakudnn.get_isa(), network(), torch.randn(IMAGE)
    optimized = ft.optimize(model)
    try:
        for isa in [*fugakudnn.info()["isas"], before]:
            fugakudnn.set_isa(isa)
            close(optimized(x), model(x), 100)
    finally:
        fugakudnn.set_isa(before)


def test_training_is_refused():
    optimized = ft.optimize(network())
    with pytest.raises(RuntimeError, match="inference"):
        optimized.train()
    assert optimized.eval() is optimized
    with pytest.raises(RuntimeError, match="optimize"):
        optimized.double()
    assert optimized.float() is optimized
    with torch.enable_grad(), pytest.raises(RuntimeError, match="gradient"):
        optimized(torch.randn(IMAGE, requires_grad=True))
    with torch.enable_grad():
        assert not optimized(torch.randn(IMAGE)).requires_grad


def test_arguments_are_those_of_forward():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.c = conv()

        def forward(self, x, scale=2.0, *, shift=None):
            return self.c(x) * scale

    model, x = Two().eval(), torch.randn(IMAGE)
    optimized = ft.optimize(model)
    close(optimized(x), model(x), 40)
    close(optimized(x, 3.0), model(x, 3.0), 40)
    close(optimized(x=x, scale=4.0), model(x, 4.0), 40)
    for call in (lambda: optimized(), lambda: optimized(x, 1, 2, 3), lambda: optimized(x, y=1), lambda: optimized(x, x=x)):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(TypeError):
        ft.optimize(lambda x: x)


@pytest.mark.parametrize("function", [
    lambda m, x: m.d(F.relu(m.c(x)) * x.size(0)), lambda m, x: F.relu(m.c(x) + x.shape[2]), lambda m, x: (x.size(1) + x.size(2)) * m.c(x)])
def test_an_operand_may_be_a_number_at_run_time(function):
    model, x = Net(function, c=conv(), d=conv()).eval(), torch.randn(IMAGE)
    optimized = ft.optimize(model)
    for image in (x, x, x[:1]):
        got, expected = optimized(image), model(image)
        same_form(got, expected)
        close(got, expected, 400)
    assert "tensor" in str(optimized.declined_shapes)


def test_memory_is_planned():
    """A chain of n equal layers needs two buffers, not n."""
    model = nn.Sequential(*[conv(16, 16) for _ in range(10)]).eval()
    optimized, x = ft.optimize(model), torch.randn(1, 16, 32, 32)
    optimized(x)
    program, = optimized._segments[0].programs.values()
    assert program.arena_bytes <= 3 * x.numel() * 4


@pytest.mark.parametrize("forward, buffers", [
    (lambda m, x: m.b(m.a(x)) + x, 2),                  # over the residual, which nothing reads any more
    (lambda m, x: m.a(x) + x, 2),                       # the residual is the source too: not over it
    (lambda m, x: (y := m.b(m.a(x)) + x) + x * y, 4),   # and here it is read later
    (lambda m, x: F.relu(x).exp(), 1),                  # elementwise: in place
])
def test_steps_write_over_what_they_read_last(forward, buffers):
    body = Net(forward, a=conv(16, 16), b=conv(16, 16))
    model = nn.Sequential(conv(16, 16), body, conv(16, 16)).eval()
    optimized, x = ft.optimize(model), torch.randn(2, 16, 16, 16)
    close(optimized(x), model(x), 100)
    program, = optimized._segments[0].programs.values()
    assert program.arena_bytes <= buffers * x.numel() * 4


def test_no_page_faults_after_the_second_call():
    import resource
    model = nn.Sequential(*[layer for _ in range(6) for layer in (conv(32, 32), norm(32), nn.ReLU())], nn.AdaptiveAvgPool2d(1)).eval()
    optimized, x = ft.optimize(model), torch.randn(4, 32, 56, 56)
    for _ in range(5):
        optimized(x)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        optimized(x)
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    assert faults <= 5, f"{faults} page faults in 20 calls"


def test_overlaps_never_happen():
    """The invariant of memory.place on random lifetimes."""
    import random

    from fugakudnn_torch.optimization.memory import Storage, place
    random.seed(0)
    for _ in range(200):
        storages = []
        for _ in range(random.randrange(1, 20)):
            storage = Storage(random.randrange(1, 5000))
            first = random.randrange(20)
            storage.used(first)
            storage.used(random.randrange(first, 20))
            storages.append(storage)
        total = place(storages)
        for i, a in enumerate(storages):
            assert a.offset % 256 == 0 and a.offset + a.size <= total
            for b in storages[:i]:
                if a.first <= b.last and b.first <= a.last:
                    assert a.offset + a.size <= b.offset or b.offset + b.size <= a.offset
