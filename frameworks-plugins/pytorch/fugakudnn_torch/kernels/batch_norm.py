"""native_batch_norm with running statistics (evaluation)."""
import torch
from fugakudnn import native

from ..op import data_type, require_elements
from ..shapes import Declined, channels_last_strides, contiguous_strides, is_contiguous
from ._fast import (
    AUTOGRAD, DTYPES, UNCOVERED, DESTINATION, MEAN, SCALE, SHIFT, SOURCE, VARIANCE, check, empty, empty_like, execute, get_num_threads, is_grad_enabled,
    per_thread, state)


def _prepare(x, weight, bias, mean, variance, epsilon):
    if not x.is_cpu or x.layout != torch.strided:
        raise Declined("not a dense CPU tensor")
    if mean is None or variance is None:
        raise Declined("no running statistics")
    given = [t for t in (weight, bias, mean, variance) if t is not None]
    dtype = data_type(x, *given)
    require_elements(x)
    if x.dim() < 2 or any(t.shape != (x.shape[1],) or not is_contiguous(t.shape, t.stride()) for t in given):
        raise Declined("statistics are not dense vectors of the channels")
    shape, strides = x.shape, x.stride()
    if strides == contiguous_strides(shape):
        layout = native.NCHW
    elif x.dim() == 4 and strides == channels_last_strides(shape):
        layout = native.NHWC
    else:
        raise Declined("neither contiguous nor channels_last")
    spatial = x.numel() // (shape[0] * shape[1])
    if spatial == 1:
        layout = native.NHWC
    primitive = native.batch_normalization(
        dtype, layout=layout, batch=shape[0], channels=shape[1], spatial=spatial, epsilon=float(epsilon))
    return primitive.handle, primitive


def batch_norm(op):
    """Builder of the kernel."""
    plans = op.plans

    def kernel(x, weight, bias, mean, variance, training, momentum, epsilon):
        if training:
            return op.fall_through("training mode", x, weight, bias, mean, variance, training, momentum, epsilon)
        if x.layout is not torch.strided:
            return op.fall_through("not a dense CPU tensor", x, weight, bias, mean, variance, training, momentum, epsilon)
        if x.dtype not in DTYPES:
            return op.fall_through(UNCOVERED[x.dtype], x, weight, bias, mean, variance, training, momentum, epsilon)
        # Vectors are told apart by what is not the usual case: dense, of the input's type.
        key = (x.is_cpu, x.dtype, x.shape, x.stride(), epsilon, _kind(weight), _kind(bias), _kind(mean), _kind(variance))
        plan = plans.get(key)
        if plan is None:
            plan = op.plan(key, _prepare, x, weight, bias, mean, variance, epsilon)
        if plan[0] is not None or (is_grad_enabled() and (
                x.requires_grad or (weight is not None and weight.requires_grad) or (bias is not None and bias.requires_grad))):
            return op.fall_through(plan[0] or AUTOGRAD, x, weight, bias, mean, variance, training, momentum, epsilon)
        if get_num_threads() != state._threads:
            state.follow_threads()
        result = empty_like(x)
        arguments = per_thread.arguments
        words = arguments.words
        words[SOURCE] = x.data_ptr()
        words[SCALE] = 0 if weight is None else weight.data_ptr()
        words[SHIFT] = 0 if bias is None else bias.data_ptr()
        words[MEAN] = mean.data_ptr()
        words[VARIANCE] = variance.data_ptr()
        words[DESTINATION] = result.data_ptr()
        status = execute(plan[1], arguments.address)
        if status:
            check(status)
        op.own += 1
        return result, empty(0, dtype=x.dtype), empty(0, dtype=x.dtype)

    return kernel


def _kind(vector):
    return None if vector is None else (vector.dtype, vector.shape, vector.stride())
