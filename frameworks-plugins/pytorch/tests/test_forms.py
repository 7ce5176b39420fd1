"""Every op on every kind of memory: shape, strides, data type and values as torch's own."""
import itertools

import pytest
import torch
import torch.nn.functional as F
from agreement import close, compare, formats, same_form

import fugakudnn_torch as ft

SHAPES = [(2, 4, 6, 5), (1, 4, 1, 1), (2, 1, 6, 5), (1, 1, 1, 1), (2, 4, 1, 5), (3, 4, 6, 1), (1, 3, 6, 6)]
DTYPES = [torch.float32, torch.float64]
ALL = [pytest.param(tensor, id=f"{shape}-{name}-{str(dtype)[6:]}")
       for shape, dtype in itertools.product(SHAPES, DTYPES) for name, tensor in formats(shape, dtype)]


@pytest.fixture(autouse=True)
def no_grad():
    with torch.no_grad():
        yield


UNARY = {
    "clamp_min": F.relu, "clamp": lambda x: torch.clamp(x, -0.5, 0.7), "clamp_max": lambda x: torch.clamp(x, max=0.1),
    "hardtanh": F.relu6, "leaky_relu": lambda x: F.leaky_relu(x, 0.2), "exp": torch.exp,
}


@pytest.mark.parametrize("x", ALL)
def test_unary(x):
    for function in UNARY.values():
        compare(function, x)


INPLACE = {
    "clamp_min_": F.relu_, "clamp_": lambda x: x.clamp_(-0.5, 0.7), "hardtanh_": lambda x: F.hardtanh(x, inplace=True),
    "leaky_relu_": lambda x: F.leaky_relu(x, 0.2, inplace=True), "exp_": lambda x: x.exp_(),
    "add_": lambda x: x.add_(torch.ones(x.shape, dtype=x.dtype), alpha=2), "mul_": lambda x: x.mul_(x),
}


@pytest.mark.parametrize("name", INPLACE)
@pytest.mark.parametrize("x", [p for p in ALL if "expanded" not in p.id])
def test_inplace(name, x):
    def call(base, shape, strides, offset):
        view = base.clone().as_strided(shape, strides, offset)
        address = view.data_ptr()
        result = INPLACE[name](view)
        assert result is view and result.data_ptr() == address
        return result, view._base if view._base is not None else view

    storage = x._base if x._base is not None else x
    flat = torch.as_strided(storage, (storage.storage().size(),), (1,), 0)
    compare(call, flat, x.shape, x.stride(), x.storage_offset())


@pytest.mark.parametrize("function", [torch.add, torch.mul, lambda x, y: torch.add(x, y, alpha=-3)])
@pytest.mark.parametrize("shape", [(2, 4, 6, 5), (1, 4, 1, 1), (2, 1, 6, 5)])
def test_binary(function, shape):
    for (_, x), (_, y) in itertools.product(formats(shape), formats(shape)):
        compare(function, x, y)


@pytest.mark.parametrize("function", [torch.add, torch.mul])
@pytest.mark.parametrize("shapes", [
    ((2, 4, 6, 5), (4, 1, 1)), ((2, 4, 6, 5), (1, 4, 6, 1)), ((2, 1, 6, 5), (2, 4, 1, 1)), ((5,), (3, 1)), ((), (3, 2)), ((), ()),
    ((0, 3), (3,)), ((2, 4, 6, 5), (2, 4, 1, 1)), ((1, 2, 1, 2, 1, 2, 1, 2, 3), (2, 3))])
def test_broadcast(function, shapes):
    x, y = torch.randn(shapes[0]), torch.randn(shapes[1])
    compare(function, x, y)
    compare(function, y, x)
    if x.dim() == 4:
        compare(function, x.contiguous(memory_format=torch.channels_last), y)


@pytest.mark.parametrize("other", [2, 0.5, torch.tensor(3), torch.tensor(2.0, dtype=torch.float64), torch.ones(4, dtype=torch.float64),
                                   torch.ones(4, dtype=torch.int32), torch.ones(4, dtype=torch.bool), 1j])
@pytest.mark.parametrize("function", [torch.add, torch.mul, lambda x, y: y + x if isinstance(y, torch.Tensor) else x + y])
def test_other_types(function, other):
    compare(function, torch.randn(3, 4), other)
    compare(function, torch.randn(3, 4, dtype=torch.float64), other)
    compare(function, torch.arange(12).reshape(3, 4), other)


CONVOLUTIONS = [
    dict(), dict(padding=1), dict(stride=2, padding=(1, 0)), dict(dilation=2, padding=2), dict(groups=2), dict(groups=4, padding=1),
    dict(padding="same"), dict(stride=(1, 2), padding=(0, 1), dilation=(2, 1))]


@pytest.mark.parametrize("options", CONVOLUTIONS, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (3, 2)])
@pytest.mark.parametrize("weight_format", ["contiguous", "channels_last", "transposed", "every second channel", "channels expanded"])
def test_convolution(options, dtype, kernel, weight_format):
    groups = options.get("groups", 1)
    weight = dict(formats((8, 4 // groups, *kernel), dtype))[weight_format]
    biases = (None, torch.randn(8, dtype=dtype), torch.randn(16, dtype=dtype)[::2])
    for index, (_, x) in enumerate(formats((2, 4, 7, 6), dtype)):
        compare(lambda: F.conv2d(x, weight, biases[index % 3], **options), length=40, own="convolution")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("out", [1, 8])
def test_convolution_of_small_shapes(shape, out):
    for (_, x), (_, w) in itertools.product(formats(shape), formats((out, shape[1], 1, 1))):
        compare(lambda: F.conv2d(x, w), length=8, own="convolution")
        compare(lambda: F.conv2d(x, w, padding=1, stride=2), length=8, own="convolution")


@pytest.mark.parametrize("call", [
    lambda: F.conv2d(torch.randn(4, 7, 6), torch.randn(3, 4, 3, 3)),
    lambda: F.conv1d(torch.randn(2, 4, 7), torch.randn(3, 4, 3)),
    lambda: F.conv3d(torch.randn(2, 4, 5, 5, 5), torch.randn(3, 4, 3, 3, 3)),
    lambda: F.conv_transpose2d(torch.randn(2, 4, 7, 6), torch.randn(4, 3, 3, 3)),
    lambda: F.conv2d(torch.randn(0, 4, 7, 6), torch.randn(3, 4, 3, 3)),
    lambda: F.conv2d(torch.randn(2, 4, 7, 6).bfloat16(), torch.randn(3, 4, 3, 3).bfloat16()),
    lambda: F.conv2d(torch.ones(1, 1, 3, 3, dtype=torch.int32), torch.ones(1, 1, 2, 2, dtype=torch.int32)),
    lambda: F.conv2d(torch.randn(2, 4, 7, 6, dtype=torch.complex64), torch.randn(3, 4, 3, 3, dtype=torch.complex64)),
])
def test_other_convolutions(call):
    def seeded():
        torch.manual_seed(1)
        return call()

    compare(seeded, length=4000)


@pytest.mark.parametrize("x", ALL)
def test_batch_norm(x):
    channels = x.shape[1]
    mean, weight, bias = (torch.randn(channels, dtype=x.dtype) for _ in range(3))
    variance = torch.rand(channels, dtype=x.dtype) + 0.1
    compare(lambda: F.batch_norm(x, mean, variance, weight, bias), length=16)
    compare(lambda: F.batch_norm(x, mean, variance, None, None, eps=0.1), length=16)
    compare(lambda: torch.native_batch_norm(x, weight, bias, mean, variance, False, 0.1, 1e-5), length=16)


@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 5), (2, 3, 4, 5, 6), (0, 3, 2, 2), (1, 3, 1, 1)])
def test_batch_norm_of_other_ranks(shape):
    x = torch.randn(shape)
    mean, variance = torch.randn(3), torch.rand(3) + 0.1
    compare(lambda: F.batch_norm(x, mean, variance), length=16)


def test_batch_norm_while_training():
    x = torch.randn(4, 3, 5, 5)

    def train():
        mean, variance = torch.zeros(3), torch.ones(3)
        return F.batch_norm(x, mean, variance, training=True), mean, variance

    compare(train, length=100, own="!native_batch_norm")
    compare(lambda: F.batch_norm(x, None, None, training=True), length=100, own="!native_batch_norm")


def test_batch_norm_of_other_tensors():
    x = torch.randn(4, 3, 5, 5)
    compare(lambda: F.batch_norm(x.bfloat16(), torch.zeros(3), torch.ones(3)), own="!native_batch_norm")
    with ft.enabled():
        meta = F.batch_norm(x.to("meta"), torch.zeros(3, device="meta"), torch.ones(3, device="meta"))
        assert meta.device.type == "meta" and meta.shape == x.shape
    compare(lambda: F.batch_norm(x.to_mkldnn(), torch.zeros(3), torch.ones(3), torch.ones(3), torch.zeros(3)).to_dense(), length=16)


MAX_POOLS = [dict(kernel_size=2), dict(kernel_size=3, stride=2, padding=1), dict(kernel_size=(2, 3), stride=1, dilation=(2, 1)),
             dict(kernel_size=3, stride=2, ceil_mode=True), dict(kernel_size=2, stride=3, padding=1, ceil_mode=True), dict(kernel_size=1)]


@pytest.mark.parametrize("options", MAX_POOLS, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(2, 4, 7, 8), (2, 1, 7, 8), (1, 3, 6, 6)])
def test_max_pool(options, dtype, shape):
    for _, x in formats(shape, dtype):
        compare(lambda: F.max_pool2d(x, **options, return_indices=True), own="max_pool2d_with_indices")
        compare(lambda: F.max_pool2d(x, **options), own="max_pool2d_with_indices")
    compare(lambda: F.max_pool2d(torch.ones(shape, dtype=dtype)[0], **options, return_indices=True), own="max_pool2d_with_indices")


def test_max_pool_of_special_values():
    x = torch.randn(2, 3, 6, 6)
    x[0, 0, 1, 1] = float("nan")
    x[0, 1] = float("-inf")
    x[1, 0] = 1.0
    for tensor in (x, x.contiguous(memory_format=torch.channels_last)):
        compare(lambda: F.max_pool2d(tensor, 3, 2, 1, return_indices=True), own="max_pool2d_with_indices")


@pytest.mark.parametrize("options", [
    dict(kernel_size=2), dict(kernel_size=3, stride=2, padding=1), dict(kernel_size=3, stride=2, padding=1, count_include_pad=False),
    dict(kernel_size=(2, 3), stride=(1, 2), ceil_mode=True), dict(kernel_size=3, stride=2, padding=1, ceil_mode=True)], ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_avg_pool(options, dtype):
    for shape in ((2, 4, 7, 8), (2, 1, 7, 8)):
        for _, x in formats(shape, dtype):
            compare(lambda: F.avg_pool2d(x, **options), length=9, own="avg_pool2d")
    compare(lambda: F.avg_pool2d(torch.ones(4, 7, 8, dtype=dtype), **options), length=9, own="avg_pool2d")


def test_avg_pool_with_divisor():
    x = torch.randn(2, 3, 6, 6)
    compare(lambda: F.avg_pool2d(x, 2, divisor_override=3), length=4, own="!avg_pool2d")


@pytest.mark.parametrize("x", ALL)
def test_adaptive_avg_pool(x):
    for size in (1, (1, 1), 2, (3, 1), (6, 5), 4):
        compare(lambda: F.adaptive_avg_pool2d(x, size), length=30)


@pytest.mark.parametrize("x", ALL)
def test_mean(x):
    for dim in ((2, 3), (-1, -2), (3, 2), (-2, 3), (1,), (0, 1, 2, 3), (2,)):
        compare(lambda: x.mean(dim), length=120)
        compare(lambda: x.mean(dim, True), length=120)


def test_mean_is_computed_by_the_library():
    x = torch.randn(2, 8, 7, 7)
    compare(lambda: x.mean((2, 3)), length=49, own="mean.dim")
    compare(lambda: x.contiguous(memory_format=torch.channels_last).mean((-1, -2), True), length=49, own="mean.dim")
    compare(lambda: x.mean((2, 3), dtype=torch.float64), length=49, own="!mean.dim")
    compare(lambda: x.mean(), length=800)


@pytest.mark.parametrize("dtype", DTYPES)
def test_matrices(dtype):
    def lyings(rows, columns):
        yield torch.randn(rows, columns, dtype=dtype)
        yield torch.randn(columns, rows, dtype=dtype).t()
        yield torch.randn(rows, columns + 3, dtype=dtype)[:, :columns]
        yield torch.randn(columns, rows + 3, dtype=dtype)[:, :rows].t()
        yield torch.randn(rows, 2 * columns, dtype=dtype)[:, ::2]
        yield torch.randn(1, columns, dtype=dtype).expand(rows, columns)

    for m, n, k in ((5, 7, 3), (1, 7, 3), (5, 1, 3), (5, 7, 1), (1, 1, 1), (16, 32, 64)):
        bias, full = torch.randn(n, dtype=dtype), torch.randn(m, n, dtype=dtype)
        for a, b in itertools.product(lyings(m, k), lyings(k, n)):
            compare(torch.mm, a, b, length=k)
            compare(torch.addmm, bias, a, b, length=k)
        for summand in (bias, full, torch.randn(m, 1, dtype=dtype), torch.randn(1, dtype=dtype), torch.randn(2 * n, dtype=dtype)[::2],
                        full.t().contiguous().t()):
            compare(lambda: torch.addmm(summand, a, b, beta=0.5, alpha=2), length=k)
            compare(lambda: torch.addmm(summand, a, b), length=k)
    compare(lambda: torch.addmm(torch.full((7,), float("nan"), dtype=dtype), torch.ones(5, 3, dtype=dtype), torch.ones(3, 7, dtype=dtype), beta=0))


@pytest.mark.parametrize("m,n,k", [(0, 3, 2), (3, 0, 2), (3, 2, 0)])
def test_empty_matrices(m, n, k):
    compare(torch.mm, torch.randn(m, k), torch.randn(k, n))
    compare(torch.addmm, torch.randn(n), torch.randn(m, k), torch.randn(k, n))


def test_linear_is_computed_by_the_library():
    weight, bias = torch.randn(9, 8), torch.randn(9)
    compare(lambda: F.linear(torch.ones(3, 8), weight, bias), length=8, own="addmm")
    compare(lambda: F.linear(torch.ones(3, 8), weight), length=8, own="mm")
    compare(lambda: F.linear(torch.ones(2, 3, 8), weight, bias), length=8)
    compare(lambda: F.linear(torch.ones(8), weight, bias), length=8)


@pytest.mark.parametrize("function", [F.softmax, F.log_softmax])
@pytest.mark.parametrize("x", ALL)
def test_softmax(function, x):
    for dim in range(4):
        compare(lambda: function(x, dim), length=16)


@pytest.mark.parametrize("function,name", [(F.softmax, "_softmax"), (F.log_softmax, "_log_softmax")])
def test_softmax_of_special_values(function, name):
    x = torch.randn(5, 7)
    x[0, 0], x[1, 1], x[2] = float("nan"), float("inf"), float("-inf")
    x[3] *= 1e30
    compare(lambda: function(x, 1), own=name)
    compare(lambda: function(torch.tensor(1.0), 0))
    compare(lambda: function(x.to(torch.int64).float(), 1, dtype=torch.float64))


@pytest.mark.parametrize("name", UNARY)
def test_special_values(name):
    compare(UNARY[name], torch.tensor([float("nan"), float("inf"), float("-inf"), 0.0, -0.0, 1e-45, 3e38, -3e38]))


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3, 4, 4), (2, 0, 4, 4)])
def test_empty(shape):
    x = torch.randn(shape)
    for function in UNARY.values():
        compare(function, x)
    compare(torch.add, x, x)
    if len(shape) == 4 and shape[1]:
        compare(lambda: F.max_pool2d(x, 2))
        compare(lambda: F.avg_pool2d(x, 2))


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.uint8, torch.bfloat16, torch.float16])
def test_other_data_types(dtype):
    x = torch.arange(24).reshape(2, 3, 4).to(dtype)
    compare(lambda: x.add(x))
    if dtype != torch.float16:  # torch 1.13 has no clamp of it on CPU
        compare(lambda: torch.clamp(x, 3, 9))


UNCOVERED = [
    lambda x: F.max_pool2d(x, 3, 2, 1, return_indices=True), lambda x: F.max_pool2d(x, 2, ceil_mode=True), lambda x: F.max_pool2d(x[0], (2, 1)),
    lambda x: x.mean((2, 3)), lambda x: x.mean((-1, 1), True), lambda x: x.mean((0, 1, 2, 3)), lambda x: x.mean((2, 3), dtype=torch.float32),
    lambda x: F.conv2d(x, torch.ones(2, 4, 3, 3).to(x.dtype)), lambda x: F.batch_norm(x, *torch.ones(2, 4).to(x.dtype)),
    lambda x: F.max_pool2d(x, 9), lambda x: x.mean((2, 7)),
]


def outcome(function, x):
    """The results, or the error that they are not."""
    try:
        result = function(x)
    except (RuntimeError, IndexError) as error:
        return type(error), str(error).splitlines()[0]
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.int64])
@pytest.mark.parametrize("number", range(len(UNCOVERED)))
def test_what_falls_through_is_torchs_own(number, dtype):
    """The ways back are detours: they lead to the same results, and the same errors, in every form."""
    for name, x in formats((2, 4, 6, 5), torch.float32):
        x = x.to(dtype) if name != "offset" else torch.ones(3, 4, 6, 5, dtype=dtype)[1:]
        expected = outcome(UNCOVERED[number], x)
        for _ in range(2):
            with ft.enabled():
                got = outcome(UNCOVERED[number], x)
            assert len(got) == len(expected)
            for one, other in zip(got, expected):
                if isinstance(other, torch.Tensor):
                    same_form(one, other)
                    assert torch.equal(one, other)
                else:
                    assert one == other
    assert any(f"data type {dtype}" in count["fallthrough"] for count in ft.coverage(reset=True).values())


def test_results_share_nothing():
    """Outputs are made after prototypes: no two calls may see each other."""
    x = torch.randn(2, 4, 6, 6)
    statistics = torch.zeros(4), torch.ones(4)
    calls = [
        lambda: torch.native_batch_norm(x, None, None, *statistics, False, 0.1, 1e-5), lambda: F.max_pool2d(x, 2, return_indices=True),
        lambda: (x.mean((2, 3)),), lambda: (torch.mm(x[0, 0], x[0, 1]),), lambda: (x + x[:1],), lambda: (x.transpose(0, 1).relu(),)]
    for call in calls:
        expected = [t.clone() for t in call()]
        with ft.enabled():
            first = call()
            for tensor in first:
                tensor.resize_(3, 100).fill_(7)
            second = call()
        assert any(count["own"] for count in ft.coverage(reset=True).values())
        for one, other, right in zip(first, second, expected):
            same_form(other, right)
            close(other, right, 64)
            assert bool((one == 7).all()) and one.shape == (3, 100)
        assert len({t.data_ptr() for t in (*first, *second) if t.numel()}) == len([t for t in (*first, *second) if t.numel()])


ERRORS = [
    lambda: F.conv2d(torch.randn(1, 3, 4, 4), torch.randn(2, 4, 3, 3)),
    lambda: F.conv2d(torch.randn(1, 3, 2, 2), torch.randn(2, 3, 3, 3)),
    lambda: F.conv2d(torch.randn(1, 3, 4, 4), torch.randn(2, 3, 3, 3), torch.randn(3)),
    lambda: F.conv2d(torch.randn(1, 3, 4, 4), torch.randn(2, 3, 3, 3), stride=0),
    lambda: F.conv2d(torch.randn(1, 3, 4, 4), torch.randn(2, 3, 3, 3), padding=-1),
    lambda: F.conv2d(torch.randn(1, 3, 4, 4), torch.randn(2, 3, 3, 3).double()),
    lambda: torch.mm(torch.randn(2, 3), torch.randn(2, 3)),
    lambda: torch.addmm(torch.randn(4), torch.randn(2, 3), torch.randn(3, 3)),
    lambda: torch.add(torch.randn(2, 3), torch.randn(2, 4)),
    lambda: F.max_pool2d(torch.randn(1, 1, 4, 4), 2, padding=2),
    lambda: F.max_pool2d(torch.randn(1, 1, 2, 2), 3),
    lambda: F.avg_pool2d(torch.randn(1, 1, 2, 2), 3),
    lambda: F.softmax(torch.randn(2, 3), 2),
    lambda: torch.clamp(torch.randn(3)),
    lambda: torch.randn(2, 3).add_(torch.randn(4, 2, 3)),
    lambda: torch.randn(1, 3).expand(2, 3).add_(1.0 * torch.ones(2, 3)),
    lambda: F.relu_(torch.randn(1, 3).expand(2, 3)),
    lambda: (lambda b: b[1:].add_(b[:-1]))(torch.randn(9)),
    lambda: (lambda b: b[:-1].mul_(b[1:]))(torch.randn(9)),
    lambda: (lambda b: b.add_(b.t()))(torch.randn(3, 3)),
    lambda: torch.arange(3).add_(torch.ones(3)),
    lambda: F.batch_norm(torch.randn(2, 3, 4), torch.zeros(4), torch.ones(4)),
]


@pytest.mark.parametrize("call", ERRORS)
def test_errors_are_torchs_own(call):
    with pytest.raises(Exception) as stock:
        call()
    for _ in range(2):
        with ft.enabled(), pytest.raises(Exception) as got:
            call()
        assert type(got.value) is type(stock.value)
        assert str(got.value).splitlines()[0] == str(stock.value).splitlines()[0]


def test_exact_inplace_overlap_is_computed():
    x = torch.randn(4, 5)
    expected = x + x
    with ft.enabled():
        assert torch.equal(x.add_(x), expected)
    assert ft.coverage()["add_.Tensor"]["own"] == 1
