"""From an ``nn.Module`` to an ``fx.Graph`` in which in-place operations are said, not hidden.

``torch.fx`` records ``y += x`` as an addition and forgets that ``y`` changed.  Our proxies record it, so that
`inplace` can tell where an earlier name of the same memory is read afterwards.
"""
import operator

from torch import fx, nn

INPLACE_OPERATORS = {
    "iadd": operator.iadd, "isub": operator.isub, "imul": operator.imul, "itruediv": operator.itruediv,
    "ifloordiv": operator.ifloordiv, "ipow": operator.ipow, "imod": operator.imod, "imatmul": operator.imatmul,
}


class _Proxy(fx.Proxy):
    """A proxy that records augmented assignments."""


def _augmented(function):
    def method(self, other):
        return self.tracer.create_proxy("call_function", function, (self, other), {})

    return method


for _name, _function in INPLACE_OPERATORS.items():
    setattr(_Proxy, f"__{_name}__", _augmented(_function))


def has_hooks(module):
    """Whether calling the module runs more than its ``forward``."""
    return any(getattr(module, name, None) for name in (
        "_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks"))


def is_parametrized(module):
    """Whether the module's weights are computed at each access (``torch.nn.utils.parametrize``)."""
    return "parametrizations" in getattr(module, "_modules", {})


class _Tracer(fx.Tracer):
    """Stops at ``torch.nn`` modules and at modules that do more than their ``forward``."""

    def proxy(self, node):
        return _Proxy(node, self)

    def is_leaf_module(self, module, qualified_name):
        return super().is_leaf_module(module, qualified_name) or has_hooks(module) or is_parametrized(module)


def trace(model):
    """The model's graph, and the module that its targets are relative to.

    Raises whatever tracing raises where the model's Python depends on values.
    """
    layer = type(model).__module__.startswith("torch.nn") and not isinstance(model, nn.Sequential)
    if layer or has_hooks(model) or is_parametrized(model):
        model = nn.Sequential(model)  # from which it is called, not traced into
    return _Tracer().trace(model), model


def module_of(node, root):
    """The module a call_module node calls."""
    return root.get_submodule(node.target)


def argument(node, position, name, default=None):
    """An argument of a node, positional or by keyword."""
    if len(node.args) > position:
        return node.args[position]
    return node.kwargs.get(name, default)


def is_inplace(node, root):
    """Whether the node changes the memory of its first argument."""
    if node.op == "call_module":
        return bool(getattr(module_of(node, root), "inplace", False))
    if node.op == "call_method":
        return node.target.endswith("_") and not node.target.endswith("__")
    if node.op == "call_function":
        name = getattr(node.target, "__name__", "")
        positional = {"relu": 1, "relu6": 1, "leaky_relu": 2, "hardtanh": 3, "dropout": 3, "elu": 2, "silu": 1, "hardswish": 1,
                      "hardsigmoid": 1, "selu": 1, "celu": 2, "mish": 1, "threshold": 3}
        given = node.kwargs.get("inplace", False) or (
            getattr(node.target, "__module__", "") == "torch.nn.functional"
            and name in positional and len(node.args) > positional[name] and node.args[positional[name]])
        return bool(given) or node.target in INPLACE_OPERATORS.values() or node.kwargs.get("out") is not None or (
            name.endswith("_") and not name.endswith("__"))
    return False
