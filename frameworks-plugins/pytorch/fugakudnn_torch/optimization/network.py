"""Runs a list of operations: segments in the library, the rest in torch."""
import dataclasses
import threading
from collections import OrderedDict

import torch

from fugakudnn import FugakuDnnError

from ..shapes import Declined
from .fuse import names_in
from .operations import Flatten, Opaque, Reference
from .planner import Frame, Planner, Program

MOST_SHAPES = 16  # programs a segment keeps per thread; each has an arena


@dataclasses.dataclass
class Segment:
    """Neighbouring operations of one kind: the library's, or torch's."""

    native: bool
    operations: list
    inputs: tuple = ()
    outputs: tuple = ()


def partition(operations, result):
    """Cuts the list into segments and says what each reads and makes."""
    segments = []
    for operation in operations:
        if not segments or segments[-1].native != operation.native:
            segments.append(Segment(operation.native, []))
        segments[-1].operations.append(operation)
    for segment in segments:
        # Reshaping alone is not worth a call, and torch returns a view.
        if segment.native and all(isinstance(operation, Flatten) for operation in segment.operations):
            segment.native = False
    connect(segments, names_in(result))
    return segments


def connect(segments, needed):
    """Sets what each segment reads, and makes for later ones or for ``needed``."""
    for segment in reversed(segments):
        made = {operation.output for operation in segment.operations}
        read = {name for operation in segment.operations for name in operation.inputs}
        segment.outputs = tuple(sorted(made & needed))
        segment.inputs = tuple(sorted(read - made))
        needed = needed | read


class NativeSegment:
    """A segment that the library runs, planned anew for each set of shapes, layouts, and thread count."""

    def __init__(self, segment):
        self.operations, self.inputs, self.outputs = segment.operations, segment.inputs, segment.outputs
        self._forget()

    def _forget(self):
        self.lock = threading.Lock()
        self.programs = OrderedDict()
        self.local = threading.local()

    def __getstate__(self):
        return {"operations": self.operations, "inputs": self.inputs, "outputs": self.outputs}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._forget()

    def run(self, values, context):
        """Adds the segment's outputs to ``values``."""
        if not context.plain:
            TorchSegment(self).run(values, context)
            return
        tensors = [values[name] for name in self.inputs]
        # Strides differ where shapes are equal (NCHW, channels_last), so they are part of the key.
        try:
            key = (context.generation, *((t.shape, t.stride(), t.dtype) for t in tensors))
        except AttributeError:  # x * scale looks alike in the graph, whether scale is a tensor or a number
            key = (context.generation, *(_kind(value) for value in tensors))
        frame = self._frames().get(key)
        if frame is None:
            frame = self._frame(key, tensors, context)
        if isinstance(frame, Frame):
            values.update(zip(self.outputs, frame.run(tensors)))
        else:
            frame.run(values, context)

    def _frames(self):
        try:
            return self.local.frames
        except AttributeError:
            self.local.frames = OrderedDict()
            return self.local.frames

    def _frame(self, key, tensors, context):
        with self.lock:
            program = self.programs.get(key)
            if program is None:
                program = self.programs[key] = self._plan(tensors, context)
                while len(self.programs) > MOST_SHAPES:
                    self.programs.popitem(last=False)
        frames = self._frames()
        frame = frames[key] = Frame(program) if isinstance(program, Program) else program
        while len(frames) > MOST_SHAPES:
            frames.popitem(last=False)
        return frame

    def _plan(self, tensors, context):
        """A program, or, where the library declines an operation's shape, the parts around it."""
        position = 0
        try:
            given = {name: value for name, value in zip(self.inputs, tensors) if isinstance(value, torch.Tensor)}
            dtype = _common_type(given.values())
            planner = Planner(dtype, [(n, tuple(t.shape), t.stride()) for n, t in given.items()])
            for position, operation in enumerate(self.operations):
                if any(name in self.inputs and name not in given for name in operation.inputs):
                    raise Declined("an operand is no tensor")
                weight = getattr(operation, "weight", getattr(operation, "mean", None))
                if weight is not None and weight.dtype != planner.dtype:
                    raise Declined(f"weights are {weight.dtype}, the input {planner.dtype}")
                inputs = [planner.values[name] for name in operation.inputs]
                planner.values[operation.output] = operation.lower(planner, *inputs)
            return planner.finish(self.outputs)
        except (Declined, ValueError, FugakuDnnError) as reason:
            context.declined[self.operations[position].output] = str(reason)
            return _Split(self, position)


class _Split:
    """A native segment in which torch runs one operation."""

    def __init__(self, segment, position):
        before, one, after = (
            segment.operations[:position], segment.operations[position:position + 1], segment.operations[position + 1:])
        cut = [Segment(True, before), Segment(False, one), Segment(True, after)]
        connect(cut, set(segment.outputs))
        self.parts = [NativeSegment(part) if part.native else TorchSegment(part) for part in cut if part.operations]

    def run(self, values, context):
        """As `NativeSegment.run`."""
        for part in self.parts:
            part.run(values, context)


def _kind(value):
    return (value.shape, value.stride(), value.dtype) if isinstance(value, torch.Tensor) else type(value)


def _common_type(tensors):
    """The one data type of all; declines what the library cannot read."""
    dtypes = set()
    for tensor in tensors:
        if tensor.device.type != "cpu" or tensor.layout != torch.strided:
            raise Declined("not a dense CPU tensor")
        dtypes.add(tensor.dtype)
    if len(dtypes) != 1:
        raise Declined("data types differ" if dtypes else "no operand is a tensor")
    return dtypes.pop()


class TorchSegment:
    """A segment that torch runs, node by node."""

    def __init__(self, segment):
        self.operations, self.inputs, self.outputs = segment.operations, segment.inputs, segment.outputs

    def run(self, values, context):
        """Adds the segment's values to ``values``."""
        for operation in self.operations:
            values[operation.output] = self._run_one(operation, values, context)

    def _run_one(self, operation, values, context):
        if not isinstance(operation, Opaque):
            return operation.torch(*(values[name] for name in operation.inputs))
        args, kwargs = resolve(operation.args, values), resolve(operation.kwargs, values)
        if operation.op == "call_function":
            return operation.target(*args, **kwargs)
        if operation.op == "call_method":
            return getattr(args[0], operation.target)(*args[1:], **kwargs)
        target = context.submodule(operation.target)
        return target if operation.op == "get_attr" else target(*args, **kwargs)


def resolve(arguments, values):
    """The arguments with references replaced by values."""
    if isinstance(arguments, Reference):
        return values[arguments.name]
    if isinstance(arguments, dict):
        return {key: resolve(value, values) for key, value in arguments.items()}
    if isinstance(arguments, slice):
        return slice(resolve(arguments.start, values), resolve(arguments.stop, values), resolve(arguments.step, values))
    if isinstance(arguments, (tuple, list)):
        items = [resolve(item, values) for item in arguments]
        return type(arguments)(*items) if hasattr(arguments, "_fields") else type(arguments)(items) if type(arguments) in (
            tuple, list) else tuple(items)
    return arguments
