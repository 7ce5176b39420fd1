"""native_batch_norm with running statistics (evaluation)."""
import torch
from fugakudnn import native
from torch import strided

from ..op import data_type, prototype, require_elements
from ..shapes import Declined, channels_last_strides, contiguous_strides, is_contiguous
from ..torch_versions import EMPTY, of_dense_cpu
from ._fast import (
    AUTOGRAD, DTYPES, UNCOVERED, DESTINATION, MEAN, SCALE, SHIFT, SOURCE, VARIANCE, Work, check, empty_like, execute, get_num_threads, is_grad_enabled,
    per_thread, state)


def _prepare(x, weight, bias, mean, variance, epsilon):
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
    nothing = EMPTY[x.dtype]  # what torch returns as the statistics of a batch, which only training has
    work = Work(primitive, ((0, SOURCE), (1, SCALE), (2, SHIFT), (3, MEAN), (4, VARIANCE)),
                ((prototype(shape, strides, x.dtype), DESTINATION), (nothing(), None), (nothing(), None)))
    return primitive.handle, shape[1:2], nothing, work


def batch_norm(op):
    """Builder of the kernel."""
    plans, declined, stock = op.plans, op.declined, op.torch
    stock_cpu = of_dense_cpu(stock)

    def look_up(x, weight, bias, mean, variance, epsilon):
        key = (x.dtype, x.shape, x.stride(), epsilon)
        kinds = (_kind(weight), _kind(bias), _kind(mean), _kind(variance))
        usual = (x.dtype, x.shape[1:2], (1,))
        if any(kind != usual for kind in kinds[2:]) or any(kind not in (None, usual) for kind in kinds[:2]):
            key += kinds
        return plans.get(key) or op.plan(key, _prepare, x, weight, bias, mean, variance, epsilon)

    def kernel(*call):  # handed on as it comes
        x = call[0]
        dtype = x.dtype
        if not x.is_cpu or x.layout is not strided:
            declined["training mode" if call[5] else "not a dense CPU tensor"] += 1
            return stock(*call)
        if dtype not in DTYPES or call[5]:
            declined["training mode" if call[5] else UNCOVERED[dtype]] += 1
            return stock_cpu(*call)
        _, weight, bias, mean, variance, _, _, epsilon = call
        if is_grad_enabled() and (
                x.requires_grad or (weight is not None and weight.requires_grad) or (bias is not None and bias.requires_grad)):
            return op.fall_through(AUTOGRAD, *call)
        plan = plans.get((dtype, x.shape, x.stride(), epsilon))
        # The short key is for vectors of the usual kind: dense, one number a channel, of the input's type.
        if (plan is None or plan[0] is not None
                or mean is None or mean.shape != plan[2] or mean.dtype is not dtype or not mean.is_contiguous()
                or variance is None or variance.shape != plan[2] or variance.dtype is not dtype or not variance.is_contiguous()
                or (weight is not None and (weight.shape != plan[2] or weight.dtype is not dtype or not weight.is_contiguous()))
                or (bias is not None and (bias.shape != plan[2] or bias.dtype is not dtype or not bias.is_contiguous()))):
            plan = look_up(x, weight, bias, mean, variance, epsilon)
        if plan[0] is not None:
            return op.fall_through(plan[0], *call)
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
        nothing = plan[3]
        return result, nothing(), nothing()

    return kernel


def _kind(vector):
    return None if vector is None else (vector.dtype, vector.shape, vector.stride())
