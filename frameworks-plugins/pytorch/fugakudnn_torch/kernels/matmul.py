"""mm and addmm: what torch.nn.Linear runs."""
from fugakudnn import native

from ..op import data_type, prototype, require_elements
from ..shapes import Declined, contiguous_strides, is_contiguous, parameter
from ._fast import (
    AUTOGRAD, DTYPES, UNCOVERED, BIAS, DESTINATION, RESIDUAL, SOURCE, WEIGHTS, Work, check, empty_like, execute, get_num_threads, is_grad_enabled,
    per_thread, state)


def _stored(matrix):
    """(stored transposed, leading dimension) of a matrix whose rows or columns are dense."""
    (rows, columns), (down, right) = matrix.shape, matrix.stride()
    if (right == 1 or columns == 1) and (down >= columns or rows == 1):
        return False, down if rows > 1 else columns
    if (down == 1 or rows == 1) and (right >= rows or columns == 1):
        return True, right if columns > 1 else rows
    raise Declined("neither rows nor columns of a matrix are dense")


def _product(a, b, first=0, summand=(), **fields):
    """The plan of a·b, which are the arguments from number ``first``, with a ``summand`` to read."""
    if a.dim() != 2 or b.dim() != 2 or a.shape[1] != b.shape[0]:
        raise Declined("torch refuses the arguments")
    dtype = data_type(a, b)
    require_elements(a, b)
    (transpose_a, leading_a), (transpose_b, leading_b) = _stored(a), _stored(b)
    shape = (a.shape[0], b.shape[1])
    primitive = native.matmul(
        dtype, *shape, a.shape[1], transpose_a=transpose_a, transpose_b=transpose_b, leading_a=leading_a, leading_b=leading_b, **fields)
    like = prototype(shape, contiguous_strides(shape), a.dtype)
    return primitive.handle, like, Work(primitive, (*summand, (first, SOURCE), (first + 1, WEIGHTS)), ((like, DESTINATION),))


def mm(op):
    """Builder of the kernel of ``mm(a, b)``."""
    plans, declined, stock = op.plans, op.declined, op.torch

    def kernel(a, b):
        if a.dtype not in DTYPES:
            declined[UNCOVERED[a.dtype]] += 1
            return stock(a, b)
        if is_grad_enabled() and (a.requires_grad or b.requires_grad):
            return op.fall_through(AUTOGRAD, a, b)
        key = (a.dtype, a.shape, a.stride(), b.dtype, b.shape, b.stride())
        plan = plans.get(key)
        if plan is None:
            plan = op.plan(key, _product, a, b)
        if plan[0] is not None:
            return op.fall_through(plan[0], a, b)
        if get_num_threads() != state._threads:
            state.follow_threads()
        result = empty_like(plan[2])
        arguments = per_thread.arguments
        words = arguments.words
        words[SOURCE] = a.data_ptr()
        words[WEIGHTS] = b.data_ptr()
        words[DESTINATION] = result.data_ptr()
        status = execute(plan[1], arguments.address)
        if status:
            check(status)
        op.own += 1
        return result

    return kernel


def _prepare_addmm(bias, a, b, beta, alpha):
    data_type(bias, a)
    require_elements(bias)
    if isinstance(alpha, complex) or isinstance(beta, complex):
        raise Declined("a factor is complex")
    columns = b.shape[-1]
    if bias.dim() == 1 and tuple(bias.shape) == (columns,) and beta == 1:
        if alpha != 1:
            raise Declined("alpha is not 1")
        if bias.stride() != (1,) and columns != 1:
            raise Declined("the bias is not dense")
        return BIAS, *_product(a, b, 1, ((0, BIAS),), has_bias=True)
    if bias.dim() == 2 and tuple(bias.shape) == (a.shape[0], columns) and beta != 0 and is_contiguous(bias.shape, bias.stride()):
        factors = {"alpha": parameter(alpha, a.dtype), "beta": parameter(beta, a.dtype)}
        return RESIDUAL, *_product(a, b, 1, ((0, RESIDUAL),), has_residual=True, **factors)
    raise Declined("the summand is neither a vector with factor 1 nor a dense matrix")


def addmm(op):
    """Builder of the kernel of ``addmm(bias, a, b)``."""
    plans, declined, stock = op.plans, op.declined, op.torch

    def kernel(bias, a, b, **scalars):
        if a.dtype not in DTYPES:
            declined[UNCOVERED[a.dtype]] += 1
            return stock(bias, a, b, **scalars)
        if is_grad_enabled() and (bias.requires_grad or a.requires_grad or b.requires_grad):
            return op.fall_through(AUTOGRAD, bias, a, b, **scalars)
        beta, alpha = (scalars.get("beta", 1), scalars.get("alpha", 1)) if scalars else (1, 1)
        key = (bias.dtype, bias.shape, bias.stride(), a.dtype, a.shape, a.stride(), b.dtype, b.shape, b.stride(), beta, alpha)
        plan = plans.get(key)
        if plan is None:
            plan = op.plan(key, _prepare_addmm, bias, a, b, beta, alpha)
        if plan[0] is not None:
            return op.fall_through(plan[0], bias, a, b, **scalars)
        if get_num_threads() != state._threads:
            state.follow_threads()
        _, place, handle, like, _ = plan
        result = empty_like(like)
        arguments = per_thread.arguments
        words = arguments.words
        words[SOURCE] = a.data_ptr()
        words[WEIGHTS] = b.data_ptr()
        words[place] = bias.data_ptr()
        words[DESTINATION] = result.data_ptr()
        status = execute(handle, arguments.address)
        if status:
            check(status)
        op.own += 1
        return result

    return kernel
