"""One overridden op: its plans, its counts, and the way back to torch's own kernel."""
import collections

import torch
from fugakudnn import native

from . import torch_versions
from .shapes import Declined

#: What the library does for a plan.  ``reads`` are ``(number of the argument, word of the arguments block, memory format to bring it into)``,
#: without a format where it is read as it lies; ``writes``, one for each result, are ``(prototype of a new tensor, word)``, with FIRST for the
#: first argument itself, and None as the word of a tensor that is only made.
Work = collections.namedtuple("Work", "primitive reads writes")
FIRST = 0

TRACING = "torch.jit is tracing"
MOST_PLANS = 2048  # an op remembers; beyond it, all are forgotten

DTYPES = {torch.float32: native.F32, torch.float64: native.F64}


class Op:
    """An ATen op that a kernel of ours answers.

    Attributes
    ----------
    name : str
        As in ATen, for example ``"add.Tensor"``.
    key : str
        The dispatch key that the kernel is registered at.
    own, declined : int, defaultdict
        How often the library computed it; how often torch did, by reason.
    plans : dict
        What was found out about a kind of call.  A plan is a tuple ``(reason, …)``; reason None means that the library computes it, and
        the last item is its `Work` then.
    """

    __slots__ = ("name", "key", "own", "declined", "plans", "torch", "torch_with_number", "overload")

    def __init__(self, name):
        base, _, overload = name.partition(".")
        self.name, self.key = name, torch_versions.registration_key(name)
        self.overload = getattr(getattr(torch.ops.aten, base), overload or "default")
        self.own, self.declined, self.plans = 0, counts(), {}
        self.look_up_torch()

    def look_up_torch(self):
        """Finds torch's own kernel: before every registration, since others may override the op as well, and cease to."""
        self.torch = torch_versions.way_back(self.name, self.overload)
        self.torch_with_number = torch_versions.number_way_back(self.name, self.overload)

    def plan(self, key, prepare, *args):
        """Finds out once what a kind of call needs: ``prepare(*args)`` gives the rest of the plan, or raises `Declined`."""
        if torch._C._get_tracing_state() is not None:
            return (TRACING,)  # sizes are no numbers then, so nothing is remembered
        try:
            if native.in_forked_child():
                raise Declined("the process was forked")
            plan = (None, *prepare(*args))
        except Declined as reason:
            plan = (str(reason),)
        except (ValueError, RuntimeError) as error:  # a guest never stands in the way
            plan = (f"the library declines it: {error}",)
        if len(self.plans) >= MOST_PLANS:
            self.plans.clear()
        self.plans[key] = plan
        return plan

    def fall_through(self, reason, *args, **kwargs):
        """Counts the reason and runs torch's own kernel.  For a data type that is not covered, kernels do so without this call."""
        self.declined[reason] += 1
        return self.torch(*args, **kwargs)

    def fall_through_with_number(self, *args, **kwargs):
        """As `fall_through`, where a number stands for a tensor."""
        self.declined["an operand is a number"] += 1
        return self.torch_with_number(*args, **kwargs)


def counts():
    """Numbers by reason.  ``counts[reason] += 1`` runs no Python inside, so no thread loses its turn there and all are counted."""
    return collections.defaultdict(int)


def data_type(*tensors):
    """The library's number for the tensors' one type."""
    dtype = tensors[0].dtype
    if dtype not in DTYPES:
        raise Declined(f"data type {dtype}")
    for tensor in tensors[1:]:
        if tensor.dtype != dtype:
            raise Declined("data types differ")
    return DTYPES[dtype]


def require_elements(*tensors):
    """Empty tensors are torch's."""
    for tensor in tensors:
        if tensor.numel() == 0:
            raise Declined("no elements")


def prototype(shape, strides, dtype):
    """A tensor without memory; ``torch.empty_like`` of it makes an output in half the time that ``torch.empty_strided`` takes.

    Nobody reads, writes or resizes it, so one serves all calls and threads.
    """
    tensor = torch.empty_strided(shape, strides, dtype=dtype)
    getattr(tensor, "untyped_storage", tensor.storage)().resize_(0)
    if torch.empty_like(tensor, device="meta").stride() != tuple(strides):
        raise Declined("the output is not dense")
    return tensor


def stock_output(overload, *args, **kwargs):
    """What torch would return, without data: its shape, strides and data type.  Only for ops whose meta kernel is the CPU kernel's own."""
    try:
        return overload(*map(_without_data, args), **{name: _without_data(value) for name, value in kwargs.items()})
    except (RuntimeError, IndexError, TypeError, NotImplementedError) as error:
        raise Declined("torch refuses the arguments") from error


def _without_data(value):
    if isinstance(value, torch.Tensor):
        return torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device="meta")
    return value
