"""convolution: 2-D, not transposed."""
import torch
from fugakudnn import native

from ..op import data_type, prototype, require_elements
from ..shapes import Declined, channels_last_strides, contiguous_strides, is_channels_last, is_contiguous, pool_extent, suggests_channels_last
from ..torch_versions import taken_apart
from ._fast import (
    AUTOGRAD, DTYPES, UNCOVERED, BIAS, DESTINATION, SOURCE, WEIGHTS, Work, check, empty_like, execute, get_num_threads, is_grad_enabled, per_thread,
    state)


def layout_of(tensor, channels_last):
    """(layout, memory format to convert to first or None) for a tensor whose partner is channels_last or not."""
    shape, strides = tensor.shape, tensor.stride()
    last, first = is_channels_last(shape, strides), is_contiguous(shape, strides)
    if last and (channels_last or not first):
        return native.NHWC, None
    if first:
        return native.NCHW, None
    return (native.NHWC, torch.channels_last) if channels_last else (native.NCHW, torch.contiguous_format)


def _prepare(x, weight, bias, stride, padding, dilation, transposed, groups):
    if transposed:
        raise Declined("transposed")
    if x.dim() != 4 or weight.dim() != 4:
        raise Declined("not 2-D")
    dtype = data_type(x, weight) if bias is None else data_type(x, weight, bias)
    require_elements(x, weight)
    stride, padding, dilation = ((*v, *v)[:2] if len(v) == 1 else v for v in (stride, padding, dilation))
    batch, channels, height, width = x.shape
    out_channels, group_channels, kernel_height, kernel_width = weight.shape
    if groups <= 0 or group_channels * groups != channels or out_channels % groups or min(*stride, *dilation) <= 0 or min(padding) < 0:
        raise Declined("torch refuses the arguments")
    if bias is not None and (bias.dim() != 1 or bias.shape[0] != out_channels):
        raise Declined("torch refuses the arguments")
    out_height = pool_extent(height, kernel_height, stride[0], 2 * padding[0], dilation[0])
    out_width = pool_extent(width, kernel_width, stride[1], 2 * padding[1], dilation[1])
    if out_height <= 0 or out_width <= 0:
        raise Declined("torch refuses the arguments")
    last = suggests_channels_last(x.shape, x.stride()) or suggests_channels_last(weight.shape, weight.stride())
    layout, convert = layout_of(x, last)
    ohwi = is_channels_last(weight.shape, weight.stride()) and not is_contiguous(weight.shape, weight.stride())
    convert_weight = not ohwi and not is_contiguous(weight.shape, weight.stride())
    primitive = native.convolution(
        dtype, src_layout=layout, dst_layout=native.NHWC if last else native.NCHW, weights_layout=native.OHWI if ohwi else native.OIHW,
        batch=batch, in_channels=channels, in_height=height, in_width=width, out_channels=out_channels, kernel_height=kernel_height,
        kernel_width=kernel_width, stride_h=stride[0], stride_w=stride[1], dilation_h=dilation[0], dilation_w=dilation[1],
        pad_top=padding[0], pad_bottom=padding[0], pad_left=padding[1], pad_right=padding[1], groups=groups, has_bias=bias is not None)
    shape = (batch, out_channels, out_height, out_width)
    like = prototype(shape, channels_last_strides(shape) if last else contiguous_strides(shape), x.dtype)
    convert_bias = bias is not None and not bias.is_contiguous()
    dense = torch.contiguous_format
    work = Work(primitive, ((0, SOURCE, convert), (1, WEIGHTS, dense if convert_weight else None), (2, BIAS, dense if convert_bias else None)),
                ((like, DESTINATION),))
    return (primitive.handle, like, convert, convert_weight, convert_bias, work)


def convolution(op):
    """Builder of the kernel."""
    plans, declined = op.plans, op.declined
    stock, more = taken_apart(op.torch)

    def kernel(*call):  # handed on as it comes
        x = call[0]
        if x.dtype not in DTYPES:
            declined[UNCOVERED[x.dtype]] += 1
            return stock(*call, *more)
        _, weight, bias, stride, padding, dilation, transposed, _, groups = call
        if is_grad_enabled() and (x.requires_grad or weight.requires_grad or (bias is not None and bias.requires_grad)):
            return op.fall_through(AUTOGRAD, *call)
        if bias is None:
            key = (x.dtype, x.shape, x.stride(), weight.dtype, weight.shape, weight.stride(), None,
                   *stride, *padding, *dilation, transposed, groups)
        else:
            key = (x.dtype, x.shape, x.stride(), weight.dtype, weight.shape, weight.stride(), bias.dtype, bias.shape, bias.stride(),
                   *stride, *padding, *dilation, transposed, groups)
        plan = plans.get(key)
        if plan is None:
            plan = op.plan(key, _prepare, x, weight, bias, stride, padding, dilation, transposed, groups)
        if plan[0] is not None:
            return op.fall_through(plan[0], *call)
        _, handle, like, convert, convert_weight, convert_bias, _ = plan
        if get_num_threads() != state._threads:
            state.follow_threads()
        if convert is not None:
            x = x.contiguous(memory_format=convert)
        if convert_weight:
            weight = weight.contiguous()
        result = empty_like(like)
        arguments = per_thread.arguments
        words = arguments.words
        words[SOURCE] = x.data_ptr()
        words[WEIGHTS] = weight.data_ptr()
        if bias is not None:
            if convert_bias:
                bias = bias.contiguous()
            words[BIAS] = bias.data_ptr()
        words[DESTINATION] = result.data_ptr()
        status = execute(handle, arguments.address)
        if status:
            check(status)
        op.own += 1
        return result

    return kernel
