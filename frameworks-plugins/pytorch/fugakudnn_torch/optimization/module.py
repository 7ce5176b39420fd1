"""The module that `optimize` returns."""
import copy

import torch
from torch import nn

from .. import state
from ..torch_versions import is_compiling, outside_compilation
from .build import Builder
from .capture import trace
from .fuse import Fuser
from .inplace import resolve as resolve_inplace
from .network import NativeSegment, TorchSegment, partition, resolve
from .operations import Opaque
from .report import Report


class OptimizedModule(nn.Module):
    """A network for inference, made by `optimize`.

    Call it like the model it was made from.  It may be called from several threads at once, with any batch size and
    image size, contiguous or channels_last; outputs are new tensors with the strides that the model's would have.
    It can be copied and pickled.  Weights are those of the time of `optimize`.
    """

    def __init__(self, builder, operations, root, report):
        super().__init__()
        self._inputs = [(name, bool(default), default[0] if default else None) for name, default in builder.inputs]
        self._result = builder.result
        self._segments = [
            NativeSegment(segment) if segment.native else TorchSegment(segment) for segment in partition(operations, builder.result)]
        self._report = report
        # Only what torch still runs is kept of the model.
        self._torch = nn.ModuleDict()
        self._constants = {}
        self._paths = {}
        for operation in operations:
            if isinstance(operation, Opaque) and operation.op == "call_module" and operation.target not in self._paths:
                key = f"m{len(self._paths)}"
                self._paths[operation.target] = key
                self._torch[key] = root.get_submodule(operation.target)
            elif isinstance(operation, Opaque) and operation.op == "get_attr":
                *path, name = operation.target.split(".")
                value = getattr(root.get_submodule(".".join(path)) if path else root, name)
                self._constants[operation.target] = value.detach() if isinstance(value, torch.Tensor) else value
        self.training = False

    def report(self):
        """What was fused, what was declined and why, and what torch runs (a `Report`; print it)."""
        return self._report

    def train(self, mode=True):
        """Refused: the weights are folded and packed.  Train the model, then optimise it anew."""
        if mode:
            raise RuntimeError("an optimised module is for inference only: call train() on the model it was made from, "
                               "then optimize() it again")
        return self

    def _apply(self, fn, *args, **kwargs):
        probe = torch.zeros(1)
        if fn(probe).device != probe.device or fn(probe).dtype != probe.dtype:
            raise RuntimeError("an optimised module cannot change device or data type: convert the model, then optimize() it again")
        return super()._apply(fn, *args, **kwargs)

    def forward(self, *args, **kwargs):
        """The model's forward pass; no gradients."""
        # There is nothing for torch.compile to win in here, and our memory and handles are not for it to trace.
        return _forward_outside(self, args, kwargs) if is_compiling() else self._forward(args, kwargs)

    def _forward(self, args, kwargs):
        values = self._bind(args, kwargs)
        if torch.is_grad_enabled() and any(isinstance(v, torch.Tensor) and v.requires_grad for v in values.values()):
            raise RuntimeError("an optimised module computes no gradients, but an input requires one: "
                               "call it under torch.no_grad(), or use the model it was made from")
        with torch.no_grad():
            context = _Context(self, values)
            for segment in self._segments:
                segment.run(values, context)
            return resolve(self._result, values)

    def _bind(self, args, kwargs):
        if len(args) > len(self._inputs):
            raise TypeError(f"forward takes {len(self._inputs)} arguments, got {len(args)}")
        values = {}
        for position, (name, optional, default) in enumerate(self._inputs):
            if position < len(args):
                if name in kwargs:
                    raise TypeError(f"forward got argument {name!r} twice")
                values[name] = args[position]
            elif name in kwargs:
                values[name] = kwargs[name]
            elif optional:
                values[name] = default
            else:
                raise TypeError(f"forward misses argument {name!r}")
        unknown = set(kwargs) - set(values)
        if unknown:
            raise TypeError(f"forward got unknown argument {sorted(unknown)[0]!r}")
        return values

    @property
    def declined_shapes(self):
        """Operations that torch ran because the library declined their shapes: name to reason."""
        return dict(self.__dict__.setdefault("_declined", {}))


_forward_outside = outside_compilation(OptimizedModule._forward)
_PLAIN = (torch.Tensor, nn.Parameter)


class _Context:
    """What segments need to know about a call."""

    __slots__ = ("module", "plain", "generation", "declined")

    def __init__(self, module, values):
        self.module = module
        # Subclasses (fake tensors, for one) have no memory that the library could read: torch computes such calls.
        self.plain = all(type(value) in _PLAIN or not isinstance(value, torch.Tensor) for value in values.values())
        self.generation = state.generation()
        self.declined = module.__dict__.setdefault("_declined", {})

    def submodule(self, target):
        """The module or constant that a node of the graph names."""
        key = self.module._paths.get(target)
        return self.module._torch[key] if key is not None else self.module._constants[target]


def optimize(model, example_inputs=None):
    """Prepares a model for inference: folds batch norm, fuses what follows a convolution, packs weights, plans memory.

    Parameters
    ----------
    model : torch.nn.Module
        Left as it is.  Batch norm and dropout are taken in the mode they are in: call ``model.eval()`` first.
    example_inputs : tensor or tuple of tensors, optional
        If given, the result is called with them once, so that plans and packed weights are ready.

    Returns
    -------
    OptimizedModule
        ``print(result.report())`` says what was done.  Where a model's Python depends on values, its parts that do
        not are optimised, and the result is a copy of the model with these parts replaced.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"optimize: model must be a torch.nn.Module, got {type(model).__name__}")
    if isinstance(model, OptimizedModule):
        return model
    own = copy.deepcopy(model)
    report = Report()
    try:
        result = _optimize_traced(own, report)
    except _NotTraceable as error:
        result = _optimize_parts(own, str(error), report)
    if example_inputs is not None:
        with torch.no_grad():
            result(*(example_inputs if isinstance(example_inputs, (tuple, list)) else (example_inputs,)))
    return result


class _NotTraceable(Exception):
    """torch.fx cannot follow the model's Python."""


def _optimize_traced(model, report):
    try:
        graph, root = trace(model)
    except Exception as error:  # whatever the model's own code makes of a proxy
        raise _NotTraceable(f"{type(error).__name__}: {error}") from error
    pure, pinned = resolve_inplace(graph, root, report)
    builder = Builder(graph, root, pure, pinned, report)
    builder.build()
    operations = Fuser(builder, {node.name for node in pinned}, report).run()
    return OptimizedModule(builder, operations, root, report)


def _optimize_parts(model, reason, report, done=None):
    """Replaces the largest traceable children of a model that itself is not."""
    report.leave(type(model).__name__, f"not traceable: {reason.splitlines()[0]}")
    done = {} if done is None else done
    for name, child in list(model.named_children()):
        if id(child) not in done:
            done[id(child)] = _optimize_part(child, report, done)
        setattr(model, name, done[id(child)])
    model.fugakudnn_report = report
    return model


def _optimize_part(child, report, done):
    if not any(True for _ in child.parameters()) or isinstance(child, (nn.ModuleList, nn.ModuleDict)):
        if any(True for _ in child.children()):
            return _replace_children(child, report, done)
        return child
    part = Report()
    try:
        result = _optimize_traced(child, part)
    except _NotTraceable as error:
        return _optimize_parts(child, str(error), report, done)
    if not any(isinstance(segment, NativeSegment) for segment in result._segments):
        return child
    report.fused += part.fused
    report.declined += part.declined
    report.torch += part.torch
    return result


def _replace_children(container, report, done):
    for name, child in list(container.named_children()):
        if id(child) not in done:
            done[id(child)] = _optimize_part(child, report, done)
        container._modules[name] = done[id(child)]
    return container


__all__ = ["OptimizedModule", "optimize"]
