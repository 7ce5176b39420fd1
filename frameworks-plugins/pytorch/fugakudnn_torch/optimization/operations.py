"""The operations of an optimised network.

Each says three things: which values it reads and makes, how torch computes it (``torch``: the definition, and what runs where
the library declines a shape), and how the library computes it (``lower``).
"""
import dataclasses
from typing import Optional

import torch
import torch.nn.functional as F

from ..shapes import Declined, pool_extent


@dataclasses.dataclass(frozen=True)
class Activation:
    """A function of one variable that another operation can apply to its result: ``relu``, ``leaky_relu`` or ``clip``."""

    kind: str
    alpha: float = 0.0
    beta: float = 0.0

    def torch(self, value):
        if self.kind == "relu":
            return F.relu(value)
        if self.kind == "leaky_relu":
            return F.leaky_relu(value, self.alpha)
        return torch.clamp(value, self.alpha, self.beta)


def activated(value, activation):
    """The value, or its activation."""
    return value if activation is None else activation.torch(value)


@dataclasses.dataclass
class Operation:
    """``output`` is made from ``inputs``, which are names of values."""

    output: str
    inputs: tuple

    native = True
    fuses_activation = False


class _Packed:
    """Packed weights stay behind when an operation is copied: they belong to a process and an instruction set."""

    def __getstate__(self):
        return {**self.__dict__, "packed": {}}


@dataclasses.dataclass
class Convolution(_Packed, Operation):
    """activation(conv2d(inputs[0]) + bias (+ inputs[1])); ``padding`` is top, bottom, left, right."""

    weight: torch.Tensor = None
    bias: Optional[torch.Tensor] = None
    stride: tuple = (1, 1)
    padding: tuple = (0, 0, 0, 0)
    dilation: tuple = (1, 1)
    groups: int = 1
    activation: Optional[Activation] = None
    weight_channels_last: bool = False
    packed: dict = dataclasses.field(default_factory=dict, repr=False, compare=False)

    fuses_activation = True
    kind = "convolution"

    def torch(self, source, residual=None):
        top, bottom, left, right = self.padding
        if top == bottom and left == right:
            padding = (top, left)
        else:
            source, padding = F.pad(source, (left, right, top, bottom)), 0
        value = F.conv2d(source, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)
        return activated(value if residual is None else value + residual, self.activation)

    def lower(self, plan, source, residual=None):
        if len(source.shape) != 4 or source.shape[1] != self.weight.shape[1] * self.groups:
            raise Declined("input must have 4 dimensions and the weight's channels")
        batch, _, height, width = source.shape
        top, bottom, left, right = self.padding
        out_height = pool_extent(height, self.weight.shape[2], self.stride[0], top + bottom, self.dilation[0])
        out_width = pool_extent(width, self.weight.shape[3], self.stride[1], left + right, self.dilation[1])
        out = (batch, self.weight.shape[0], out_height, out_width)
        if min(out) <= 0 or min(source.shape) <= 0:
            raise Declined("no elements")
        if residual is not None and residual.shape != out:
            raise Declined("the residual is broadcast")
        result = plan.value(out, source.channels_last or self.weight_channels_last)
        plan.convolution(self, source, residual, result)
        return result


@dataclasses.dataclass
class Linear(_Packed, Operation):
    """activation(inputs[0] · weightᵀ + bias (+ inputs[1]))."""

    weight: torch.Tensor = None
    bias: Optional[torch.Tensor] = None
    activation: Optional[Activation] = None
    packed: dict = dataclasses.field(default_factory=dict, repr=False, compare=False)

    fuses_activation = True
    kind = "linear"

    def torch(self, source, residual=None):
        value = F.linear(source, self.weight, self.bias)
        return activated(value if residual is None else value + residual, self.activation)

    def lower(self, plan, source, residual=None):
        if len(source.shape) != 2 or source.shape[1] != self.weight.shape[1]:
            raise Declined("input must have 2 dimensions and the weight's features")
        out = (source.shape[0], self.weight.shape[0])
        if min(out) <= 0 or source.shape[1] <= 0:
            raise Declined("no elements")
        if residual is not None and residual.shape != out:
            raise Declined("the residual is broadcast")
        result = plan.value(out, False)
        plan.linear(self, source, residual, result)
        return result


@dataclasses.dataclass
class BatchNorm(Operation):
    """Batch normalisation with running statistics."""

    mean: torch.Tensor = None
    variance: torch.Tensor = None
    scale: Optional[torch.Tensor] = None
    shift: Optional[torch.Tensor] = None
    epsilon: float = 1e-5
    activation: Optional[Activation] = None

    fuses_activation = True
    kind = "batch_norm"

    def torch(self, source):
        return activated(F.batch_norm(source, self.mean, self.variance, self.scale, self.shift, False, 0.0, self.epsilon),
                         self.activation)

    def lower(self, plan, source):
        if len(source.shape) not in (2, 4) or source.shape[1] != self.mean.numel() or min(source.shape) <= 0:
            raise Declined("input must have 2 or 4 dimensions and the statistics' channels")
        result = plan.value(source.shape, source.channels_last)
        plan.batch_norm(self, source, result)
        return result


@dataclasses.dataclass
class Elementwise(Operation):
    """An activation by itself."""

    activation: Activation = None

    kind = "activation"

    def torch(self, source):
        return self.activation.torch(source)

    def lower(self, plan, source):
        if min(source.shape, default=0) <= 0 or len(source.shape) not in (2, 4):
            raise Declined("input must have 2 or 4 dimensions and elements")
        result = plan.value(source.shape, source.channels_last)
        plan.eltwise(self.activation, source, result)
        return result


@dataclasses.dataclass
class Binary(Operation):
    """activation(inputs[0] + inputs[1]), or their product."""

    multiply: bool = False
    activation: Optional[Activation] = None

    fuses_activation = True
    kind = "binary"

    def torch(self, first, second):
        return activated(first * second if self.multiply else first + second, self.activation)

    def lower(self, plan, first, second):
        if first.shape != second.shape or len(first.shape) not in (2, 4) or min(first.shape) <= 0:
            raise Declined("shapes must be equal, with 2 or 4 dimensions and elements")
        result = plan.value(first.shape, first.channels_last)
        plan.binary(self, first, second, result)
        return result


@dataclasses.dataclass
class Pooling(Operation):
    """Windows: ``max``, ``average`` (padding counts) or ``average_exclude``; kernel None is the whole image."""

    mode: str = "max"
    kernel: Optional[tuple] = None
    stride: Optional[tuple] = None
    padding: tuple = (0, 0)
    dilation: tuple = (1, 1)
    ceil: bool = False

    kind = "pooling"

    def torch(self, source):
        if self.kernel is None:
            return F.adaptive_avg_pool2d(source, 1)
        if self.mode == "max":
            return F.max_pool2d(source, self.kernel, self.stride, self.padding, self.dilation, self.ceil)
        return F.avg_pool2d(source, self.kernel, self.stride, self.padding, self.ceil, self.mode == "average")

    def lower(self, plan, source):
        if len(source.shape) != 4 or min(source.shape) <= 0:
            raise Declined("input must have 4 dimensions and elements")
        kernel = self.kernel or tuple(source.shape[2:])
        stride = self.stride or kernel
        if any(2 * pad > size for pad, size in zip(self.padding, kernel)):
            raise Declined("padding must be at most half the window")
        size = [pool_extent(source.shape[2 + i], kernel[i], stride[i], 2 * self.padding[i], self.dilation[i],
                            self.padding[i] if self.ceil else None) for i in (0, 1)]
        out = (source.shape[0], source.shape[1], *size)
        if min(out) <= 0:
            raise Declined("the window does not fit")
        result = plan.value(out, source.channels_last)
        plan.pooling(self.mode, kernel, stride, self.padding, self.dilation, source, result)
        return result


@dataclasses.dataclass
class AdaptivePooling(Operation):
    """Adaptive average pooling to ``size``, by windows of equal size."""

    size: tuple = (1, 1)

    kind = "pooling"

    def torch(self, source):
        return F.adaptive_avg_pool2d(source, self.size)

    def lower(self, plan, source):
        if len(source.shape) != 4 or min(source.shape) <= 0 or min(self.size) <= 0:
            raise Declined("input must have 4 dimensions and elements")
        if source.shape[2] % self.size[0] or source.shape[3] % self.size[1]:
            raise Declined("windows differ in size")
        kernel = (source.shape[2] // self.size[0], source.shape[3] // self.size[1])
        result = plan.value((*source.shape[:2], *self.size), source.channels_last)
        plan.pooling("average", kernel, kernel, (0, 0), (1, 1), source, result)
        return result


@dataclasses.dataclass
class GlobalMean(Operation):
    """The mean over height and width; ``keep`` them as dimensions of size 1.  Contiguous, whatever the input is."""

    keep: bool = False

    kind = "pooling"

    def torch(self, source):
        return source.mean((2, 3), self.keep)

    def lower(self, plan, source):
        if len(source.shape) != 4 or min(source.shape) <= 0:
            raise Declined("input must have 4 dimensions and elements")
        pooled = plan.value((*source.shape[:2], 1, 1), False)
        kernel = tuple(source.shape[2:])
        plan.pooling("average", kernel, kernel, (0, 0), (1, 1), source, pooled)
        return pooled if self.keep else plan.reshaped(pooled, tuple(source.shape[:2]))


@dataclasses.dataclass
class Flatten(Operation):
    """All dimensions behind the first become one."""

    kind = "flatten"

    def torch(self, source):
        return torch.flatten(source, 1)

    def lower(self, plan, source):
        if len(source.shape) == 2:
            return plan.reshaped(source, source.shape)
        if len(source.shape) != 4 or min(source.shape) <= 0:
            raise Declined("input must have 2 or 4 dimensions and elements")
        batch, channels, height, width = source.shape
        if height * width > 1:
            source = plan.channels_first(source)
        return plan.reshaped(source, (batch, channels * height * width))


@dataclasses.dataclass
class Softmax(Operation):
    """Softmax, or its logarithm, over the last of two dimensions."""

    dim: int = 1
    logarithm: bool = False

    kind = "softmax"

    def torch(self, source):
        return (F.log_softmax if self.logarithm else F.softmax)(source, self.dim)

    def lower(self, plan, source):
        if len(source.shape) != 2 or self.dim not in (1, -1) or min(source.shape) <= 0:
            raise Declined("input must have 2 dimensions, and the last one be the axis")
        result = plan.value(source.shape, False)
        plan.softmax(self.logarithm, source, result)
        return result


@dataclasses.dataclass
class Opaque(Operation):
    """A node of the traced graph that torch runs: ``args`` and ``kwargs`` hold `Reference`s where values go."""

    op: str = ""
    target: object = None
    args: tuple = ()
    kwargs: dict = dataclasses.field(default_factory=dict)

    native = False
    kind = "torch"

    def __getstate__(self):
        # torch.nn.functional's dispatching functions are closures; they are found again by name.
        names = [name for name, value in vars(F).items() if value is self.target]
        named = bool(names) and "<locals>" in getattr(self.target, "__qualname__", "")
        return {**self.__dict__, "target": _Functional(names[0]) if named else self.target}

    def __setstate__(self, state):
        self.__dict__.update(state)
        if isinstance(self.target, _Functional):
            self.target = getattr(F, self.target.name)


@dataclasses.dataclass(frozen=True)
class _Functional:
    """A function of torch.nn.functional, by name."""

    name: str


@dataclasses.dataclass(frozen=True)
class Reference:
    """Stands for a value in an `Opaque` operation's arguments."""

    name: str
