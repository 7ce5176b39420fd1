"""One overridden op: its plans, its counts, and the way back to torch's own kernel."""
import functools

import torch
from fugakudnn import native

from .shapes import Declined

MOST_PLANS = 2048  # an op remembers; beyond it, all are forgotten

_KEY = torch._C.DispatchKey
DTYPES = {torch.float32: native.F32, torch.float64: native.F64}


class Op:
    """An ATen op that a kernel of ours answers.

    Attributes
    ----------
    name : str
        As in ATen, for example ``"add.Tensor"``.
    key : str
        The dispatch key that the kernel is registered at.
    own, declined : int, dict
        How often the library computed it; how often torch did, by reason.
    plans : dict
        What was found out about a kind of call.  A plan is a tuple ``(reason, …)``; reason None means that the library computes it.
    """

    __slots__ = ("name", "key", "own", "declined", "plans", "torch", "overload")

    def __init__(self, name, key="CPU", back=None):
        base, _, overload = name.partition(".")
        self.name, self.key = name, key
        self.overload = getattr(getattr(torch.ops.aten, base), overload or "default")
        self.own, self.declined, self.plans = 0, {}, {}
        self.torch = back(self) if back is not None else self._way_back()

    def _way_back(self):
        """torch's own kernel, which this registration does not hide."""
        if hasattr(torch.library, "get_kernel"):  # asked for before anything is overridden
            kernel, keys = torch.library.get_kernel("aten::" + self.name, "CPU"), torch._C.DispatchKeySet(_KEY.CPU)
            return functools.partial(kernel.call_boxed, keys)
        # Structured ops have a second kernel, which makes the output and calls the .out overload.
        for key in ("CompositeExplicitAutograd", "CompositeExplicitAutogradNonFunctional"):
            if torch._C._dispatch_has_kernel_for_dispatch_key("aten::" + self.name, key):
                return at_key(self.overload, getattr(_KEY, key))
        raise RuntimeError(f"fugakudnn_torch: no way back to torch's own {self.name} in torch {torch.__version__}")

    def plan(self, key, prepare, *args):
        """Finds out once what a kind of call needs: ``prepare(*args)`` gives the rest of the plan, or raises `Declined`."""
        if torch._C._get_tracing_state() is not None:
            return ("torch.jit is tracing",)  # sizes are no numbers then, so nothing is remembered
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
        """Counts the reason and runs torch's own kernel."""
        declined = self.declined
        declined[reason] = declined.get(reason, 0) + 1
        return self.torch(*args, **kwargs)


def at_key(overload, key):
    """The kernel that an overload has at a dispatch key."""
    return functools.partial(overload._op_dk, key)


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
