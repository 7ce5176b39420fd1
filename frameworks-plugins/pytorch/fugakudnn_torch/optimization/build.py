"""From the traced graph to a list of `Operation`s: recognises what the library computes, leaves the rest to torch."""
import operator

import torch
import torch.nn.functional as F
from torch import fx, nn

from . import capture
from .operations import (
    Activation, AdaptivePooling, BatchNorm, Binary, Convolution, Elementwise, Flatten, GlobalMean, Linear, Opaque, Pooling,
    Reference, Softmax)

_DTYPES = (torch.float32, torch.float64)


def pair(value):
    """An int or a pair as a pair."""
    return (value, value) if isinstance(value, int) else tuple(value)


class Builder:
    """Walks the graph once."""

    def __init__(self, graph, root, pure, pinned, report):
        self.graph, self.root, self.pure, self.pinned, self.report = graph, root, pure, pinned, report
        self.operations, self.inputs, self.result = [], [], None
        self.names = {}         # nodes that are only another name of a value
        self.shared = _shared_tensors(root)
        self.calls = {}
        for node in graph.nodes:
            if node.op == "call_module":
                module = capture.module_of(node, root)
                self.calls[id(module)] = self.calls.get(id(module), 0) + 1
        self.unfusable = {}     # output name -> reason
        self.module_of = {}     # output name -> module

    def build(self):
        """Fills ``operations``, ``inputs`` and ``result``."""
        for node in self.graph.nodes:
            if node.op == "placeholder":
                self.inputs.append((node.name, node.args))
            elif node.op == "output":
                self.result = self._references(node.args[0])
            elif node.op == "get_attr":
                self.operations.append(Opaque(node.name, (), op="get_attr", target=node.target))
            else:
                self._add(node)

    def _add(self, node):
        if node in self.pinned:
            return self._leave(node, "shares memory with an in-place operation")
        recognise = getattr(self, "_" + node.op)
        try:
            found = recognise(node)
        except _Left as reason:
            return self._leave(node, str(reason))
        if isinstance(found, str):
            self.names[node.name] = found
            return None
        return self.operations.append(found)

    def _leave(self, node, reason):
        self.report.leave(node.name, reason)
        target, kwargs, args = node.target, dict(node.kwargs), node.args
        if node in self.pure:
            target, args, kwargs = self._out_of_place(node, target, args, kwargs)
        self.operations.append(Opaque(
            node.name, tuple(dict.fromkeys(self._name(source) for source in node.all_input_nodes)),
            op=node.op, target=target, args=self._references(args), kwargs=self._references(kwargs)))

    def _out_of_place(self, node, target, args, kwargs):
        """The pure form of an in-place node that `inplace.resolve` allowed to be read as one."""
        if node.op == "call_module":
            capture.module_of(node, self.root).inplace = False
        elif node.op == "call_method":
            # The method of a copy: every in-place method has the same meaning there.
            target = _OnCopy(target)
            return self._as_function(node, target, args, kwargs)
        elif target in capture.INPLACE_OPERATORS.values():
            target = getattr(operator, target.__name__[1:])
        elif kwargs.get("inplace"):
            kwargs["inplace"] = False
        else:
            return self._as_function(node, _FunctionOnCopy(target), args, kwargs)
        return target, args, kwargs

    @staticmethod
    def _as_function(node, target, args, kwargs):
        node.op = "call_function"
        return target, args, kwargs

    def _name(self, node):
        return self.names.get(node.name, node.name)

    def _references(self, arguments):
        return fx.node.map_arg(arguments, lambda node: Reference(self._name(node)))

    def _input(self, node, position=0, name="input"):
        source = capture.argument(node, position, name)
        if not isinstance(source, fx.Node):
            raise _Left("the input is not a tensor of the graph")
        return self._name(source)

    # ---- modules

    def _call_module(self, node):
        module = capture.module_of(node, self.root)
        kind = type(module)
        if capture.has_hooks(module):
            raise _Left("module has hooks")
        if capture.is_parametrized(module):
            raise _Left("module is parametrized")
        if kind not in _MODULES:
            raise _Left(f"{kind.__name__} is not covered")
        if len(node.args) != 1 or node.kwargs:
            raise _Left("unusual arguments")
        tensors = list(module._parameters.values()) + list(module._buffers.values())
        for tensor in tensors:
            if tensor is not None and tensor.is_floating_point() and tensor.dtype not in _DTYPES:
                raise _Left(f"data type {tensor.dtype}")
        found = _MODULES[kind](self, node, module)
        if not isinstance(found, str) and tensors:
            self.module_of[found.output] = node.target
            if self.calls[id(module)] > 1:
                self.unfusable[found.output] = "module is shared: it is called more than once"
            elif any(self.shared.get(t.data_ptr(), 0) > 1 for t in tensors if t is not None and t.numel()):
                self.unfusable[found.output] = "weight is shared with another module"
        return found

    def _conv(self, node, module):
        if module.padding_mode != "zeros":
            raise _Left(f"padding mode {module.padding_mode}")
        if isinstance(module.padding, str):
            left, right, top, bottom = module._reversed_padding_repeated_twice
        else:
            top, left = module.padding
            bottom, right = top, left
        weight = module.weight.detach()
        return Convolution(
            node.name, (self._input(node),), weight=weight, bias=_detached(module.bias), stride=pair(module.stride),
            padding=(top, bottom, left, right), dilation=pair(module.dilation), groups=module.groups,
            weight_channels_last=not weight.is_contiguous() and weight.is_contiguous(memory_format=torch.channels_last))

    def _linear(self, node, module):
        return Linear(node.name, (self._input(node),), weight=module.weight.detach(), bias=_detached(module.bias))

    def _batch_norm(self, node, module):
        if module.running_mean is None or module.running_var is None:
            raise _Left("batch norm has no running statistics")
        if module.training:
            raise _Left("batch norm is in training mode")
        return BatchNorm(
            node.name, (self._input(node),), mean=module.running_mean.detach(), variance=module.running_var.detach(),
            scale=_detached(module.weight), shift=_detached(module.bias), epsilon=module.eps)

    def _activation(self, node, activation, position=0):
        return Elementwise(node.name, (self._input(node, position),), activation=activation)

    def _dropout(self, node, module):
        if module.training:
            raise _Left("dropout is in training mode")
        return self._input(node)

    def _flatten_module(self, node, module):
        return self._flatten(node, module.start_dim, module.end_dim)

    def _flatten(self, node, start, end):
        if start != 1 or end != -1:
            raise _Left("flattens other dimensions than 1 to the last")
        return Flatten(node.name, (self._input(node),))

    def _max_pool(self, node, kernel, stride, padding, dilation, ceil, indices):
        if indices:
            raise _Left("returns indices")
        kernel = pair(kernel)
        return Pooling(node.name, (self._input(node),), mode="max", kernel=kernel, stride=pair(stride) if stride else kernel,
                       padding=pair(padding), dilation=pair(dilation), ceil=bool(ceil))

    def _avg_pool(self, node, kernel, stride, padding, ceil, include, divisor):
        if divisor is not None:
            raise _Left("divisor_override")
        kernel = pair(kernel)
        return Pooling(node.name, (self._input(node),), mode="average" if include else "average_exclude", kernel=kernel,
                       stride=pair(stride) if stride else kernel, padding=pair(padding), ceil=bool(ceil))

    def _adaptive(self, node, size):
        size = (size, size) if isinstance(size, int) or size is None else tuple(size)
        if any(not isinstance(extent, int) for extent in size):
            raise _Left("output size depends on the input")
        return AdaptivePooling(node.name, (self._input(node),), size=size)

    # ---- functions and methods

    def _call_function(self, node):
        name = getattr(node.target, "__name__", "")
        if node.target is F.max_pool2d or node.target is torch.nn.functional.max_pool2d_with_indices:
            name = "max_pool2d"
        elif name == "fn":
            raise _Left("not covered")
        home = getattr(node.target, "__module__", "") or ""
        if not (home.startswith("torch") or home == "_operator"):
            raise _Left("not a function of torch")
        if node.kwargs.get("out") is not None:
            raise _Left("out= is given")
        return self._by_name(node, name)

    def _call_method(self, node):
        return self._by_name(node, node.target)

    def _by_name(self, node, name):
        name = name.rstrip("_") if not name.startswith("__") else name
        handler = _FUNCTIONS.get(name)
        if handler is None:
            raise _Left(f"{name} is not covered")
        return handler(self, node)

    def _binary(self, node, multiply):
        first, second = capture.argument(node, 0, "input"), capture.argument(node, 1, "other")
        if not (isinstance(first, fx.Node) and isinstance(second, fx.Node)):
            raise _Left("one operand is a number")
        if not multiply and node.kwargs.get("alpha", 1) != 1:
            raise _Left("alpha is not 1")
        return Binary(node.name, (self._name(first), self._name(second)), multiply=multiply)

    def _mean(self, node):
        dims = capture.argument(node, 1, "dim")
        keep = capture.argument(node, 2, "keepdim", False)
        dims = sorted(d % 4 for d in dims) if isinstance(dims, (list, tuple)) and all(isinstance(d, int) for d in dims) else None
        if dims != [2, 3] or node.kwargs.get("dtype") is not None:
            raise _Left("a mean over other dimensions than height and width")
        if any(d < 0 for d in capture.argument(node, 1, "dim")) and sorted(capture.argument(node, 1, "dim")) != [-2, -1]:
            raise _Left("mixed dimensions")
        return GlobalMean(node.name, (self._input(node),), keep=bool(keep))

    def _softmax(self, node, dim, logarithm):
        if not isinstance(dim, int) or node.kwargs.get("dtype") is not None:
            raise _Left("dimension or data type is not plain")
        return Softmax(node.name, (self._input(node),), dim=dim, logarithm=logarithm)

    def _view(self, node):
        """``x.view(x.size(0), -1)`` is a flattening."""
        sizes = node.args[1:] if not isinstance(capture.argument(node, 1, "shape"), (list, tuple)) else tuple(node.args[1])
        if len(sizes) == 2 and sizes[1] == -1 and self._is_batch(sizes[0], node.args[0]):
            return Flatten(node.name, (self._input(node),))
        raise _Left("another shape than (batch, -1)")

    @staticmethod
    def _is_batch(size, source):
        if not isinstance(size, fx.Node):
            return False
        if size.op == "call_method" and size.target == "size":
            return size.args == (source, 0)
        if size.op == "call_function" and size.target is operator.getitem and size.args[1] == 0:
            shape = size.args[0]
            return isinstance(shape, fx.Node) and (
                (shape.target is getattr and shape.args == (source, "shape")) or (shape.target == "size" and shape.args == (source,)))
        return False

    def _clip(self, node, names=("min", "max"), defaults=(None, None)):
        low = capture.argument(node, 1, names[0], defaults[0])
        high = capture.argument(node, 2, names[1], defaults[1])
        if not all(value is None or isinstance(value, (int, float)) for value in (low, high)) or (low is None and high is None):
            raise _Left("bounds are not numbers")
        return self._activation(node, clip(low, high))


def clip(low, high):
    """min(max(x, low), high) with None for no bound; max(x, 0) is relu."""
    if low == 0 and high is None:
        return Activation("relu")
    return Activation("clip", float("-inf") if low is None else float(low), float("inf") if high is None else float(high))


class _Left(Exception):
    """torch keeps the node; the text is the reason."""


class _OnCopy:
    """An in-place method, applied to a copy."""

    def __init__(self, method):
        self.method = method
        self.__name__ = method

    def __call__(self, tensor, *args, **kwargs):
        return getattr(tensor.clone(), self.method)(*args, **kwargs)


class _FunctionOnCopy:
    """An in-place function, applied to a copy."""

    def __init__(self, function):
        self.function = function

    def __call__(self, tensor, *args, **kwargs):
        return self.function(tensor.clone(), *args, **kwargs)


def _detached(tensor):
    return None if tensor is None else tensor.detach()


def _shared_tensors(root):
    """How many modules hold each weight, by address."""
    count = {}
    for module in root.modules():
        for tensor in [*module._parameters.values(), *module._buffers.values()]:
            if tensor is not None and tensor.device.type == "cpu" and tensor.layout == torch.strided:
                count[tensor.data_ptr()] = count.get(tensor.data_ptr(), 0) + 1
    return count


def _module_max_pool(b, n, m):
    return b._max_pool(n, m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode, m.return_indices)


def _module_avg_pool(b, n, m):
    return b._avg_pool(n, m.kernel_size, m.stride, m.padding, m.ceil_mode, m.count_include_pad, m.divisor_override)


_MODULES = {
    nn.Conv2d: Builder._conv,
    nn.Linear: Builder._linear,
    nn.BatchNorm2d: Builder._batch_norm,
    nn.BatchNorm1d: Builder._batch_norm,
    nn.ReLU: lambda b, n, m: b._activation(n, Activation("relu")),
    nn.ReLU6: lambda b, n, m: b._activation(n, Activation("clip", 0.0, 6.0)),
    nn.Hardtanh: lambda b, n, m: b._activation(n, Activation("clip", float(m.min_val), float(m.max_val))),
    nn.LeakyReLU: lambda b, n, m: b._activation(n, Activation("leaky_relu", float(m.negative_slope))),
    nn.MaxPool2d: _module_max_pool,
    nn.AvgPool2d: _module_avg_pool,
    nn.AdaptiveAvgPool2d: lambda b, n, m: b._adaptive(n, m.output_size),
    nn.Flatten: Builder._flatten_module,
    nn.Softmax: lambda b, n, m: b._softmax(n, m.dim, False),
    nn.LogSoftmax: lambda b, n, m: b._softmax(n, m.dim, True),
    nn.Dropout: Builder._dropout,
    nn.Dropout2d: Builder._dropout,
    nn.Identity: lambda b, n, m: b._input(n),
}

_arg = capture.argument


def _function_dropout(b, n):
    if _arg(n, 2, "training", True) or n.op == "call_method":
        raise _Left("dropout is in training mode")
    return b._input(n)


_FUNCTIONS = {
    "relu": lambda b, n: b._activation(n, Activation("relu")),
    "relu6": lambda b, n: b._activation(n, Activation("clip", 0.0, 6.0)),
    "leaky_relu": lambda b, n: b._activation(n, Activation("leaky_relu", float(_arg(n, 1, "negative_slope", 0.01)))),
    "hardtanh": lambda b, n: b._clip(n, ("min_val", "max_val"), (-1.0, 1.0)),
    "clamp": lambda b, n: b._clip(n),
    "clip": lambda b, n: b._clip(n),
    "add": lambda b, n: b._binary(n, False),
    "iadd": lambda b, n: b._binary(n, False),
    "mul": lambda b, n: b._binary(n, True),
    "imul": lambda b, n: b._binary(n, True),
    "multiply": lambda b, n: b._binary(n, True),
    "flatten": lambda b, n: b._flatten(n, _arg(n, 1, "start_dim", 0), _arg(n, 2, "end_dim", -1)),
    "view": Builder._view,
    "reshape": Builder._view,
    "mean": Builder._mean,
    "softmax": lambda b, n: b._softmax(n, _arg(n, 1, "dim"), False),
    "log_softmax": lambda b, n: b._softmax(n, _arg(n, 1, "dim"), True),
    "dropout": _function_dropout,
    "max_pool2d": lambda b, n: b._max_pool(n, _arg(n, 1, "kernel_size"), _arg(n, 2, "stride"), _arg(n, 3, "padding", 0),
                                           _arg(n, 4, "dilation", 1), _arg(n, 5, "ceil_mode", False), n.kwargs.get("return_indices")),
    "avg_pool2d": lambda b, n: b._avg_pool(n, _arg(n, 1, "kernel_size"), _arg(n, 2, "stride"), _arg(n, 3, "padding", 0),
                                           _arg(n, 4, "ceil_mode", False), _arg(n, 5, "count_include_pad", True),
                                           _arg(n, 6, "divisor_override")),
    "adaptive_avg_pool2d": lambda b, n: b._adaptive(n, _arg(n, 1, "output_size")),
}
