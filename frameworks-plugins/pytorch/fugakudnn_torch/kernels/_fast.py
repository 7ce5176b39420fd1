"""Names that every kernel binds, so that a call looks up as little as possible."""
from fugakudnn import native
from fugakudnn._library import check
from torch import empty, empty_like, empty_strided, get_num_threads, is_grad_enabled

from .. import state

execute = native.execute
per_thread = native.per_thread
SOURCE, SOURCE1, WEIGHTS, BIAS = native.SOURCE, native.SOURCE1, native.WEIGHTS, native.BIAS
SCALE, SHIFT, MEAN, VARIANCE = native.SCALE, native.SHIFT, native.MEAN, native.VARIANCE
RESIDUAL, DESTINATION, WORKSPACE = native.RESIDUAL, native.DESTINATION, native.WORKSPACE

AUTOGRAD = "autograd: there are no backward primitives yet"

__all__ = [
    "AUTOGRAD", "BIAS", "DESTINATION", "MEAN", "RESIDUAL", "SCALE", "SHIFT", "SOURCE", "SOURCE1", "VARIANCE", "WEIGHTS", "WORKSPACE",
    "check", "empty", "empty_like", "empty_strided", "execute", "get_num_threads", "is_grad_enabled", "per_thread", "state"]
