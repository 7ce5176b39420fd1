"""FugakuDnn under PyTorch.

>>> import torch, fugakudnn_torch as ft
>>> with ft.enabled(), torch.no_grad():
...     torch.relu(torch.tensor([-1.0, 2.0]))
tensor([0., 2.])

``enable()`` takes over torch's CPU kernels of the ops in `table.TABLE`, ``optimize(model)`` makes a network for inference, and
``torch.ops.fugakudnn`` has the primitives as ops.  ``build_registrar()`` makes calls cheaper.  ``enable_allocator()`` lets torch's CPU tensors
live in FugakuDnn's memory pool.  Importing changes nothing, unless FUGAKUDNN_TORCH=1 asks for ``enable()`` or
FUGAKUDNN_TORCH_ALLOCATOR=1 for ``enable_allocator()``.
"""
import os

from fugakudnn import info

from .allocator import allocator_enabled, disable_allocator, enable_allocator, is_allocator_enabled
from .custom_ops import register as _register
from .optimization import OptimizedModule, Report, optimize
from .switch import build_registrar, coverage, disable, enable, enabled, is_enabled, registrar

__version__ = "0.1.0"
__all__ = ["OptimizedModule", "Report", "allocator_enabled", "build_registrar", "coverage", "disable", "disable_allocator", "enable",
           "enable_allocator", "enabled", "info", "is_allocator_enabled", "is_enabled", "optimize", "registrar"]


def _asked_for(variable):
    return os.environ.get(variable, "").strip().lower() in ("1", "on", "true", "yes")


_register()
if _asked_for("FUGAKUDNN_TORCH"):
    enable()
if _asked_for("FUGAKUDNN_TORCH_ALLOCATOR"):
    enable_allocator()
