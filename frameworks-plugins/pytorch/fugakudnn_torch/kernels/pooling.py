"""max_pool2d_with_indices, avg_pool2d, _adaptive_avg_pool2d, and the mean over height and width."""
import torch
from fugakudnn import native
from torch import LongTensor as new_indices

from ..op import data_type, prototype, require_elements, stock_output
from ..shapes import Declined, suggests_channels_last
from ..torch_versions import into_outputs
from ._fast import (
    AUTOGRAD, DTYPES, UNCOVERED, DESTINATION, SOURCE, WORKSPACE, Work, check, empty_like, execute, get_num_threads, is_grad_enabled, per_thread, state)
from .convolution import layout_of


def _pair(value):
    return (value[0], value[0]) if len(value) == 1 else tuple(value)


def _plan(kind, x, output, kernel, stride, padding, dilation=(1, 1), indices=False):
    """The plan of a pooling whose output torch would lay out like ``output``."""
    dtype = data_type(x)
    require_elements(x, output)
    four = tuple(x.shape) if x.dim() == 4 else (1, *x.shape)
    channels_last = suggests_channels_last(x.shape, x.stride())
    layout, convert = layout_of(x, channels_last) if x.dim() == 4 else (
        native.NCHW, None if x.is_contiguous() else torch.contiguous_format)
    if convert is None and layout == native.NHWC and not channels_last:
        layout = native.NHWC if four[1] == 1 or four[2] * four[3] == 1 else layout
    out_height, out_width = output.shape[-2:]
    primitive = native.pooling(
        dtype, kind=native.POOLING[kind], layout=layout, batch=four[0], channels=four[1], in_height=four[2], in_width=four[3],
        out_height=out_height, out_width=out_width, kernel_height=kernel[0], kernel_width=kernel[1], stride_h=stride[0],
        stride_w=stride[1], dilation_h=dilation[0], dilation_w=dilation[1], pad_top=padding[0], pad_bottom=padding[0],
        pad_left=padding[1], pad_right=padding[1], has_indices=indices)
    like = prototype(output.shape, output.stride(), x.dtype)
    return primitive.handle, convert, like, Work(primitive, ((0, SOURCE, convert),), ((like, DESTINATION),))


def max_pool2d_with_indices(op):
    """Builder of the kernel."""
    plans, declined, stock = op.plans, op.declined, op.torch
    stock_into, outputs = into_outputs(stock)

    def prepare(x, kernel, stride=(), padding=(0,), dilation=(1,), ceil=False):
        kernel, padding, dilation = _pair(kernel), _pair(padding), _pair(dilation)
        output, _ = stock_output(op.overload, x, kernel, stride, padding, dilation, ceil)
        *plan, work = _plan("max", x, output, kernel, _pair(stride) if len(stride) else kernel, padding, dilation, True)
        like_indices = prototype(output.shape, output.stride(), torch.int64)
        return *plan, like_indices, work._replace(writes=(*work.writes, (like_indices, WORKSPACE)))

    def kernel(*call):  # handed on as it comes
        x = call[0]
        dtype = x.dtype
        if dtype not in DTYPES:
            declined[UNCOVERED[dtype]] += 1
            return stock_into(*call, out=(outputs[dtype](), new_indices())) if dtype in outputs else stock(*call)
        if x.requires_grad and is_grad_enabled():
            return op.fall_through(AUTOGRAD, *call)
        # One list, or up to four and then the ceiling mode: torch leaves out defaults at the end.
        if len(call) == 2:
            key = (dtype, x.shape, x.stride(), *call[1])
        else:
            key = (dtype, x.shape, x.stride(), *map(tuple, call[1:5]), *call[5:])
        plan = plans.get(key)
        if plan is None:
            plan = op.plan(key, prepare, *call)
        if plan[0] is not None:
            return op.fall_through(plan[0], *call)
        if get_num_threads() != state._threads:
            state.follow_threads()
        _, handle, convert, like, like_indices, _ = plan
        if convert is not None:
            x = x.contiguous(memory_format=convert)
        result, indices = empty_like(like), empty_like(like_indices)
        arguments = per_thread.arguments
        words = arguments.words
        words[SOURCE] = x.data_ptr()
        words[DESTINATION] = result.data_ptr()
        words[WORKSPACE] = indices.data_ptr()
        status = execute(handle, arguments.address)
        if status:
            check(status)
        op.own += 1
        return result, indices

    return kernel


def _averaging(op, prepare):
    """A kernel whose parameters are made hashable and given to ``prepare``."""
    plans, declined, stock = op.plans, op.declined, op.torch

    def kernel(x, *parameters, **keywords):
        if x.dtype not in DTYPES:
            declined[UNCOVERED[x.dtype]] += 1
            return stock(x, *parameters, **keywords)
        if x.requires_grad and is_grad_enabled():
            return op.fall_through(AUTOGRAD, x, *parameters, **keywords)
        key = (x.dtype, x.shape, x.stride(), *[tuple(p) if type(p) is list else p for p in parameters], *keywords.items())
        plan = plans.get(key)
        if plan is None:
            plan = op.plan(key, prepare, x, *parameters, **keywords) if not keywords else op.plan(
                key, lambda: prepare(x, *parameters, **keywords))
        if plan[0] is not None:
            return op.fall_through(plan[0], x, *parameters, **keywords)
        if get_num_threads() != state._threads:
            state.follow_threads()
        _, handle, convert, like, _ = plan
        if convert is not None:
            x = x.contiguous(memory_format=convert)
        result = empty_like(like)
        arguments = per_thread.arguments
        words = arguments.words
        words[SOURCE] = x.data_ptr()
        words[DESTINATION] = result.data_ptr()
        status = execute(handle, arguments.address)
        if status:
            check(status)
        op.own += 1
        return result

    return kernel


def avg_pool2d(op):
    """Builder of the kernel."""
    def prepare(x, kernel, stride=(), padding=(0,), ceil=False, include=True, divisor=None):
        if divisor is not None:
            raise Declined("divisor_override")
        kernel, padding = _pair(kernel), _pair(padding)
        output = stock_output(op.overload, x, kernel, stride, padding, ceil, include)
        return _plan("average" if include else "average_exclude", x, output, kernel, _pair(stride) if len(stride) else kernel, padding)

    return _averaging(op, prepare)


def adaptive_avg_pool2d(op):
    """Builder of the kernel: windows of equal size only."""
    def prepare(x, size):
        if x.dim() != 4 or min(size) <= 0 or min(x.shape) <= 0:
            raise Declined("not 4 dimensions with elements")
        (height, width), (rows, columns) = x.shape[2:], size
        if height % rows or width % columns:
            raise Declined("windows differ in size")
        last = suggests_channels_last(x.shape, x.stride())
        output = torch.empty((*x.shape[:2], *size), device="meta", memory_format=torch.channels_last if last else torch.contiguous_format)
        kernel = (height // rows, width // columns)
        return _plan("average", x, output, kernel, kernel, (0, 0))

    return _averaging(op, prepare)


def mean_dim(op):
    """Builder of the kernel: over the last two of four dimensions only."""
    def prepare(x, dim=None, keepdim=False, dtype=None):
        if x.dim() != 4 or dim is None or sorted(d % 4 if -4 <= d < 4 else -1 for d in dim) != [2, 3]:
            raise Declined("not over height and width of four dimensions")
        if dtype is not None and dtype != x.dtype:
            raise Declined("another data type is asked for")
        data_type(x)
        require_elements(x)
        output = stock_output(op.overload, x, dim, keepdim)
        if not output.is_contiguous():
            raise Declined("the output is not contiguous")
        handle, convert, _, work = _plan(
            "average", x, torch.empty((*x.shape[:2], 1, 1), device="meta"), tuple(x.shape[2:]), tuple(x.shape[2:]), (0, 0))
        like = prototype(output.shape, output.stride(), x.dtype)
        return handle, convert, like, work._replace(writes=((like, DESTINATION),))

    return _averaging(op, prepare)
