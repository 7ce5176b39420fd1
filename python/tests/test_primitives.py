"""The NumPy functions against plain NumPy in float64."""
import itertools

import numpy as np
import pytest

import fugakudnn as fd

DTYPES = [np.float32, np.float64]


def array(*shape, dtype=np.float32, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def close(got, expected, length=1):
    """Within a bound that grows with the length of the sums."""
    expected = np.asarray(expected, np.float64)
    tolerance = 8 * np.sqrt(length) * np.finfo(got.dtype).eps
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance * max(1.0, np.abs(expected).max(initial=0)))


def conv_reference(x, w, stride, padding, dilation, groups):
    """Σ over channels and taps, in float64; x is NCHW, w OIHW, padding top, bottom, left, right."""
    x, w = x.astype(np.float64), w.astype(np.float64)
    top, bottom, left, right = padding
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    n, c, h, width = x.shape
    o, cg, kh, kw = w.shape
    oh = (h - dilation[0] * (kh - 1) - 1) // stride[0] + 1
    ow = (width - dilation[1] * (kw - 1) - 1) // stride[1] + 1
    y = np.zeros((n, o, oh, ow))
    og = o // groups
    for g, i, j in itertools.product(range(groups), range(kh), range(kw)):
        window = x[:, g * cg:(g + 1) * cg, i * dilation[0]:i * dilation[0] + (oh - 1) * stride[0] + 1:stride[0],
                   j * dilation[1]:j * dilation[1] + (ow - 1) * stride[1] + 1:stride[1]]
        y[:, g * og:(g + 1) * og] += np.einsum("ncyx,oc->noyx", window, w[g * og:(g + 1) * og, :, i, j])
    return y


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("weight_layout", ["OIHW", "OHWI", "HWIO"])
@pytest.mark.parametrize("stride,padding,dilation,groups", [
    (1, 0, 1, 1), (2, 1, 1, 1), ((2, 1), (1, 2, 0, 3), (1, 2), 1), (1, 1, 1, 2), (1, 1, 1, 4)])
def test_conv2d(dtype, layout, weight_layout, stride, padding, dilation, groups):
    x, w, b = array(2, 4, 9, 8, dtype=dtype), array(8, 4 // groups, 3, 2, dtype=dtype, seed=1), array(8, dtype=dtype, seed=2)
    pads = (padding,) * 4 if np.ndim(padding) == 0 else padding
    expected = conv_reference(x, w, np.broadcast_to(stride, 2), pads, np.broadcast_to(dilation, 2), groups)
    residual = array(*expected.shape, dtype=dtype, seed=3)
    expected = np.maximum(expected + b[:, None, None] + residual, 0)
    last = layout == "NHWC"
    order = {"OIHW": (0, 1, 2, 3), "OHWI": (0, 2, 3, 1), "HWIO": (2, 3, 1, 0)}[weight_layout]
    got = fd.conv2d(
        x.transpose(0, 2, 3, 1) if last else x, w.transpose(order), b, stride, padding, dilation, groups,
        residual=residual.transpose(0, 2, 3, 1) if last else residual, activation="relu", layout=layout, weight_layout=weight_layout)
    close(got.transpose(0, 3, 1, 2) if last else got, expected, 24)


@pytest.mark.parametrize("dtype", DTYPES)
def test_matmul_and_linear(dtype):
    a, b, bias = array(5, 7, dtype=dtype), array(7, 11, dtype=dtype, seed=1), array(11, dtype=dtype, seed=2)
    close(fd.matmul(a, b, bias), a.astype(np.float64) @ b + bias, 7)
    close(fd.linear(a, np.ascontiguousarray(b.T), bias, activation="relu"), np.maximum(a.astype(np.float64) @ b + bias, 0), 7)
    batched = array(3, 5, 7, dtype=dtype)
    close(fd.matmul(batched, b), batched.astype(np.float64) @ b, 7)
    close(fd.matmul(a, array(3, 7, 2, dtype=dtype)), a.astype(np.float64) @ array(3, 7, 2, dtype=dtype), 7)
    close(fd.linear(batched, b.T), batched.astype(np.float64) @ b, 7)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (4, 3), (2, 3, 7)])
def test_batch_norm(dtype, layout, shape):
    x = array(*shape, dtype=dtype)
    mean, scale, shift = (array(3, dtype=dtype, seed=s) for s in (1, 2, 3))
    variance = np.abs(array(3, dtype=dtype, seed=4)) + dtype(0.1)
    along = (1, 3) + (1,) * (len(shape) - 2)
    expected = (x.astype(np.float64) - mean.reshape(along)) / np.sqrt(variance.reshape(along) + 1e-3) * scale.reshape(
        along) + shift.reshape(along)
    moved = np.moveaxis(x, 1, -1) if layout == "NHWC" else x
    got = fd.batch_norm(moved, mean, variance, scale, shift, 1e-3, layout=layout)
    close(np.moveaxis(got, -1, 1) if layout == "NHWC" else got, expected, 16)


@pytest.mark.parametrize("layout", ["NCHW", "NHWC"])
@pytest.mark.parametrize("ceil", [False, True])
def test_pooling(layout, ceil):
    x = array(2, 3, 7, 8)
    moved = x.transpose(0, 2, 3, 1) if layout == "NHWC" else x

    def back(y):
        return y.transpose(0, 3, 1, 2) if layout == "NHWC" else y

    got, positions = fd.max_pool2d(moved, 3, 2, 1, ceil_mode=ceil, return_indices=True, layout=layout)
    size = (4, 5) if ceil else (4, 4)
    padded = np.pad(x, ((0, 0), (0, 0), (1, 3), (1, 3)), constant_values=-np.inf)
    windows = np.stack([padded[:, :, i:i + 2 * size[0]:2, j:j + 2 * size[1]:2][:, :, :size[0], :size[1]]
                        for i in range(3) for j in range(3)])
    np.testing.assert_array_equal(back(got), windows.max(0))
    np.testing.assert_array_equal(np.take_along_axis(x.reshape(2, 3, -1), back(positions).reshape(2, 3, -1), 2).reshape(
        back(got).shape), back(got))
    close(back(fd.avg_pool2d(moved, 2, layout=layout)), x[:, :, :6].reshape(2, 3, 3, 2, 4, 2).astype(np.float64).mean((3, 5)), 4)
    close(back(fd.global_avg_pool2d(moved, layout=layout)), x.astype(np.float64).mean((2, 3), keepdims=True), 56)


def test_average_counts_padding_or_not():
    x = np.ones((1, 1, 2, 2), np.float32)
    np.testing.assert_array_equal(fd.avg_pool2d(x, 2, 1, 1)[0, 0, 0], [0.25, 0.5, 0.25])
    np.testing.assert_array_equal(fd.avg_pool2d(x, 2, 1, 1, count_include_pad=False), np.ones((1, 1, 3, 3)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("size", [0, 1, 7, 16, 33, 1000])
def test_elementwise(dtype, size):
    x = array(size, dtype=dtype)
    np.testing.assert_array_equal(fd.relu(x), np.maximum(x, 0))
    np.testing.assert_array_equal(fd.clip(x, -0.5, 0.25), np.clip(x, dtype(-0.5), dtype(0.25)))
    close(fd.leaky_relu(x, 0.1), np.where(x > 0, x, np.float64(np.float32(0.1)) * x))
    close(fd.scale_shift(x, 2, 1), 2.0 * x + 1)
    close(fd.exp(x), np.exp(x.astype(np.float64)))


def test_special_values():
    x = np.array([np.nan, np.inf, -np.inf, 0, -0.0], np.float32)
    np.testing.assert_array_equal(fd.relu(x), [np.nan, np.inf, 0, 0, 0])
    np.testing.assert_array_equal(fd.clip(x, -1, 1), [np.nan, 1, -1, 0, 0])
    np.testing.assert_allclose(fd.exp(x), [np.nan, np.inf, 0, 1, 1], rtol=2e-7)
    np.testing.assert_array_equal(fd.softmax(np.array([[np.nan, 1], [-np.inf, -np.inf], [1000, 1000]], np.float32)),
                                  [[np.nan] * 2, [np.nan] * 2, [0.5, 0.5]])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shapes", [((3, 4), (3, 4)), ((3, 4), (4,)), ((2, 1, 4), (3, 1)), ((), (3,)), ((0, 3), (3,)), ((), ())])
def test_binary(dtype, shapes):
    a, b = array(*shapes[0], dtype=dtype), array(*shapes[1], dtype=dtype, seed=1)
    close(fd.add(a, b), a.astype(np.float64) + b)
    close(fd.add(a, b, alpha=2, activation="relu"), np.maximum(a + 2 * b.astype(np.float64), 0))
    close(fd.multiply(a, b), a.astype(np.float64) * b)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_softmax(dtype, axis):
    x = array(3, 5, 4, dtype=dtype)
    e = np.exp(x.astype(np.float64) - x.max(axis, keepdims=True))
    expected = e / e.sum(axis, keepdims=True)
    close(fd.softmax(x, axis), expected, 5)
    close(fd.log_softmax(x, axis), np.log(expected), 5)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float32, np.float64, np.int64])
def test_reorder(dtype):
    x = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5).astype(dtype)
    got = fd.reorder(x, (0, 2, 3, 1))
    assert got.flags.c_contiguous and got.dtype == x.dtype
    np.testing.assert_array_equal(got, x.transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(fd.reorder(x[:, ::2], (1, 0, 3, 2)), x[:, ::2].transpose(1, 0, 3, 2))


def test_inputs_that_do_not_lie_densely():
    x = array(4, 6, 5, 5)[::2, ::3]
    w = array(3, 2, 3, 3)
    close(fd.conv2d(x, w), conv_reference(x, w, (1, 1), (0,) * 4, (1, 1), 1), 18)
    close(fd.add(x, x[:, :, ::-1]), x.astype(np.float64) + x[:, :, ::-1])


@pytest.mark.parametrize("call,error", [
    (lambda: fd.conv2d(array(1, 3, 4, 4), array(2, 4, 3, 3)), ValueError),
    (lambda: fd.conv2d(array(1, 3, 4, 4), array(2, 3, 5, 5)), ValueError),
    (lambda: fd.conv2d(array(1, 3, 4, 4), array(2, 3, 3, 3), stride=0), (ValueError, ZeroDivisionError)),
    (lambda: fd.conv2d(array(1, 3, 4, 4), array(2, 3, 3, 3), array(3)), ValueError),
    (lambda: fd.conv2d(array(1, 3, 4, 4), array(2, 3, 3, 3), layout="CHWN"), ValueError),
    (lambda: fd.conv2d(array(1, 3, 4, 4), array(2, 3, 3, 3, dtype=np.float64)), TypeError),
    (lambda: fd.relu(np.arange(3)), TypeError),
    (lambda: fd.matmul(array(2, 3), array(2, 3)), ValueError),
    (lambda: fd.softmax(array(2, 3), 2), ValueError),
    (lambda: fd.batch_norm(array(2, 3), array(2), array(3)), ValueError),
    (lambda: fd.set_isa("sse2"), ValueError),
    (lambda: fd.set_num_threads(0), ValueError),
])
def test_wrong_arguments(call, error):
    with pytest.raises(error):
        call()
