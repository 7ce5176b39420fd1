"""FugakuDnn under PyTorch.

>>> import torch, fugakudnn_torch as ft
>>> with ft.enabled(), torch.no_grad():
...     torch.relu(torch.tensor([-1.0, 2.0]))
tensor([0., 2.])

``enable()`` takes over torch's CPU kernels of the ops in `table.TABLE`, ``optimize(model)`` makes a network for inference, and
``torch.ops.fugakudnn`` has the primitives as ops.  Importing changes nothing, unless FUGAKUDNN_TORCH=1 asks for ``enable()``.
"""
import os

from fugakudnn import info

from .custom_ops import register as _register
from .optimization import OptimizedModule, Report, optimize
from .switch import coverage, disable, enable, enabled, is_enabled

__version__ = "0.1.0"
__all__ = ["OptimizedModule", "Report", "coverage", "disable", "enable", "enabled", "info", "is_enabled", "optimize"]

_register()
if os.environ.get("FUGAKUDNN_TORCH", "").strip().lower() in ("1", "on", "true", "yes"):
    enable()
