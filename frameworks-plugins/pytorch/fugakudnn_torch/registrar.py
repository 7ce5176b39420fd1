"""Puts the table's kernels into torch's dispatcher, and takes them out again.

A registrar has a ``name``, ``register()``, ``unregister()``, ``counts(reset)``, ``plans()``, ``forget()`` and ``forked()``.  There are two, on
the same table: this one in Python, which needs nothing, and `native_registrar`, in C++, which has to be built.
"""
import os
import warnings

import torch

from . import torch_versions
from .op import Op
from .table import TABLE

_VARIABLE = "FUGAKUDNN_TORCH_REGISTRAR"
_made = {}


def make_ops():
    """An `Op` for each entry of the table, with its way back to torch's own kernel, and the builder of its function."""
    return [(Op(entry.name), entry.build) for entry in TABLE]


class PythonRegistrar:
    """``torch.library.Library`` of Python functions."""

    name = "python"

    def __init__(self):
        self._library, self._ops = None, make_ops()
        self._retired = []  # plans of a parent process: never freed in a child

    def register(self):
        """Registers the function of each op: all, or with an error none."""
        library = torch.library.Library("aten", "IMPL")
        try:
            with warnings.catch_warnings():
                # torch warns that a kernel is overridden: that is what we are here for.
                warnings.simplefilter("ignore")
                for op, build in self._ops:
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

    def counts(self, reset):
        """(name, times computed by the library, times by torch and why) of each op."""
        for op, _ in self._ops:
            yield op.name, op.own, dict(op.declined)
            if reset:
                op.own = 0
                op.declined.clear()

    def plans(self):
        """How many plans each op remembers."""
        return [len(op.plans) for op, _ in self._ops]

    def forget(self):
        """Plans made before hold no longer."""
        for op, _ in self._ops:
            op.plans.clear()

    def forked(self):
        """In a forked child: plans of the parent are neither used nor freed."""
        for op, _ in self._ops:
            self._retired.append(dict(op.plans))
            op.plans.clear()


def made():
    """The registrars that were used in this process."""
    return list(_made.values())


def choose():
    """The registrar that `FUGAKUDNN_TORCH_REGISTRAR` asks for: by default the native one where it was built for this torch.

    Raises
    ------
    ValueError
        Where the variable has another value.
    RuntimeError
        Where it asks for the native one, which is not there.
    """
    wanted = os.environ.get(_VARIABLE, "").strip().lower() or "auto"
    if wanted not in ("auto", "native", "python"):
        raise ValueError(f"{_VARIABLE}: must be auto, native or python, got {wanted!r}")
    if wanted != "python":
        try:
            return _make("native")
        except RuntimeError:
            if wanted == "native":
                raise
    return _make("python")


def _make(name):
    if name not in _made:
        if name == "native":
            from .native_registrar import NativeRegistrar
            _made[name] = NativeRegistrar()
        else:
            _made[name] = PythonRegistrar()
    return _made[name]


__all__ = ["PythonRegistrar", "choose", "made", "make_ops"]
