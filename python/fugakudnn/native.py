"""The C ABI as Python sees it: primitives, packed weights, memory.  For plug-ins; NumPy users call `fugakudnn.conv2d` and so on.

A `Primitive` is executed on addresses.  Nobody here checks that memory behind an address is large enough: callers do.
"""
import ctypes
import os
import threading
import weakref

from . import _signatures
from ._library import check, lib

F32, F64, S32, S8, U8, S64 = 1, 2, 3, 4, 5, 6
NHWC, NCHW = 0, 1
OIHW, OHWI, HWIO = 0, 1, 2
ADD, MULTIPLY = 0, 1
POOLING = {"max": 0, "average": 1, "average_exclude": 2}
ACTIVATION = {None: 0, "none": 0, "relu": 1, "leaky_relu": 2, "clip": 3, "linear": 4, "exp": 5}
NO_ACTIVATION = (0, 0.0, 0.0)

# Places of the pointers in fdnn_arguments, in words of 8 bytes.
_WORDS = {name: index for index, (name, _) in enumerate(_signatures.Arguments._fields_)}
SOURCE, SOURCE1, WEIGHTS, PACKED_WEIGHTS, BIAS, SCALE, SHIFT, MEAN, VARIANCE, RESIDUAL, DESTINATION, WORKSPACE, SCRATCH = (
    _WORDS[name] for name in ("src", "src1", "weights", "packed_weights", "bias", "scale", "shift", "mean", "variance",
                              "residual", "dst", "workspace", "scratch"))
ARGUMENT_WORDS = ctypes.sizeof(_signatures.Arguments) // 8
STEP_WORDS = ctypes.sizeof(_signatures.Step) // 8



def _on_addresses(name, *arguments):
    """An export that takes addresses as plain integers: quicker to call."""
    function = lib[name]
    function.restype, function.argtypes = ctypes.c_int32, arguments
    return function


#: ``execute(handle, address of fdnn_arguments)`` gives a status for `check`.
execute = _on_addresses("fdnn_primitive_execute", ctypes.c_uint64, ctypes.c_void_p)
_execute_all = _on_addresses("fdnn_primitives_execute", ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p)


class Arguments:
    """An fdnn_arguments whose words are set by index: ``arguments.words[SOURCE] = address``."""

    __slots__ = ("_buffer", "words", "address")

    def __init__(self):
        self._buffer = (ctypes.c_uint64 * ARGUMENT_WORDS)()
        self.words = memoryview(self._buffer).cast("B").cast("Q")
        self.address = ctypes.addressof(self._buffer)


class _PerThread(threading.local):
    def __init__(self):
        self.arguments = Arguments()


per_thread = _PerThread()


class Primitive:
    """A handle with what can be asked about it; destroyed with the last reference."""

    __slots__ = ("handle", "_finalizer", "__weakref__")

    def __init__(self, handle):
        self.handle = handle
        # At the end of the process the library goes as a whole.
        self._finalizer = weakref.finalize(self, lib.fdnn_primitive_destroy, handle)
        self._finalizer.atexit = False

    def release(self):
        """Gives the handle to somebody else, who destroys it."""
        self._finalizer.detach()
        return self.handle

    def _query(self, what):
        value = ctypes.c_int64()
        check(lib.fdnn_primitive_query(self.handle, what, ctypes.byref(value)))
        return value.value

    scratch_bytes = property(lambda self: self._query(0), doc="Scratch memory an execution needs.")
    packed_weights_bytes = property(lambda self: self._query(1), doc="Size of packed weights; 0: only unpacked ones are read.")
    threads = property(lambda self: self._query(4), doc="Thread count that the plan is made for.")

    def _text(self, function, size):
        buffer = ctypes.create_string_buffer(size)
        check(function(self.handle, buffer, size))
        return buffer.value.decode()

    @property
    def implementation(self):
        """For example ``jit:avx2:brgemm`` or ``portable``."""
        return self._text(lib.fdnn_primitive_implementation, 128)

    @property
    def packed_weights_key(self):
        """Primitives with equal keys can share packed weights."""
        return self._text(lib.fdnn_primitive_packed_key, 256)

    def run(self, pointers):
        """Executes with ``{slot: address}``."""
        arguments = Arguments()
        for slot, address in pointers.items():
            arguments.words[slot] = address or 0
        check(execute(self.handle, arguments.address))


class PackedWeights:
    """Weights in the order that a primitive reads best; freed with the last reference."""

    __slots__ = ("handle", "address", "_finalizer", "__weakref__")

    def __init__(self, handle):
        self.handle = handle
        self._finalizer = weakref.finalize(self, lib.fdnn_weights_destroy, handle)
        self._finalizer.atexit = False
        data = ctypes.c_void_p()
        check(lib.fdnn_weights_data(handle, ctypes.byref(data)))
        self.address = data.value


class Aligned:
    """Uninitialised memory aligned to 256 bytes."""

    __slots__ = ("address", "bytes", "_finalizer", "__weakref__")

    def __init__(self, size):
        pointer = ctypes.c_void_p()
        check(lib.fdnn_memory_allocate(size, ctypes.byref(pointer)))
        self.address, self.bytes = pointer.value, size
        self._finalizer = weakref.finalize(self, lib.fdnn_memory_free, pointer.value)
        self._finalizer.atexit = False


def aligned(size):
    """Memory for activations."""
    return Aligned(size)


def pack_weights(primitive, address):
    """Packs the weights at an address for a primitive; read now, not later."""
    handle = ctypes.c_uint64()
    check(lib.fdnn_weights_pack(primitive.handle, address, ctypes.byref(handle)))
    return PackedWeights(handle.value)


def execute_steps(address, count):
    """Runs ``count`` fdnn_steps at an address."""
    check(_execute_all(address, count, None))


def _create(function, struct, fields):
    desc = struct()
    desc.size = ctypes.sizeof(struct)
    for name, value in fields.items():
        if name == "activation":
            desc.activation.kind, desc.activation.alpha, desc.activation.beta = value
        elif isinstance(value, (tuple, list)):
            array = getattr(desc, name)
            for index, item in enumerate(value):
                array[index] = item
        else:
            setattr(desc, name, int(value) if isinstance(value, bool) else value)
    handle = ctypes.c_uint64()
    check(function(ctypes.byref(desc), ctypes.byref(handle)))
    return Primitive(handle.value)


def convolution(data_type, **fields):
    """A 2-D convolution; fields as in fdnn_convolution_desc."""
    fields = {"stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1, "groups": 1, "activation": NO_ACTIVATION, **fields}
    return _create(lib.fdnn_convolution_create, _signatures.ConvolutionDesc, {"data_type": data_type, **fields})


def matmul(data_type, m, n, k, *, types=None, batch=1, transpose_a=False, transpose_b=False, leading_a=None, leading_b=None,
           leading_c=None, strides=None, has_bias=False, has_residual=False, alpha=1.0, beta=0.0, activation=NO_ACTIVATION):
    """activation(alpha·A·B + bias + beta·residual); leading dimensions and batch strides are dense unless given."""
    leading_a = leading_a or max(m if transpose_a else k, 1)
    leading_b = leading_b or max(k if transpose_b else n, 1)
    leading_c = leading_c or max(n, 1)
    stride_a, stride_b, stride_c = strides or (m * k, k * n, m * n)
    type_a, type_b, type_c = types or (data_type,) * 3
    return _create(lib.fdnn_matmul_create, _signatures.MatmulDesc, {
        "type_a": type_a, "type_b": type_b, "type_c": type_c, "batch": batch, "m": m, "n": n, "k": k,
        "transpose_a": transpose_a, "transpose_b": transpose_b, "lda": leading_a, "ldb": leading_b, "ldc": leading_c,
        "stride_a": stride_a, "stride_b": stride_b, "stride_c": stride_c, "has_bias": has_bias, "has_residual": has_residual,
        "alpha": alpha, "beta": beta, "activation": activation})


def batch_normalization(data_type, **fields):
    """Inference; fields as in fdnn_batch_normalization_desc."""
    fields = {"activation": NO_ACTIVATION, **fields}
    return _create(lib.fdnn_batch_normalization_create, _signatures.BatchNormalizationDesc, {"data_type": data_type, **fields})


def pooling(data_type, **fields):
    """2-D; fields as in fdnn_pooling_desc."""
    fields = {"stride_h": 1, "stride_w": 1, "dilation_h": 1, "dilation_w": 1, **fields}
    return _create(lib.fdnn_pooling_create, _signatures.PoolingDesc, {"data_type": data_type, **fields})


def eltwise(data_type, activation, count):
    """``count`` elements that lie side by side."""
    return _create(lib.fdnn_eltwise_create, _signatures.EltwiseDesc,
                   {"data_type": data_type, "activation": activation, "count": count})


def binary(data_type, kind, sizes, strides_a, strides_b, strides_dst, *, alpha=1.0, activation=NO_ACTIVATION):
    """On strided tensors; a stride of 0 broadcasts an input."""
    return _create(lib.fdnn_binary_create, _signatures.BinaryDesc, {
        "data_type": data_type, "kind": kind, "rank": len(sizes), "alpha": alpha, "sizes": sizes, "strides_a": strides_a,
        "strides_b": strides_b, "strides_dst": strides_dst, "activation": activation})


def softmax(data_type, outer, axis, inner, logarithm=False):
    """Along the middle one of three dense dimensions."""
    return _create(lib.fdnn_softmax_create, _signatures.SoftmaxDesc, {
        "data_type": data_type, "outer": outer, "axis": axis, "inner": inner, "logarithm": logarithm})


def reorder(data_type, sizes, strides_src, strides_dst):
    """A copy between strides."""
    return _create(lib.fdnn_reorder_create, _signatures.ReorderDesc, {
        "data_type": data_type, "rank": len(sizes), "sizes": sizes, "strides_src": strides_src, "strides_dst": strides_dst})


_in_forked_child = False


def in_forked_child():
    """Whether this process was forked from one that had loaded the library; plug-ins fall through there."""
    return _in_forked_child


def _forked():
    global _in_forked_child
    _in_forked_child = True


os.register_at_fork(after_in_child=_forked)
