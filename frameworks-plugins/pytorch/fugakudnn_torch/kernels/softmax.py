"""_softmax and _log_softmax."""
from fugakudnn import native

from ..op import data_type, prototype, require_elements
from ..shapes import Declined, contiguous_strides
from ._fast import (
    AUTOGRAD, DTYPES, UNCOVERED, DESTINATION, SOURCE, Work, check, empty_like, execute, get_num_threads, is_grad_enabled, per_thread, state)


def softmax(logarithm):
    """Builder of the kernel."""
    def build(op):
        plans, declined, stock = op.plans, op.declined, op.torch

        def prepare(x, dim, half_to_float):
            if half_to_float:
                raise Declined("half to float")
            dtype = data_type(x)
            require_elements(x)
            if x.dim() == 0 or not -x.dim() <= dim < x.dim() or x.stride() != contiguous_strides(x.shape):
                raise Declined("not contiguous, or no such dimension")
            dim %= x.dim()
            outer = inner = 1
            for size in x.shape[:dim]:
                outer *= size
            for size in x.shape[dim + 1:]:
                inner *= size
            primitive = native.softmax(dtype, outer, x.shape[dim], inner, logarithm)
            return primitive.handle, Work(primitive, ((0, SOURCE),), ((prototype(x.shape, x.stride(), x.dtype), DESTINATION),))

        def kernel(x, dim, half_to_float):
            if x.dtype not in DTYPES:
                declined[UNCOVERED[x.dtype]] += 1
                return stock(x, dim, half_to_float)
            if x.requires_grad and is_grad_enabled():
                return op.fall_through(AUTOGRAD, x, dim, half_to_float)
            key = (x.dtype, x.shape, x.stride(), dim, half_to_float)
            plan = plans.get(key)
            if plan is None:
                plan = op.plan(key, prepare, x, dim, half_to_float)
            if plan[0] is not None:
                return op.fall_through(plan[0], x, dim, half_to_float)
            if get_num_threads() != state._threads:
                state.follow_threads()
            result = empty_like(x)
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
