"""Shape arithmetic and memory formats, as torch defines them."""
import math
import struct

import torch


class Declined(Exception):
    """The library does not do this; torch will. The text is the reason."""


def parameter(value, dtype):
    """A factor, slope or bound as the C ABI takes it, which is float32; in float64 only what is exact there."""
    value = float(value)
    if dtype == torch.float64 and value == value and abs(value) != math.inf and struct.unpack("f", _packed(value))[0] != value:
        raise Declined("a parameter is not exact in float32, the data is float64")
    return value


def _packed(value):
    try:
        return struct.pack("f", value)
    except OverflowError:
        return struct.pack("f", math.inf)


def pool_extent(size, kernel, stride, padding, dilation, ceil_padding=None):
    """Number of windows along one dimension (torch's ``pooling_output_shape``); 0 or less where none fits.

    ``padding`` is that of both ends together; ``ceil_padding`` is the one at the start, given in ceil mode only.
    """
    room = size + padding - dilation * (kernel - 1) - 1
    if ceil_padding is None:
        return room // stride + 1
    extent = -(-room // stride) + 1
    # The last window has to start inside the image or its leading padding.
    return extent - 1 if (extent - 1) * stride >= size + ceil_padding else extent


def contiguous_strides(shape):
    """Strides of a dense row-major tensor."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


def channels_last_strides(shape):
    """Strides of a dense channels-last tensor of rank 4."""
    _, channels, height, width = shape
    return (height * width * channels, 1, width * channels, channels)


def lies_as(shape, strides, wanted):
    """Whether the tensor lies in memory as ``wanted`` says; strides of dimensions of size 1 do not matter."""
    return all(size == 1 or stride == want for size, stride, want in zip(shape, strides, wanted))


def is_contiguous(shape, strides):
    """Whether a tensor is dense and row-major."""
    return 0 in shape or lies_as(shape, strides, contiguous_strides(shape))


def is_channels_last(shape, strides):
    """Whether a tensor of rank 4 is dense with its channels last."""
    return 0 in shape or lies_as(shape, strides, channels_last_strides(shape))


def suggests_channels_last(shape, strides):
    """torch's ``suggest_memory_format() == channels_last`` for rank 4, whose tie-breaking decides outputs' strides."""
    if len(shape) != 4 or strides[1] == 0:
        return False
    least = 0
    for d in (1, 3, 2, 0):
        if shape[d] == 0 or strides[d] < least:
            return False
        if d == 0 and least == strides[1]:
            return False
        least = strides[d] * (shape[d] if shape[d] > 1 else 1)
    return True


def is_dense(shape, strides):
    """Whether every place between the first and the last element holds exactly one element."""
    step = 1
    for stride, size in sorted((stride, size) for size, stride in zip(shape, strides) if size != 1):
        if stride != step:
            return False
        step *= size
    return True
