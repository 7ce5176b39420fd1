"""Puts the table's kernels into torch's dispatcher, and takes them out again.

A registrar has ``register(ops)``, ``unregister()`` and ``torch_versions``.  There is one now, in Python; torch's stable C ABI and a C++ shim
would be others, on the same table.
"""
import warnings

import torch

from . import torch_versions
from .op import Op
from .table import TABLE


def make_ops():
    """An `Op` for each entry of the table, with its way back to torch's own kernel, and the builder of its function."""
    return [(Op(entry.name), entry.build) for entry in TABLE]


class PythonRegistrar:
    """``torch.library.Library`` of Python functions: torch 1.13 and later."""

    torch_versions = ">= 1.13"

    def __init__(self):
        self._library = None

    def register(self, ops):
        """Registers the function of each op: all, or with an error none."""
        library = torch.library.Library("aten", "IMPL")
        try:
            with warnings.catch_warnings():
                # torch warns that a kernel is overridden: that is what we are here for.
                warnings.simplefilter("ignore")
                for op, build in ops:
                    op.look_up_torch()
                    torch_versions.override(library, op.name, build(op), op.key)
        except BaseException:
            torch_versions.destroy(library)
            raise
        self._library = library

    def unregister(self):
        """Restores torch's own kernels."""
        library, self._library = self._library, None
        if library is not None:
            torch_versions.destroy(library)


__all__ = ["PythonRegistrar", "make_ops"]
