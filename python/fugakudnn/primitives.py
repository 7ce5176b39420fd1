"""Primitives on NumPy arrays.

All take and return arrays of dtype float32 or float64 (one dtype per call); inputs are copied only where they are not
C-contiguous.  ``layout`` is the order of a 4-D array's dimensions, ``"NCHW"`` (the default) or ``"NHWC"``.  ``activation``, where
accepted, is applied to the result: None, ``"relu"``, ``("leaky_relu", slope)``, ``("clip", low, high)`` or ``("linear", a, b)``.
Functions are safe to call from several threads.  Wrong shapes, dtypes and values raise `ValueError` or `TypeError`.
"""
import functools

import numpy as np

from . import native

_TYPES = {np.dtype(np.float32): native.F32, np.dtype(np.float64): native.F64}
_LAYOUTS = {"NHWC": native.NHWC, "NCHW": native.NCHW}
_WEIGHTS = {"OIHW": native.OIHW, "OHWI": native.OHWI, "HWIO": native.HWIO}


def _array(name, value, dtype=None, ndim=None):
    """A C-contiguous array of a type that the library has."""
    array = np.asarray(value)
    if array.dtype not in _TYPES:
        raise TypeError(f"{name}: dtype must be float32 or float64, got {array.dtype}")
    if dtype is not None and array.dtype != dtype:
        raise TypeError(f"{name}: dtype must be {dtype} like the first argument's, got {array.dtype}")
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name}: must have {ndim} dimensions, got {array.ndim}")
    return np.ascontiguousarray(array) if ndim != 0 else array


def _vector(name, value, dtype, length):
    if value is None:
        return None
    array = _array(name, value, dtype, 1)
    if array.size != length:
        raise ValueError(f"{name}: must have {length} elements, got {array.size}")
    return array


def _pair(name, value):
    pair = (value, value) if np.ndim(value) == 0 else tuple(value)
    if len(pair) != 2:
        raise ValueError(f"{name}: must be a number or two, got {value!r}")
    return int(pair[0]), int(pair[1])


def _padding(value):
    """top, bottom, left, right."""
    if np.ndim(value) == 0:
        return (int(value),) * 4
    value = tuple(int(v) for v in value)
    if len(value) == 2:
        return (value[0], value[0], value[1], value[1])
    if len(value) == 4:
        return value
    raise ValueError(f"padding: must be a number, (height, width) or (top, bottom, left, right), got {value!r}")


def _choice(name, value, table):
    if value not in table:
        raise ValueError(f"{name}: must be one of {', '.join(table)}, got {value!r}")
    return table[value]


def _activation(value):
    if value is None:
        return native.NO_ACTIVATION
    kind, *parameters = (value,) if isinstance(value, str) else value
    if kind not in native.ACTIVATION:
        raise ValueError(f"activation: must be relu, leaky_relu, clip or linear, got {kind!r}")
    return (native.ACTIVATION[kind], *(float(p) for p in (*parameters, 0.0, 0.0)[:2]))


def _address(array):
    return None if array is None else array.ctypes.data


def _run(primitive, **operands):
    primitive.run({getattr(native, slot.upper()): _address(array) for slot, array in operands.items() if array is not None})


def _nchw(shape, layout):
    """batch, channels, height, width of a 4-D shape."""
    return shape if layout == "NCHW" else (shape[0], shape[3], shape[1], shape[2])


def _shape(batch, channels, height, width, layout):
    return (batch, channels, height, width) if layout == "NCHW" else (batch, height, width, channels)


def _windows(size, kernel, stride, padding, dilation, ceil=False, before=0):
    room = size + padding - dilation * (kernel - 1) - 1
    if not ceil:
        return room // stride + 1
    extent = -(-room // stride) + 1
    return extent - 1 if (extent - 1) * stride >= size + before else extent


# Created primitives are kept, so that a second call with the same shapes starts at once.
_convolution = functools.lru_cache(256)(native.convolution)
_matmul = functools.lru_cache(256)(native.matmul)
_batch_normalization = functools.lru_cache(256)(native.batch_normalization)
_pooling = functools.lru_cache(256)(native.pooling)
_eltwise = functools.lru_cache(256)(native.eltwise)
_binary = functools.lru_cache(256)(native.binary)
_softmax = functools.lru_cache(256)(native.softmax)
_reorder = functools.lru_cache(256)(native.reorder)


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, *, residual=None, activation=None, layout="NCHW",
           weight_layout="OIHW"):
    """2-D convolution: activation(x ∗ weight + bias + residual).

    Parameters
    ----------
    x : (N, C, H, W), or (N, H, W, C) with ``layout="NHWC"``
    weight : (O, C / groups, KH, KW); ``weight_layout`` "OHWI" and "HWIO" are other orders of it
    bias : (O,), optional
    stride, dilation : number or (height, width)
    padding : number, (height, width) or (top, bottom, left, right)
    residual : array like the result, optional

    Returns
    -------
    (N, O, OH, OW) or (N, OH, OW, O), OH = (H + top + bottom - dilation·(KH - 1) - 1) // stride + 1
    """
    x = _array("x", x, ndim=4)
    weight = _array("weight", weight, x.dtype, 4)
    source_layout, weights_layout = _choice("layout", layout, _LAYOUTS), _choice("weight_layout", weight_layout, _WEIGHTS)
    batch, channels, height, width = _nchw(x.shape, layout)
    order = {"OIHW": (0, 1, 2, 3), "OHWI": (0, 3, 1, 2), "HWIO": (3, 2, 0, 1)}[weight_layout]
    out_channels, group_channels, kernel_height, kernel_width = (weight.shape[i] for i in order)
    if group_channels * groups != channels:
        raise ValueError(f"weight: must have {channels} / {groups} input channels, got {group_channels}")
    (stride_h, stride_w), (dilation_h, dilation_w) = _pair("stride", stride), _pair("dilation", dilation)
    top, bottom, left, right = _padding(padding)
    bias = _vector("bias", bias, x.dtype, out_channels)
    primitive = _convolution(
        _TYPES[x.dtype], src_layout=source_layout, dst_layout=source_layout, weights_layout=weights_layout, batch=batch,
        in_channels=channels, in_height=height, in_width=width, out_channels=out_channels, kernel_height=kernel_height,
        kernel_width=kernel_width, stride_h=stride_h, stride_w=stride_w, dilation_h=dilation_h, dilation_w=dilation_w, pad_top=top,
        pad_bottom=bottom, pad_left=left, pad_right=right, groups=groups, has_bias=bias is not None,
        has_residual=residual is not None, activation=_activation(activation))
    result = np.empty(_shape(
        batch, out_channels, _windows(height, kernel_height, stride_h, top + bottom, dilation_h),
        _windows(width, kernel_width, stride_w, left + right, dilation_w), layout), x.dtype)
    residual = _like("residual", residual, result)
    _run(primitive, source=x, weights=weight, bias=bias, residual=residual, destination=result)
    return result


def _like(name, value, result):
    if value is None:
        return None
    array = _array(name, value, result.dtype)
    if array.shape != result.shape:
        raise ValueError(f"{name}: must have the result's shape {result.shape}, got {array.shape}")
    return array


def matmul(a, b, bias=None, *, activation=None):
    """Matrix product: activation(a · b + bias).

    Parameters
    ----------
    a : (..., M, K);  b : (..., K, N);  bias : (N,), optional
        Leading dimensions must be equal, or absent on one side, which is then repeated.

    Returns
    -------
    (..., M, N)
    """
    a = _array("a", a)
    b = _array("b", b, a.dtype)
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
        raise ValueError(f"matmul: a must be (..., M, K) and b (..., K, N), got {a.shape} and {b.shape}")
    if a.ndim > 2 and b.ndim > 2 and a.shape[:-2] != b.shape[:-2]:
        raise ValueError(f"matmul: leading dimensions must be equal, got {a.shape[:-2]} and {b.shape[:-2]}")
    outer = a.shape[:-2] or b.shape[:-2]
    m, k, n = a.shape[-2], a.shape[-1], b.shape[-1]
    bias = _vector("bias", bias, a.dtype, n)
    batch = int(np.prod(outer))
    strides = (m * k if a.ndim > 2 else 0, k * n if b.ndim > 2 else 0, m * n)
    primitive = _matmul(_TYPES[a.dtype], m, n, k, batch=batch, strides=strides, has_bias=bias is not None,
                        activation=_activation(activation))
    result = np.empty((*outer, m, n), a.dtype)
    _run(primitive, source=a, weights=b, bias=bias, destination=result)
    return result


def linear(x, weight, bias=None, *, activation=None):
    """Fully connected layer: activation(x · weightᵀ + bias).

    Parameters
    ----------
    x : (..., in_features);  weight : (out_features, in_features);  bias : (out_features,), optional

    Returns
    -------
    (..., out_features)
    """
    x = _array("x", x)
    weight = _array("weight", weight, x.dtype, 2)
    if x.ndim < 1 or x.shape[-1] != weight.shape[1]:
        raise ValueError(f"linear: x must end in {weight.shape[1]} features, got {x.shape}")
    out, features = weight.shape
    bias = _vector("bias", bias, x.dtype, out)
    rows = int(np.prod(x.shape[:-1]))
    primitive = _matmul(_TYPES[x.dtype], rows, out, features, transpose_b=True, has_bias=bias is not None,
                        activation=_activation(activation))
    result = np.empty((*x.shape[:-1], out), x.dtype)
    _run(primitive, source=x, weights=weight, bias=bias, destination=result)
    return result


def batch_norm(x, mean, variance, scale=None, shift=None, epsilon=1e-5, *, activation=None, layout="NCHW"):
    """Batch normalisation with given statistics: (x - mean)·scale / √(variance + epsilon) + shift, for each channel.

    Parameters
    ----------
    x : (N, C, ...) with ``layout="NCHW"``, (N, ..., C) with "NHWC"
    mean, variance : (C,);  scale, shift : (C,), optional (1 and 0)

    Returns
    -------
    array like x
    """
    x = _array("x", x)
    number = _choice("layout", layout, _LAYOUTS)
    if x.ndim < 2:
        raise ValueError(f"x: must have at least 2 dimensions, got {x.ndim}")
    channels = x.shape[1] if layout == "NCHW" else x.shape[-1]
    mean, variance, scale, shift = (_vector(name, value, x.dtype, channels) for name, value in (
        ("mean", mean), ("variance", variance), ("scale", scale), ("shift", shift)))
    if mean is None or variance is None:
        raise ValueError("batch_norm: mean and variance must be given")
    spatial = int(np.prod(x.shape[2:] if layout == "NCHW" else x.shape[1:-1]))
    primitive = _batch_normalization(_TYPES[x.dtype], layout=number, batch=x.shape[0], channels=channels, spatial=spatial,
                                     epsilon=float(epsilon), activation=_activation(activation))
    result = np.empty_like(x)
    _run(primitive, source=x, mean=mean, variance=variance, scale=scale, shift=shift, destination=result)
    return result


def _pool(kind, x, kernel, stride, padding, dilation, ceil, layout, indices=False):
    x = _array("x", x, ndim=4)
    number = _choice("layout", layout, _LAYOUTS)
    batch, channels, height, width = _nchw(x.shape, layout)
    kernel = _pair("kernel", kernel)
    stride = kernel if stride is None else _pair("stride", stride)
    dilation = _pair("dilation", dilation)
    top, bottom, left, right = _padding(padding)
    out_height = _windows(height, kernel[0], stride[0], top + bottom, dilation[0], ceil, top)
    out_width = _windows(width, kernel[1], stride[1], left + right, dilation[1], ceil, left)
    primitive = _pooling(
        _TYPES[x.dtype], kind=native.POOLING[kind], layout=number, batch=batch, channels=channels, in_height=height, in_width=width,
        out_height=max(out_height, 0), out_width=max(out_width, 0), kernel_height=kernel[0], kernel_width=kernel[1],
        stride_h=stride[0], stride_w=stride[1], dilation_h=dilation[0], dilation_w=dilation[1], pad_top=top, pad_bottom=bottom,
        pad_left=left, pad_right=right, has_indices=indices)
    result = np.empty(_shape(batch, channels, out_height, out_width, layout), x.dtype)
    positions = np.empty(result.shape, np.int64) if indices else None
    _run(primitive, source=x, destination=result, workspace=positions)
    return (result, positions) if indices else result


def max_pool2d(x, kernel, stride=None, padding=0, dilation=1, ceil_mode=False, *, return_indices=False, layout="NCHW"):
    """The largest value of each window; a NaN in it wins.

    ``x`` is (N, C, H, W) or (N, H, W, C); ``kernel``, ``stride`` (default: kernel) and ``dilation`` are numbers or (height, width);
    ``padding`` may also be (top, bottom, left, right).  With ``return_indices`` the result is a pair: values, and int64
    positions row·W + column of each maximum in its image (the first of equals).
    """
    return _pool("max", x, kernel, stride, padding, dilation, ceil_mode, layout, return_indices)


def avg_pool2d(x, kernel, stride=None, padding=0, ceil_mode=False, count_include_pad=True, *, layout="NCHW"):
    """The mean of each window; zeros of the padding count unless ``count_include_pad`` is false.  Arguments as in `max_pool2d`."""
    return _pool("average" if count_include_pad else "average_exclude", x, kernel, stride, padding, 1, ceil_mode, layout)


def global_avg_pool2d(x, *, layout="NCHW"):
    """The mean over height and width, kept as dimensions of size 1."""
    _, _, height, width = _nchw(_array("x", x, ndim=4).shape, layout)
    return _pool("average", x, (height, width), None, 0, 1, False, layout)


def _eltwise_call(x, kind, alpha=0.0, beta=0.0):
    x = _array("x", x)
    result = np.empty_like(x)
    primitive = _eltwise(_TYPES[x.dtype], (native.ACTIVATION[kind], float(alpha), float(beta)), x.size)
    _run(primitive, source=x, destination=result)
    return result


def relu(x):
    """max(x, 0), element by element; NaN stays NaN."""
    return _eltwise_call(x, "relu")


def leaky_relu(x, slope=0.01):
    """x where x > 0, otherwise slope·x."""
    return _eltwise_call(x, "leaky_relu", slope)


def clip(x, low, high):
    """min(max(x, low), high); NaN stays NaN."""
    return _eltwise_call(x, "clip", low, high)


def scale_shift(x, a, b):
    """a·x + b with numbers a and b."""
    return _eltwise_call(x, "linear", a, b)


def exp(x):
    """e to the power of x."""
    return _eltwise_call(x, "exp")


def _binary_call(kind, a, b, alpha, activation):
    a = np.asarray(a)
    b = np.asarray(b)
    for name, array in (("a", a), ("b", b)):
        if array.dtype not in _TYPES or array.dtype != a.dtype:
            raise TypeError(f"{name}: dtype must be float32 or float64, the same for both, got {array.dtype}")
    first, second = np.broadcast_arrays(a, b)
    if first.ndim > 8:
        raise ValueError(f"at most 8 dimensions, got {first.ndim}")
    if any(s < 0 for s in (*first.strides, *second.strides)):
        first, second = np.ascontiguousarray(first), np.ascontiguousarray(second)
    result = np.empty(first.shape, a.dtype)
    item = a.itemsize
    primitive = _binary(
        _TYPES[a.dtype], kind, first.shape or (1,), tuple(s // item for s in first.strides) or (1,),
        tuple(s // item for s in second.strides) or (1,), tuple(s // item for s in result.strides) or (1,),
        alpha=float(alpha), activation=_activation(activation))
    _run(primitive, source=first, source1=second, destination=result)
    return result


def add(a, b, alpha=1.0, *, activation=None):
    """a + alpha·b with NumPy's broadcasting (at most 8 dimensions)."""
    return _binary_call(native.ADD, a, b, alpha, activation)


def multiply(a, b, *, activation=None):
    """a·b with NumPy's broadcasting (at most 8 dimensions)."""
    return _binary_call(native.MULTIPLY, a, b, 1.0, activation)


def _softmax_call(x, axis, logarithm):
    x = _array("x", x)
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"softmax: axis must be in [{-x.ndim}, {x.ndim}), got {axis}")
    axis %= x.ndim
    result = np.empty_like(x)
    outer, inner = int(np.prod(x.shape[:axis])), int(np.prod(x.shape[axis + 1:]))
    _run(_softmax(_TYPES[x.dtype], outer, x.shape[axis], inner, logarithm), source=x, destination=result)
    return result


def softmax(x, axis=-1):
    """e^x / Σ e^x along an axis; a slice with a NaN, or with -∞ only, becomes NaN."""
    return _softmax_call(x, axis, False)


def log_softmax(x, axis=-1):
    """The logarithm of `softmax`, computed without losing small values."""
    return _softmax_call(x, axis, True)


def reorder(x, axes):
    """A C-contiguous copy with permuted axes, as ``np.ascontiguousarray(np.transpose(x, axes))``; any dtype of 1, 4 or 8 bytes.

    ``reorder(x, (0, 2, 3, 1))`` turns NCHW into NHWC.
    """
    x = np.asarray(x)
    types = {1: native.U8, 4: native.S32, 8: native.S64}
    if x.dtype.itemsize not in types or x.dtype.hasobject:
        raise TypeError(f"x: dtype must have 1, 4 or 8 bytes, got {x.dtype}")
    if sorted(a % x.ndim for a in axes) != list(range(x.ndim)) or x.ndim > 8:
        raise ValueError(f"axes: must be a permutation of at most 8 axes, {x.ndim} here, got {tuple(axes)}")
    view = np.transpose(x, axes)
    if any(s < 0 or s % x.itemsize for s in view.strides):
        view = np.ascontiguousarray(view)
    result = np.empty(view.shape, x.dtype)
    primitive = _reorder(types[x.itemsize], view.shape, tuple(s // x.itemsize for s in view.strides),
                         tuple(s // x.itemsize for s in result.strides))
    _run(primitive, source=view, destination=result)
    return result
