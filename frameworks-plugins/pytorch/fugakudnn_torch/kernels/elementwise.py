"""relu and its relatives, exp; add and mul."""
import math

from fugakudnn import native

import torch
from torch import Tensor

from ..op import FIRST, data_type, prototype, require_elements, stock_output
from ..shapes import Declined, is_dense, parameter
from ._fast import (
    AUTOGRAD, DTYPES, UNCOVERED, DESTINATION, SOURCE, SOURCE1, Work, check, empty_like, execute, get_num_threads, is_grad_enabled, per_thread, state)

_ACTIVATION = native.ACTIVATION
_clamp_min = torch.ops.aten.clamp_min.default  # stands for all functions of one element: they lay out their results alike


def _clip(low, high):
    low, high = -math.inf if low is None else float(low), math.inf if high is None else float(high)
    if low != low or high != high:
        raise Declined("a bound is NaN")
    if low == 0 and high == math.inf:
        return (_ACTIVATION["relu"], 0.0, 0.0)
    return (_ACTIVATION["clip"], low, high)


# From an op's parameters to the library's function.
def clamp_min(minimum):
    return _clip(minimum, None)


def clamp(minimum=None, maximum=None):
    if minimum is None and maximum is None:
        raise Declined("torch refuses the arguments")
    return _clip(minimum, maximum)


def hardtanh(minimum=-1, maximum=1):
    return _clip(minimum, maximum)


def leaky_relu(slope=0.01):
    return (_ACTIVATION["leaky_relu"], float(slope), 0.0)


def exp():
    return (_ACTIVATION["exp"], 0.0, 0.0)


def unary(function, inplace=False):
    """Builder of a kernel that applies ``function(*parameters)`` to each element."""
    def build(op):
        plans, declined, stock = op.plans, op.declined, op.torch

        def prepare(x, parameters):
            kind = data_type(x)
            require_elements(x)
            if not is_dense(x.shape, x.stride()):
                raise Declined("not dense")
            activation, alpha, beta = function(*parameters)
            primitive = native.eltwise(kind, (activation, parameter(alpha, x.dtype), parameter(beta, x.dtype)), x.numel())
            like = None if inplace else prototype(x.shape, _strides(op, x), x.dtype)
            return primitive.handle, like, Work(primitive, ((0, SOURCE),), ((FIRST if inplace else like, DESTINATION),))

        def kernel(x, *parameters):
            dtype = x.dtype
            if dtype not in DTYPES:
                declined[UNCOVERED[dtype]] += 1
                return stock(x, *parameters)
            if x.requires_grad and is_grad_enabled():
                return op.fall_through(AUTOGRAD, x, *parameters)
            key = (dtype, x.shape, x.stride(), parameters)
            plan = plans.get(key)
            if plan is None:
                plan = op.plan(key, prepare, x, parameters)
            if plan[0] is not None:
                return op.fall_through(plan[0], x, *parameters)
            if get_num_threads() != state._threads:
                state.follow_threads()
            result = x if inplace else empty_like(plan[2])
            arguments = per_thread.arguments
            words = arguments.words
            words[SOURCE] = x.data_ptr()
            words[DESTINATION] = result.data_ptr()
            status = execute(plan[1], arguments.address)
            if status:
                check(status)
            op.own += 1
            return result

        return kernel

    return build


def binary(kind, inplace=False):
    """Builder of a kernel for ``native.ADD`` or ``native.MULTIPLY``."""
    def build(op):
        plans, declined, stock = op.plans, op.declined, op.torch

        def prepare(x, y, alpha):
            dtype = data_type(x, y)
            require_elements(x, y)
            if kind == native.ADD:
                output = stock_output(op.overload, x, y, alpha=alpha)
            else:
                output = stock_output(op.overload, x, y)
            shape, strides = tuple(output.shape), output.stride()
            if inplace and not is_dense(x.shape, x.stride()):
                raise Declined("not dense")
            if len(shape) > 8:
                raise Declined("more than 8 dimensions")
            if isinstance(alpha, complex):
                raise Declined("alpha is complex")
            primitive = native.binary(dtype, kind, *_collapse(shape, _expanded(x, shape), _expanded(y, shape), strides), alpha=parameter(alpha, x.dtype))
            like = None if inplace else prototype(shape, strides, x.dtype)
            return primitive.handle, like, Work(primitive, ((0, SOURCE), (1, SOURCE1)), ((FIRST if inplace else like, DESTINATION),))

        def kernel(x, y, **scalars):
            if type(y) is float or type(y) is int or not isinstance(y, Tensor) or not isinstance(x, Tensor):
                return op.fall_through_with_number(x, y, **scalars)
            dtype = x.dtype
            if dtype not in DTYPES:
                declined[UNCOVERED[dtype]] += 1
                return stock(x, y, **scalars)
            if (x.requires_grad or y.requires_grad) and is_grad_enabled():
                return op.fall_through(AUTOGRAD, x, y, **scalars)
            alpha = scalars["alpha"] if scalars else 1
            key = (dtype, x.shape, x.stride(), y.dtype, y.shape, y.stride(), alpha)
            plan = plans.get(key)
            if plan is None:
                plan = op.plan(key, prepare, x, y, alpha)
            if plan[0] is not None:
                return op.fall_through(plan[0], x, y, **scalars)
            first, second = x.data_ptr(), y.data_ptr()
            if inplace:
                # The same memory is fine where it is read as it is written; torch refuses the rest with its own words.
                if first != second:
                    if first < second + y.numel() * y.element_size() and second < first + x.numel() * x.element_size():
                        return op.fall_through("memory may overlap", x, y, **scalars)
                elif x.stride() != y.stride():
                    return op.fall_through("memory may overlap", x, y, **scalars)
                result = x
            else:
                result = empty_like(plan[2])
            if get_num_threads() != state._threads:
                state.follow_threads()
            arguments = per_thread.arguments
            words = arguments.words
            words[SOURCE] = first
            words[SOURCE1] = second
            words[DESTINATION] = result.data_ptr()
            status = execute(plan[1], arguments.address)
            if status:
                check(status)
            op.own += 1
            return result

        return kernel

    return build


def _strides(op, x):
    """Strides of torch's result for a function of one element of a dense tensor."""
    if op.name == "hardtanh":  # writes into an output made like its input
        return x.stride()
    return stock_output(_clamp_min, x, 0).stride()


def _expanded(tensor, shape):
    """Strides of the tensor broadcast to a shape."""
    lead = len(shape) - tensor.dim()
    return (0,) * lead + tuple(
        0 if size == 1 and wanted != 1 else stride for size, stride, wanted in zip(tensor.shape, tensor.stride(), shape[lead:]))


def _collapse(shape, first, second, result):
    """The same places with as few dimensions as possible: most additions are of one."""
    dims = [(n, a, b, c) for n, a, b, c in zip(shape, first, second, result) if n != 1]
    dims.sort(key=lambda dim: -dim[3])
    merged = []
    for n, a, b, c in dims:
        if merged and all(outer == inner * n for outer, inner in zip(merged[-1][1:], (a, b, c))):
            merged[-1] = (merged[-1][0] * n, a, b, c)
        else:
            merged.append((n, a, b, c))
    merged = merged or [(1, 1, 1, 1)]
    return tuple(tuple(dim[i] for dim in merged) for i in range(4))
