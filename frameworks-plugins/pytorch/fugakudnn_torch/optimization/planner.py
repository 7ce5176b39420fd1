"""Makes the library's steps for a run of operations, for one set of input shapes."""
import dataclasses

import numpy
import torch

from fugakudnn import native

from ..shapes import Declined, is_channels_last, is_contiguous, parameter, suggests_channels_last
from .memory import Storage, place

_DTYPES = {torch.float32: native.F32, torch.float64: native.F64}
NHWC, NCHW, ANY = "nhwc", "nchw", "any"


@dataclasses.dataclass(eq=False)
class Value:
    """A tensor of a segment. ``order`` is how it lies; ``channels_last`` how torch's own would."""

    shape: tuple
    channels_last: bool
    storage: Storage
    order: str

    @property
    def elements(self):
        count = 1
        for size in self.shape:
            count *= size
        return count

    def first_order(self, other):
        """``other`` where the value lies both ways."""
        return other if self.order == ANY else self.order


def _order(shape, strides):
    if len(shape) != 4:
        return ANY
    last, first = is_channels_last(shape, strides), is_contiguous(shape, strides)
    return ANY if last and first else NHWC if last else NCHW


_LAYOUT = {NHWC: native.NHWC, NCHW: native.NCHW}
_NHWC_AXES = (0, 2, 3, 1)


class Planner:
    """Collects steps; `finish` turns them into a `Program`."""

    def __init__(self, dtype, inputs):
        if dtype not in _DTYPES:
            raise Declined(f"data type {dtype}")
        self.dtype, self.type, self.item = dtype, _DTYPES[dtype], 4 if dtype == torch.float32 else 8
        self.steps, self.over, self.storages, self.keep = [], [], [], []
        self.values, self.nhwc_copies = {}, {}
        self.dense = []
        for index, (name, shape, strides) in enumerate(inputs):
            # What lies in no order that we know is copied by torch before the steps run.
            dense = is_contiguous(shape, strides) or (len(shape) == 4 and is_channels_last(shape, strides))
            suggests = suggests_channels_last(shape, strides)
            self.dense.append(None if dense else torch.channels_last if suggests else torch.contiguous_format)
            order = _order(shape, strides) if dense else (NHWC if suggests else NCHW) if len(shape) == 4 else ANY
            self.values[name] = Value(tuple(shape), suggests, Storage(0, Storage.INPUT, index), order)

    # ---- values

    def value(self, shape, channels_last, order=None):
        """A new value in the arena."""
        value = Value(tuple(shape), channels_last and len(shape) == 4, None, ANY)
        value.storage = Storage(value.elements * self.item)
        self.storages.append(value.storage)
        value.order = order or (NHWC if len(shape) == 4 and shape[1] > 1 and shape[2] * shape[3] > 1 else ANY)
        return value

    def reshaped(self, value, shape):
        """The same memory with another shape."""
        return Value(tuple(shape), False, value.storage, ANY)

    def channels_first(self, value):
        """The value in NCHW order."""
        if value.order in (NCHW, ANY):
            return value
        return self._reordered(value, NCHW)

    def channels_last(self, value):
        """The value in NHWC order."""
        if value.order != NCHW:
            return value
        copy = self.nhwc_copies.get(id(value))
        if copy is None:
            copy = self.nhwc_copies[id(value)] = self._reordered(value, NHWC)
        return copy

    def _reordered(self, value, order):
        result = self.value(value.shape, value.channels_last, order)
        self._reorder(value, result)
        return result

    def _reorder(self, source, result):
        if len(source.shape) != 4 or ANY in (source.order, result.order) or source.order == result.order:
            sizes, strides, other = (source.elements,), (1,), (1,)
        else:
            batch, channels, height, width = source.shape
            sizes = (batch, channels, height * width)
            pixels = height * width
            first, last = (channels * pixels, pixels, 1), (channels * pixels, 1, channels)
            strides, other = (first, last) if source.order == NCHW else (last, first)
        self._step(native.reorder(self.type, sizes, strides, other), {native.SOURCE: source, native.DESTINATION: result})

    # ---- steps

    def _step(self, primitive, operands, constants=(), over=()):
        """A primitive that may write over the operands in the slots ``over``."""
        index = len(self.steps)
        for value in operands.values():
            value.storage.used(index)
        self.keep.append(primitive)
        self.steps.append((primitive, operands, constants))
        self.over.append(over)

    def _write_over_operands(self):
        """Where a step's destination can take the place of an operand, all values there move to the operand's storage."""
        for index, (over, (_, operands, _)) in enumerate(zip(self.over, self.steps)):
            result = operands[native.DESTINATION].storage
            for slot in over:
                storage = operands[slot].storage
                readers = [other for other, value in operands.items() if value.storage is storage]
                if storage.may_become(result, index) and set(readers) <= set(over):
                    storage.last = result.last
                    self._move(result, storage)
                    break

    def _move(self, storage, to):
        self.storages.remove(storage)
        for _, operands, _ in self.steps:
            for value in operands.values():
                if value.storage is storage:
                    value.storage = to

    def _constants(self, **tensors):
        self.keep.extend(tensors.values())
        return [(getattr(native, slot.upper()), tensor.data_ptr()) for slot, tensor in tensors.items() if tensor is not None]

    def convolution(self, op, source, residual, result):
        """Reads NHWC or NCHW, writes NHWC."""
        if residual is not None:
            residual = self.channels_last(residual)
        weight = op.weight
        last = not weight.is_contiguous()
        if last and not weight.is_contiguous(memory_format=torch.channels_last):
            weight, last = op.weight.contiguous(), False
        out_channels, in_channels, kernel_height, kernel_width = weight.shape
        top, bottom, left, right = op.padding
        primitive = native.convolution(
            self.type, src_layout=_LAYOUT[source.first_order(NHWC)], dst_layout=native.NHWC,
            weights_layout=native.OHWI if last else native.OIHW, batch=source.shape[0], in_channels=source.shape[1],
            in_height=source.shape[2], in_width=source.shape[3], out_channels=out_channels, kernel_height=kernel_height,
            kernel_width=kernel_width, stride_h=op.stride[0], stride_w=op.stride[1], dilation_h=op.dilation[0], dilation_w=op.dilation[1],
            pad_top=top, pad_bottom=bottom, pad_left=left, pad_right=right, groups=op.groups, has_bias=op.bias is not None,
            has_residual=residual is not None, activation=_activation(op.activation, self.dtype))
        self._weighted(primitive, op, weight, source, residual, result)

    def linear(self, op, source, residual, result):
        """Row-major everywhere."""
        weight = op.weight.contiguous()
        out_features, in_features = weight.shape
        primitive = native.matmul(
            self.type, m=source.shape[0], n=out_features, k=in_features, transpose_b=True, leading_a=in_features, leading_b=in_features,
            leading_c=out_features, has_bias=op.bias is not None, has_residual=residual is not None, beta=1.0 if residual is not None else 0.0,
            activation=_activation(op.activation, self.dtype))
        self._weighted(primitive, op, weight, source, residual, result)

    def _weighted(self, primitive, op, weight, source, residual, result):
        operands = {native.SOURCE: source, native.DESTINATION: result}
        if residual is not None:
            operands[native.RESIDUAL] = residual
        constants = []
        if primitive.packed_weights_bytes:
            key = primitive.packed_weights_key
            packed = op.packed.get(key)
            if packed is None:
                packed = op.packed[key] = native.pack_weights(primitive, weight.data_ptr())
            self.keep.append(packed)
            constants.append((native.PACKED_WEIGHTS, packed.address))
        else:
            self.keep.append(weight)
            constants.append((native.WEIGHTS, weight.data_ptr()))
        constants += self._constants(bias=op.bias)
        self._step(primitive, operands, constants, over=(native.RESIDUAL,) if residual is not None else ())

    def batch_norm(self, op, source, result):
        """In the order in which the source lies."""
        order = source.first_order(NHWC)
        result.order = result.order if result.order == ANY else order
        spatial = source.shape[2] * source.shape[3] if len(source.shape) == 4 else 1
        primitive = native.batch_normalization(
            self.type, layout=_LAYOUT[order], batch=source.shape[0], channels=source.shape[1], spatial=spatial, epsilon=op.epsilon,
            activation=_activation(op.activation, self.dtype))
        self._step(primitive, {native.SOURCE: source, native.DESTINATION: result},
                   self._constants(mean=op.mean, variance=op.variance, scale=op.scale, shift=op.shift), over=(native.SOURCE,))

    def eltwise(self, activation, source, result):
        """In the order in which the source lies."""
        result.order = source.order
        self._step(native.eltwise(self.type, _activation(activation, self.dtype), source.elements),
                   {native.SOURCE: source, native.DESTINATION: result}, over=(native.SOURCE,))

    def binary(self, op, first, second, result):
        """In NHWC where the two orders differ."""
        if ANY not in (first.order, second.order) and first.order != second.order:
            first, second = self.channels_last(first), self.channels_last(second)
        result.order = first.order if first.order != ANY else second.order
        sizes, strides = (first.elements,), (1,)
        primitive = native.binary(self.type, native.MULTIPLY if op.multiply else native.ADD, sizes, strides, strides, strides,
                                  activation=_activation(op.activation, self.dtype))
        self._step(primitive, {native.SOURCE: first, native.SOURCE1: second, native.DESTINATION: result},
                   over=(native.SOURCE, native.SOURCE1))

    def pooling(self, mode, kernel, stride, padding, dilation, source, result):
        """In the order in which the source lies."""
        order = source.first_order(NHWC)
        result.order = result.order if result.order == ANY else order
        primitive = native.pooling(
            self.type, kind=native.POOLING[mode], layout=_LAYOUT[order], batch=source.shape[0], channels=source.shape[1],
            in_height=source.shape[2], in_width=source.shape[3], out_height=result.shape[2], out_width=result.shape[3],
            kernel_height=kernel[0], kernel_width=kernel[1], stride_h=stride[0], stride_w=stride[1], dilation_h=dilation[0],
            dilation_w=dilation[1], pad_top=padding[0], pad_bottom=padding[0], pad_left=padding[1], pad_right=padding[1])
        self._step(primitive, {native.SOURCE: source, native.DESTINATION: result})

    def softmax(self, logarithm, source, result):
        """Over the last dimension."""
        self._step(native.softmax(self.type, source.shape[0], source.shape[1], 1, logarithm),
                   {native.SOURCE: source, native.DESTINATION: result})

    # ---- the end

    def finish(self, outputs):
        """The program that makes the values named in ``outputs``."""
        templates, taken = [], set()
        for index, name in enumerate(outputs):
            value = self.values[name]
            wanted = NHWC if value.channels_last else NCHW
            storage = value.storage
            if storage.home == Storage.ARENA and id(storage) not in taken and (value.order in (ANY, wanted) or len(value.shape) != 4):
                storage.home, storage.index = Storage.OUTPUT, index
            else:
                fresh = Value(value.shape, value.channels_last, Storage(0, Storage.OUTPUT, index), wanted if len(value.shape) == 4 else ANY)
                self._reorder(value, fresh)
                storage = fresh.storage
            taken.add(id(storage))
            templates.append((value.shape, torch.channels_last if value.channels_last else torch.contiguous_format))
        self._write_over_operands()
        return Program(self, templates)


class Program:
    """The steps of a segment: runs as one call of the library.

    Every field of a step that points into the arena, an input or an output holds an offset until `Frame` adds the base.
    """

    def __init__(self, planner, templates):
        arena = [s for s in planner.storages if s.home == Storage.ARENA and s.first is not None]
        # Scratch is the library's own, kept from call to call: it alone knows what its present plan needs.
        self.arena_bytes = place(arena)
        self.dtype, self.templates, self.dense, self.keep = planner.dtype, templates, planner.dense, planner.keep
        self.words = native.STEP_WORDS
        self.steps = numpy.zeros((max(len(planner.steps), 1), self.words), numpy.uint64)
        self.count = len(planner.steps)
        self.arena_places, self.input_places, self.output_places = [], [[] for _ in planner.dense], [[] for _ in templates]
        for index, (primitive, operands, constants) in enumerate(planner.steps):
            self.steps[index, 0] = primitive.handle
            for slot, value in operands.items():
                self._point(index, slot, value.storage)
            for slot, address in constants:
                self.steps[index, 1 + slot] = address

    def _point(self, index, slot, storage):
        place_of_field = index * self.words + 1 + slot
        if storage.home == Storage.ARENA:
            self.steps[index, 1 + slot] = storage.offset
            self.arena_places.append(place_of_field)
        else:
            (self.input_places if storage.home == Storage.INPUT else self.output_places)[storage.index].append(place_of_field)


class Frame:
    """A program with memory of its own: what one thread runs."""

    def __init__(self, program):
        self.program = program
        self.memory = native.aligned(program.arena_bytes) if program.arena_bytes else None
        self.steps = program.steps.copy()
        self.flat = self.steps.reshape(-1)
        if self.memory is not None:
            self.flat[program.arena_places] += numpy.uint64(self.memory.address)
        self.words = memoryview(self.flat)
        self.address = self.flat.ctypes.data

    def run(self, tensors):
        """The outputs, as new tensors."""
        program, words = self.program, self.words
        alive = []
        for tensor, dense, places in zip(tensors, program.dense, program.input_places):
            if dense is not None:
                tensor = tensor.contiguous(memory_format=dense)
                alive.append(tensor)
            address = tensor.data_ptr()
            for at in places:
                words[at] = address
        outputs = []
        for (shape, memory_format), places in zip(program.templates, program.output_places):
            tensor = torch.empty(shape, dtype=program.dtype, memory_format=memory_format)
            outputs.append(tensor)
            address = tensor.data_ptr()
            for at in places:
                words[at] = address
        native.execute_steps(self.address, program.count)
        return outputs


def _activation(activation, dtype):
    if activation is None:
        return native.NO_ACTIVATION
    return (native.ACTIVATION[activation.kind], parameter(activation.alpha, dtype), parameter(activation.beta, dtype))
