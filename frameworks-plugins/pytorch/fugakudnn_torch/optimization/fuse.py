"""Folds batch norm into weights, and additions and activations into the operation before them.

A value can be absorbed by its reader only if that is its one reader: the graph's result counts as a reader.
"""
import torch

from .operations import BatchNorm, Binary, Convolution, Elementwise, Linear, Reference

_WEIGHTED = (Convolution, Linear)


class Fuser:
    """Rewrites ``operations`` until nothing more can be fused."""

    def __init__(self, builder, pinned_names, report):
        self.operations, self.result = builder.operations, builder.result
        self.unfusable, self.report, self.pinned = builder.unfusable, report, pinned_names
        self.order = {}

    def run(self):
        """All rewritings; returns the new list."""
        self._drop_unread()
        for rewrite in (self._fold_batch_norm, self._absorb_activation, self._absorb_addition, self._absorb_activation):
            for operation in list(self.operations):
                rewrite(operation)
        return self.operations

    # ---- the graph

    def _readers(self, name):
        readers = [operation for operation in self.operations if name in operation.inputs]
        return readers + ["the result"] * (name in names_in(self.result))

    def _producer(self, name):
        return next((operation for operation in self.operations if operation.output == name), None)

    def _drop_unread(self):
        """Sizes that only served a flattening, and the like."""
        for operation in reversed(list(self.operations)):
            pure = operation.native or operation.op in ("get_attr",) or operation.target in (getattr, "size") or (
                getattr(operation.target, "__name__", "") == "getitem")
            if pure and not self._readers(operation.output):
                self.operations.remove(operation)
                self.report.torch = [entry for entry in self.report.torch if entry[0] != operation.output]

    def _only_reader(self, producer, reader, what):
        """Whether nobody else reads the producer's value; says why not in the report."""
        others = [other for other in self._readers(producer.output) if other is not reader]
        if others or reader.inputs.count(producer.output) > 1:
            name = getattr(others[0], "output", others[0]) if others else reader.output
            self.report.decline(producer.output, f"{what}: the intermediate has another consumer, {name}")
            return False
        return True

    def _replace(self, producer, reader):
        """The producer takes the reader's place in the order and its name."""
        self.operations.remove(producer)
        self.operations[self.operations.index(reader)] = producer
        producer.output = reader.output

    # ---- rewritings

    def _fold_batch_norm(self, norm):
        if not isinstance(norm, BatchNorm):
            return
        producer = self._producer(norm.inputs[0])
        if not isinstance(producer, _WEIGHTED):
            return
        if isinstance(producer, Linear):
            # Whether features are the channels depends on the rank of the input, which nobody knows yet.
            return self.report.decline(norm.output, "batch norm not folded: only into convolutions")
        for operation in (producer, norm):
            if operation.output in self.unfusable:
                return self.report.decline(operation.output, "batch norm not folded: " + self.unfusable[operation.output])
        if producer.output in self.pinned or norm.output in self.pinned:
            return self.report.decline(norm.output, "batch norm not folded: shares memory with an in-place operation")
        if norm.mean.numel() != producer.weight.shape[0] or norm.mean.dtype != producer.weight.dtype:
            return self.report.decline(norm.output, "batch norm not folded: channels or data types differ")
        if not self._only_reader(producer, norm, "batch norm not folded"):
            return
        name = producer.output
        fold(producer, norm)
        producer.activation = norm.activation
        self._replace(producer, norm)
        self.report.fuse(name, f"batch norm {norm.output} folded")

    def _absorb_activation(self, activation):
        if not isinstance(activation, Elementwise) or activation not in self.operations:
            return
        producer = self._producer(activation.inputs[0])
        if producer is None or not producer.fuses_activation or producer.activation is not None:
            return
        what = f"{activation.activation.kind} not fused"
        if producer.output in self.unfusable:
            return self.report.decline(producer.output, f"{what}: {self.unfusable[producer.output]}")
        if not self._only_reader(producer, activation, what):
            return
        name = producer.output
        producer.activation = activation.activation
        self._replace(producer, activation)
        self.report.fuse(name, f"{activation.activation.kind} {activation.output}")

    def _absorb_addition(self, addition):
        if not isinstance(addition, Binary) or addition.multiply or addition.inputs[0] == addition.inputs[1]:
            return
        candidates = [self._producer(name) for name in addition.inputs]
        candidates = [c for c in candidates if isinstance(c, _WEIGHTED) and len(c.inputs) == 1 and c.activation is None]
        # The one computed last: its input is the least likely to be needed for longer.
        for producer in sorted(candidates, key=self.operations.index, reverse=True):
            if producer.output in self.unfusable:
                self.report.decline(producer.output, "addition not fused: " + self.unfusable[producer.output])
            elif producer.inputs[0] in self.pinned:
                self.report.decline(producer.output, "addition not fused: its input is changed in place")
            elif self._only_reader(producer, addition, "addition not fused"):
                other = addition.inputs[1] if addition.inputs[0] == producer.output else addition.inputs[0]
                name = producer.output
                producer.inputs = (producer.inputs[0], other)
                producer.activation = addition.activation
                self._replace(producer, addition)
                self.report.fuse(name, f"residual {other} of {addition.output}")
                return


def names_in(result):
    """The names of all values in a nest of tuples, lists and dictionaries."""
    if isinstance(result, Reference):
        return {result.name}
    if isinstance(result, dict):
        return set().union(*map(names_in, result.values())) if result else set()
    if isinstance(result, slice):
        return names_in((result.start, result.stop, result.step))
    if isinstance(result, (tuple, list)):
        return set().union(*map(names_in, result)) if result else set()
    return set()


def fold(producer, norm):
    """Scales the producer's weight and bias by a batch norm, in float64, rounded once.

    (w·x + b - mean)·f + shift with f = scale / √(variance + epsilon) is (w·f)·x + (b - mean)·f + shift.
    """
    dtype = producer.weight.dtype
    factor = 1 / torch.sqrt(norm.variance.double() + norm.epsilon)
    if norm.scale is not None:
        factor = factor * norm.scale.double()
    bias = producer.bias.double() if producer.bias is not None else torch.zeros_like(factor)
    bias = (bias - norm.mean.double()) * factor
    if norm.shift is not None:
        bias = bias + norm.shift.double()
    shape = (-1,) + (1,) * (producer.weight.dim() - 1)
    producer.weight = (producer.weight.double() * factor.reshape(shape)).to(dtype)
    producer.bias = bias.to(dtype)
