"""Puts the table's kernels into torch's dispatcher, and takes them out again.

A registrar has ``register(ops)``, ``unregister()`` and ``torch_versions``.  There is one now, in Python; torch's stable C ABI and a C++ shim
would be others, on the same table.
"""
import warnings

import torch

from .kernels import batch_norm
from .op import Op
from .table import TABLE



def _convolution_back(op):
    """torch's convolution is _convolution with the global cuDNN flags, which mean nothing on CPU."""
    function = torch._convolution
    return lambda *args: function(*args, False, False, True, True)


def _hardtanh_back(op):
    """torch's hardtanh is its .out overload with an output like the input; hardtanh_ the one with its input."""
    out = torch.ops.aten.hardtanh.out
    if op.name.endswith("_"):
        return lambda x, *bounds: out(x, *bounds, out=x)
    return lambda x, *bounds: out(x, *bounds, out=torch.empty_like(x))


def _adaptive_back(op):
    """torch's _adaptive_avg_pool2d is adaptive_avg_pool2d.out with a new output."""
    out = torch.ops.aten.adaptive_avg_pool2d.out
    return lambda x, size: out(x, size, out=torch.empty(0, dtype=x.dtype, device=x.device))


def make_ops():
    """An `Op` for each entry of the table, with its way back to torch's own kernel."""
    batch_norm_key, batch_norm_back = batch_norm.way_back()
    ways = {
        "native_batch_norm": (batch_norm_key, batch_norm_back),
        "convolution": ("CPU", _convolution_back),
        "hardtanh": ("CPU", _hardtanh_back),
        "hardtanh_": ("CPU", _hardtanh_back),
        "_adaptive_avg_pool2d": ("CPU", _adaptive_back),
    }
    return [(Op(entry.name, *ways.get(entry.name, ())), entry.build) for entry in TABLE]


class PythonRegistrar:
    """``torch.library.Library`` of Python functions: torch 1.13 and later."""

    torch_versions = ">= 1.13"

    def __init__(self):
        self._library = None

    def register(self, ops):
        """Registers the function of each op."""
        library = torch.library.Library("aten", "IMPL")
        with warnings.catch_warnings():
            # torch warns that a kernel is overridden: that is what we are here for.
            warnings.simplefilter("ignore")
            for op, build in ops:
                library.impl(op.name, build(op), op.key)
        self._library = library

    def unregister(self):
        """Restores torch's own kernels."""
        library, self._library = self._library, None
        if library is not None and hasattr(library, "_destroy"):
            library._destroy()


__all__ = ["PythonRegistrar", "make_ops"]
