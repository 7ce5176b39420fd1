"""FugakuDnn: deep-learning primitives for A64FX and x86-64, on NumPy arrays.

>>> import numpy, fugakudnn
>>> fugakudnn.relu(numpy.array([-1, 2], numpy.float32))
array([0., 2.], dtype=float32)
"""
from . import allocator
from ._library import FugakuDnnError, StaleHandleError, UnsupportedError
from .control import (
    clear_plan_cache, get_isa, get_num_threads, info, isa_available, plan_cache_stats, set_isa, set_num_threads, version)
from .primitives import (
    add, avg_pool2d, batch_norm, clip, conv2d, exp, global_avg_pool2d, leaky_relu, linear, log_softmax, matmul, max_pool2d, multiply,
    relu, reorder, scale_shift, softmax)

__version__ = "0.1.0"
__all__ = [
    "FugakuDnnError", "StaleHandleError", "UnsupportedError", "add", "allocator", "avg_pool2d", "batch_norm", "clear_plan_cache", "clip",
    "conv2d", "exp", "get_isa", "get_num_threads", "global_avg_pool2d", "info", "isa_available", "leaky_relu", "linear", "log_softmax",
    "matmul", "max_pool2d", "multiply", "plan_cache_stats", "relu", "reorder", "scale_shift", "set_isa", "set_num_threads", "softmax",
    "version",
]
