"""``torch.ops.fugakudnn.*``: the primitives as ops of their own, with shape functions.

They compute what the ATen op of the same name computes, whether or not `enable` was called, and hand what the library does not
cover to torch.  They have no gradients yet: asking for one is an error, never a silent zero.
"""
import torch
import torch.nn.functional as F
from fugakudnn import native

from . import torch_versions
from .kernels import batch_norm, convolution, elementwise, matmul, pooling, softmax
from .kernels._fast import AUTOGRAD
from .op import Op, counts

_library = None


class _Computation(Op):
    """Stands in for an `Op` that overrides nothing: falling through means calling an ATen op."""

    __slots__ = ()

    def __init__(self, name, overload):
        self.name, self.key, self.overload = name, "CPU", overload
        self.torch = self.torch_with_number = overload
        self.own, self.declined, self.plans = 0, counts(), {}

    def fall_through(self, reason, *args, **kwargs):
        """torch's way; an error where a gradient is asked for."""
        if reason == AUTOGRAD:
            raise NotImplementedError(f"fugakudnn::{self.name} has no gradient: call it under torch.no_grad()")
        return super().fall_through(reason, *args, **kwargs)


_aten = torch.ops.aten


def _computation(name, build, overload):
    return build(_Computation(name, overload))


def _make():
    """Name, schema, CPU function, function for shapes (any device)."""
    conv = _computation("conv2d", convolution.convolution, _aten.convolution.default)
    addmm, mm = _computation("linear", matmul.addmm, _aten.addmm.default), _computation("linear", matmul.mm, _aten.mm.default)
    norm = _computation("batch_norm", batch_norm.batch_norm, _aten.native_batch_norm.default)
    max_pool = _computation("max_pool2d", pooling.max_pool2d_with_indices, _aten.max_pool2d_with_indices.default)
    avg_pool = _computation("avg_pool2d", pooling.avg_pool2d, _aten.avg_pool2d.default)
    relu = _computation("relu", elementwise.unary(elementwise.clamp_min), _aten.clamp_min.default)
    add = _computation("add", elementwise.binary(native.ADD), _aten.add.Tensor)
    mul = _computation("mul", elementwise.binary(native.MULTIPLY), _aten.mul.Tensor)
    soft = _computation("softmax", softmax.softmax(False), _aten._softmax.default)
    log_soft = _computation("log_softmax", softmax.softmax(True), _aten._log_softmax.default)

    def linear(x, weight, bias=None):
        rows = x.reshape(-1, x.shape[-1])
        y = mm(rows, weight.t()) if bias is None else addmm(bias, rows, weight.t())
        return y if x.dim() == 2 else y.reshape(*x.shape[:-1], weight.shape[0])

    def pair(values):
        return list(values) * 2 if len(values) == 1 else list(values)

    return [
        ("conv2d", "(Tensor input, Tensor weight, Tensor? bias=None, int[2] stride=1, int[2] padding=0, int[2] dilation=1, int groups=1) "
                   "-> Tensor",
         lambda x, w, b=None, stride=(1,), padding=(0,), dilation=(1,), groups=1: conv(
             x, w, b, pair(stride), pair(padding), pair(dilation), False, [0, 0], groups),
         lambda x, w, b=None, stride=(1,), padding=(0,), dilation=(1,), groups=1: F.conv2d(
             x, w, b, pair(stride), pair(padding), pair(dilation), groups)),
        ("linear", "(Tensor input, Tensor weight, Tensor? bias=None) -> Tensor", linear, F.linear),
        ("batch_norm", "(Tensor input, Tensor running_mean, Tensor running_var, Tensor? weight=None, Tensor? bias=None, float eps=1e-05) "
                       "-> Tensor",
         lambda x, mean, variance, w=None, b=None, eps=1e-5: norm(x, w, b, mean, variance, False, 0.0, eps)[0],
         lambda x, mean, variance, w=None, b=None, eps=1e-5: torch.empty_like(x)),
        ("max_pool2d", "(Tensor input, int[2] kernel_size, int[2] stride=[], int[2] padding=0, int[2] dilation=1, bool ceil_mode=False) "
                       "-> Tensor",
         lambda x, *rest: max_pool(x, *rest)[0], lambda x, *rest: _aten.max_pool2d_with_indices.default(x, *rest)[0]),
        ("avg_pool2d", "(Tensor input, int[2] kernel_size, int[2] stride=[], int[2] padding=0, bool ceil_mode=False, "
                       "bool count_include_pad=True) -> Tensor", avg_pool, _aten.avg_pool2d.default),
        ("relu", "(Tensor input) -> Tensor", lambda x: relu(x, 0), torch.empty_like),
        ("add", "(Tensor input, Tensor other, *, Scalar alpha=1) -> Tensor", add, _aten.add.Tensor),
        ("mul", "(Tensor input, Tensor other) -> Tensor", mul, _aten.mul.Tensor),
        ("softmax", "(Tensor input, int dim) -> Tensor", lambda x, dim: soft(x, dim, False), lambda x, dim: torch.empty_like(x)),
        ("log_softmax", "(Tensor input, int dim) -> Tensor", lambda x, dim: log_soft(x, dim, False), lambda x, dim: torch.empty_like(x)),
    ]


def register():
    """Defines the ops, once."""
    global _library
    if _library is not None:
        return
    _library = torch.library.Library("fugakudnn", "DEF")
    for name, schema, function, shapes in _make():
        _library.define(name + schema)
        _library.impl(name, function, "CPU")
        torch_versions.define_shapes(_library, name, shapes)
