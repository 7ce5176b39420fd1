"""Names that every kernel binds, so that a call looks up as little as possible."""
from fugakudnn import native
from fugakudnn._library import check
from torch import empty_like, get_num_threads, is_grad_enabled

from .. import state
from ..op import DTYPES, Work

execute = native.execute
per_thread = native.per_thread
SOURCE, SOURCE1, WEIGHTS, BIAS = native.SOURCE, native.SOURCE1, native.WEIGHTS, native.BIAS
SCALE, SHIFT, MEAN, VARIANCE = native.SCALE, native.SHIFT, native.MEAN, native.VARIANCE
RESIDUAL, DESTINATION, WORKSPACE = native.RESIDUAL, native.DESTINATION, native.WORKSPACE

AUTOGRAD = "autograd: there are no backward primitives yet"


class _Uncovered(dict):
    """Reasons by data type, each text made once."""

    def __missing__(self, dtype):
        self[dtype] = reason = f"data type {dtype}"
        return reason


UNCOVERED = _Uncovered()

__all__ = [
    "AUTOGRAD", "BIAS", "DESTINATION", "DTYPES", "MEAN", "RESIDUAL", "SCALE", "SHIFT", "SOURCE", "SOURCE1", "UNCOVERED", "VARIANCE", "WEIGHTS",
    "WORKSPACE", "Work", "check", "empty_like", "execute", "get_num_threads", "is_grad_enabled",
    "per_thread", "state"]
