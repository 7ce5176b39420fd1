"""The C ABI for ctypes. Generated from the exports (Exports/Generate); do not edit."""

import ctypes
import enum

# void (*fdnn_parallel_for)(void* context, int64_t count, void (*body)(void* state, int64_t i), void* state)
ParallelForBody = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)
ParallelFor = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ParallelForBody, ctypes.c_void_p)

class Status(enum.IntEnum):
    """What an entry point of the C ABI returns. The numbers are part of the ABI."""

    SUCCESS = 0
    INVALID_ARGUMENT = 1
    UNSUPPORTED = 2
    OUT_OF_MEMORY = 3
    STALE_HANDLE = 4
    INTERNAL = 5


class Isa(enum.IntEnum):
    """Instruction sets that plans are made for, in ascending order of preference on their own architecture."""

    PORTABLE = 0
    NEON = 1
    AVX2 = 2
    SVE512 = 3
    AVX512 = 4


class DataType(enum.IntEnum):
    """Element types."""

    F32 = 1
    F64 = 2
    S32 = 3
    S8 = 4
    U8 = 5
    S64 = 6


class Layout(enum.IntEnum):
    """Order of a dense activation's dimensions in memory."""

    NHWC = 0
    NCHW = 1


class WeightsLayout(enum.IntEnum):
    """Order of a dense convolution weight's dimensions. I is the number of input channels of one group."""

    OIHW = 0
    OHWI = 1
    HWIO = 2


class Activation(enum.IntEnum):
    """Functions of one variable, alone (eltwise) or fused behind another primitive. The sign of a result that is
    zero is not specified."""

    NONE = 0
    RELU = 1
    LEAKY_RELU = 2
    CLIP = 3
    LINEAR = 4
    EXP = 5


class BinaryKind(enum.IntEnum):
    """Operations on two tensors."""

    ADD = 0
    MULTIPLY = 1


class PoolingKind(enum.IntEnum):
    """Kinds of pooling."""

    MAX = 0
    AVERAGE_INCLUDE_PADDING = 1
    AVERAGE_EXCLUDE_PADDING = 2


class Query(enum.IntEnum):
    """Numbers that a primitive can be asked for. Part of the C ABI."""

    SCRATCH_BYTES = 0
    PACKED_WEIGHTS_BYTES = 1
    CODE_BYTES = 2
    ISA = 3
    THREADS = 4


class TeamMode(enum.IntEnum):
    """Where parallel runs take place."""

    SEQUENTIAL = 0
    OWN = 1
    OPEN_MP = 2
    CALLER_PARALLEL_FOR = 3


class ActivationDesc(ctypes.Structure):
    """An activation with its parameters, applied last by the primitive it is part of."""

    _fields_ = [
        ("kind", ctypes.c_int32),  # Activation
        ("alpha", ctypes.c_float),
        ("beta", ctypes.c_float),
        ("reserved", ctypes.c_int32),
    ]


assert ctypes.sizeof(ActivationDesc) == 16


class BatchNormalizationDesc(ctypes.Structure):
    """Batch normalisation with given statistics."""

    _fields_ = [
        ("size", ctypes.c_uint64),
        ("data_type", ctypes.c_int32),  # DataType
        ("layout", ctypes.c_int32),  # Layout
        ("batch", ctypes.c_int64),
        ("channels", ctypes.c_int64),
        ("spatial", ctypes.c_int64),
        ("epsilon", ctypes.c_double),
        ("activation", ActivationDesc),
    ]


assert ctypes.sizeof(BatchNormalizationDesc) == 64


class BinaryDesc(ctypes.Structure):
    """An operation on two strided tensors."""

    _fields_ = [
        ("size", ctypes.c_uint64),
        ("data_type", ctypes.c_int32),  # DataType
        ("kind", ctypes.c_int32),  # BinaryKind
        ("rank", ctypes.c_int32),
        ("alpha", ctypes.c_float),
        ("sizes", ctypes.c_int64 * 8),
        ("strides_a", ctypes.c_int64 * 8),
        ("strides_b", ctypes.c_int64 * 8),
        ("strides_dst", ctypes.c_int64 * 8),
        ("activation", ActivationDesc),
    ]


assert ctypes.sizeof(BinaryDesc) == 296


class ConvolutionDesc(ctypes.Structure):
    """A 2-D convolution, forward. Destination height = (in_height + pad_top + pad_bottom -
    dilation_h·(kernel_height - 1) - 1) / stride_h + 1, width likewise."""

    _fields_ = [
        ("size", ctypes.c_uint64),
        ("data_type", ctypes.c_int32),  # DataType
        ("src_layout", ctypes.c_int32),  # Layout
        ("dst_layout", ctypes.c_int32),  # Layout
        ("weights_layout", ctypes.c_int32),  # WeightsLayout
        ("batch", ctypes.c_int64),
        ("in_channels", ctypes.c_int64),
        ("in_height", ctypes.c_int64),
        ("in_width", ctypes.c_int64),
        ("out_channels", ctypes.c_int64),
        ("kernel_height", ctypes.c_int64),
        ("kernel_width", ctypes.c_int64),
        ("stride_h", ctypes.c_int64),
        ("stride_w", ctypes.c_int64),
        ("dilation_h", ctypes.c_int64),
        ("dilation_w", ctypes.c_int64),
        ("pad_top", ctypes.c_int64),
        ("pad_bottom", ctypes.c_int64),
        ("pad_left", ctypes.c_int64),
        ("pad_right", ctypes.c_int64),
        ("groups", ctypes.c_int64),
        ("has_bias", ctypes.c_int32),
        ("has_residual", ctypes.c_int32),
        ("activation", ActivationDesc),
    ]


assert ctypes.sizeof(ConvolutionDesc) == 176


class EltwiseDesc(ctypes.Structure):
    """A function of one variable over a dense tensor."""

    _fields_ = [
        ("size", ctypes.c_uint64),
        ("data_type", ctypes.c_int32),  # DataType
        ("reserved", ctypes.c_int32),
        ("activation", ActivationDesc),
        ("count", ctypes.c_int64),
    ]


assert ctypes.sizeof(EltwiseDesc) == 40


class InnerProductDesc(ctypes.Structure):
    """A fully connected layer; all tensors are dense and row-major, weights are out_features × in_features."""

    _fields_ = [
        ("size", ctypes.c_uint64),
        ("data_type", ctypes.c_int32),  # DataType
        ("reserved", ctypes.c_int32),
        ("batch", ctypes.c_int64),
        ("in_features", ctypes.c_int64),
        ("out_features", ctypes.c_int64),
        ("has_bias", ctypes.c_int32),
        ("has_residual", ctypes.c_int32),
        ("activation", ActivationDesc),
    ]


assert ctypes.sizeof(InnerProductDesc) == 64


class MatmulDesc(ctypes.Structure):
    """A batched matrix product of row-major matrices."""

    _fields_ = [
        ("size", ctypes.c_uint64),
        ("type_a", ctypes.c_int32),  # DataType
        ("type_b", ctypes.c_int32),  # DataType
        ("type_c", ctypes.c_int32),  # DataType
        ("reserved", ctypes.c_int32),
        ("batch", ctypes.c_int64),
        ("m", ctypes.c_int64),
        ("n", ctypes.c_int64),
        ("k", ctypes.c_int64),
        ("transpose_a", ctypes.c_int32),
        ("transpose_b", ctypes.c_int32),
        ("lda", ctypes.c_int64),
        ("ldb", ctypes.c_int64),
        ("ldc", ctypes.c_int64),
        ("stride_a", ctypes.c_int64),
        ("stride_b", ctypes.c_int64),
        ("stride_c", ctypes.c_int64),
        ("has_bias", ctypes.c_int32),
        ("has_residual", ctypes.c_int32),
        ("alpha", ctypes.c_float),
        ("beta", ctypes.c_float),
        ("activation", ActivationDesc),
    ]


assert ctypes.sizeof(MatmulDesc) == 144


class PoolingDesc(ctypes.Structure):
    """2-D pooling, forward. Global pooling is a window as large as the image."""

    _fields_ = [
        ("size", ctypes.c_uint64),
        ("data_type", ctypes.c_int32),  # DataType
        ("kind", ctypes.c_int32),  # PoolingKind
        ("layout", ctypes.c_int32),  # Layout
        ("has_indices", ctypes.c_int32),
        ("batch", ctypes.c_int64),
        ("channels", ctypes.c_int64),
        ("in_height", ctypes.c_int64),
        ("in_width", ctypes.c_int64),
        ("out_height", ctypes.c_int64),
        ("out_width", ctypes.c_int64),
        ("kernel_height", ctypes.c_int64),
        ("kernel_width", ctypes.c_int64),
        ("stride_h", ctypes.c_int64),
        ("stride_w", ctypes.c_int64),
        ("dilation_h", ctypes.c_int64),
        ("dilation_w", ctypes.c_int64),
        ("pad_top", ctypes.c_int64),
        ("pad_bottom", ctypes.c_int64),
        ("pad_left", ctypes.c_int64),
        ("pad_right", ctypes.c_int64),
    ]


assert ctypes.sizeof(PoolingDesc) == 152


class ReorderDesc(ctypes.Structure):
    """A copy of a strided tensor into other strides."""

    _fields_ = [
        ("size", ctypes.c_uint64),
        ("data_type", ctypes.c_int32),  # DataType
        ("rank", ctypes.c_int32),
        ("sizes", ctypes.c_int64 * 8),
        ("strides_src", ctypes.c_int64 * 8),
        ("strides_dst", ctypes.c_int64 * 8),
    ]


assert ctypes.sizeof(ReorderDesc) == 208


class SoftmaxDesc(ctypes.Structure):
    """Softmax along the middle of three dense dimensions."""

    _fields_ = [
        ("size", ctypes.c_uint64),
        ("data_type", ctypes.c_int32),  # DataType
        ("logarithm", ctypes.c_int32),
        ("outer", ctypes.c_int64),
        ("axis", ctypes.c_int64),
        ("inner", ctypes.c_int64),
    ]


assert ctypes.sizeof(SoftmaxDesc) == 40


class Arguments(ctypes.Structure):
    """The pointers of one execution, the same struct for every primitive and identical to the C ABI's
    fdnn_arguments. A descriptor's documentation says which of them its primitive reads and writes; the others
    are ignored."""

    _fields_ = [
        ("src", ctypes.c_void_p),
        ("src1", ctypes.c_void_p),
        ("weights", ctypes.c_void_p),
        ("packed_weights", ctypes.c_void_p),
        ("bias", ctypes.c_void_p),
        ("scale", ctypes.c_void_p),
        ("shift", ctypes.c_void_p),
        ("mean", ctypes.c_void_p),
        ("variance", ctypes.c_void_p),
        ("residual", ctypes.c_void_p),
        ("dst", ctypes.c_void_p),
        ("workspace", ctypes.c_void_p),
        ("scratch", ctypes.c_void_p),
    ]


assert ctypes.sizeof(Arguments) == 104


class Step(ctypes.Structure):
    """One step of a list of executions."""

    _fields_ = [
        ("primitive", ctypes.c_uint64),
        ("arguments", Arguments),
    ]


assert ctypes.sizeof(Step) == 112


class PlanCacheStatistics(ctypes.Structure):
    """What the plan cache has done and holds. Identical to the C ABI's fdnn_plan_cache_statistics."""

    _fields_ = [
        ("hits", ctypes.c_int64),
        ("misses", ctypes.c_int64),
        ("evictions", ctypes.c_int64),
        ("cached_plans", ctypes.c_int64),
        ("live_plans", ctypes.c_int64),
        ("cached_code_bytes", ctypes.c_int64),
        ("live_code_bytes", ctypes.c_int64),
        ("limit_plans", ctypes.c_int64),
        ("limit_code_bytes", ctypes.c_int64),
    ]


assert ctypes.sizeof(PlanCacheStatistics) == 72


class PoolStatistics(ctypes.Structure):
    """The pool's counters, in bytes where the name says so. Taken without stopping other threads: sums may be a
    moment old."""

    _fields_ = [
        ("struct_size", ctypes.c_int64),
        ("live_bytes", ctypes.c_int64),
        ("live_blocks", ctypes.c_int64),
        ("cached_bytes", ctypes.c_int64),
        ("idle_bytes", ctypes.c_int64),
        ("mapped_bytes", ctypes.c_int64),
        ("peak_live_bytes", ctypes.c_int64),
        ("peak_resident_bytes", ctypes.c_int64),
        ("allocations", ctypes.c_int64),
        ("cache_hits", ctypes.c_int64),
        ("late_frees", ctypes.c_int64),
        ("invalid_frees", ctypes.c_int64),
        ("fallbacks", ctypes.c_int64),
        ("system_calls", ctypes.c_int64),
        ("faults_avoided", ctypes.c_int64),
        ("max_idle_bytes", ctypes.c_int64),
    ]


assert ctypes.sizeof(PoolStatistics) == 128


class PoolClassStatistics(ctypes.Structure):
    """Counters of the blocks of one size."""

    _fields_ = [
        ("struct_size", ctypes.c_int64),
        ("block_bytes", ctypes.c_int64),
        ("live_blocks", ctypes.c_int64),
        ("cached_blocks", ctypes.c_int64),
        ("allocations", ctypes.c_int64),
        ("spans", ctypes.c_int64),
    ]


assert ctypes.sizeof(PoolClassStatistics) == 48


class PoolHookFunctions(ctypes.Structure):
    """The pool as NumPy's memory handler (NEP 49): addresses of functions."""

    _fields_ = [
        ("struct_size", ctypes.c_int64),
        ("numpy_malloc", ctypes.c_uint64),
        ("numpy_calloc", ctypes.c_uint64),
        ("numpy_realloc", ctypes.c_uint64),
        ("numpy_free", ctypes.c_uint64),
    ]


assert ctypes.sizeof(PoolHookFunctions) == 40


FUNCTIONS = {
    "fdnn_aligned_alloc": (ctypes.c_void_p, [ctypes.c_size_t, ctypes.c_size_t]),
    "fdnn_batch_normalization_create": (ctypes.c_int32, [ctypes.POINTER(BatchNormalizationDesc), ctypes.POINTER(ctypes.c_uint64)]),
    "fdnn_binary_create": (ctypes.c_int32, [ctypes.POINTER(BinaryDesc), ctypes.POINTER(ctypes.c_uint64)]),
    "fdnn_c10_allocator": (ctypes.c_int32, [ctypes.c_int32, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)]),
    "fdnn_c10_bystander": (ctypes.c_int32, [ctypes.c_int32, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)]),
    "fdnn_c10_functions": (ctypes.c_int32, [ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_void_p)]),
    "fdnn_calloc": (ctypes.c_void_p, [ctypes.c_size_t, ctypes.c_size_t]),
    "fdnn_convolution_create": (ctypes.c_int32, [ctypes.POINTER(ConvolutionDesc), ctypes.POINTER(ctypes.c_uint64)]),
    "fdnn_eltwise_create": (ctypes.c_int32, [ctypes.POINTER(EltwiseDesc), ctypes.POINTER(ctypes.c_uint64)]),
    "fdnn_free": (None, [ctypes.c_void_p]),
    "fdnn_free_sized": (None, [ctypes.c_void_p, ctypes.c_size_t]),
    "fdnn_inner_product_create": (ctypes.c_int32, [ctypes.POINTER(InnerProductDesc), ctypes.POINTER(ctypes.c_uint64)]),
    "fdnn_isa_available": (ctypes.c_int32, [ctypes.c_int32, ctypes.POINTER(ctypes.c_int32)]),
    "fdnn_isa_get": (ctypes.c_int32, [ctypes.POINTER(ctypes.c_int32)]),
    "fdnn_isa_name": (ctypes.c_char_p, [ctypes.c_int32]),
    "fdnn_isa_set": (ctypes.c_int32, [ctypes.c_int32]),
    "fdnn_last_error": (ctypes.c_char_p, []),
    "fdnn_malloc": (ctypes.c_void_p, [ctypes.c_size_t]),
    "fdnn_malloc_usable_size": (ctypes.c_size_t, [ctypes.c_void_p]),
    "fdnn_matmul_create": (ctypes.c_int32, [ctypes.POINTER(MatmulDesc), ctypes.POINTER(ctypes.c_uint64)]),
    "fdnn_memory_allocate": (ctypes.c_int32, [ctypes.c_int64, ctypes.POINTER(ctypes.c_void_p)]),
    "fdnn_memory_free": (ctypes.c_int32, [ctypes.c_void_p]),
    "fdnn_parallel_for_set": (ctypes.c_int32, [ParallelFor, ctypes.c_void_p]),
    "fdnn_plan_cache_clear": (ctypes.c_int32, []),
    "fdnn_plan_cache_set_limit": (ctypes.c_int32, [ctypes.c_int64, ctypes.c_int64]),
    "fdnn_plan_cache_stats": (ctypes.c_int32, [ctypes.POINTER(PlanCacheStatistics)]),
    "fdnn_pool_class_count": (ctypes.c_int32, []),
    "fdnn_pool_class_get": (ctypes.c_int32, [ctypes.c_int32, ctypes.POINTER(PoolClassStatistics)]),
    "fdnn_pool_debug_leaks": (ctypes.c_int32, [ctypes.c_char_p, ctypes.c_int64, ctypes.POINTER(ctypes.c_int64)]),
    "fdnn_pool_debug_set": (ctypes.c_int32, [ctypes.c_int32]),
    "fdnn_pool_debug_stack": (ctypes.c_int32, [ctypes.c_void_p, ctypes.c_void_p]),
    "fdnn_pool_hooks": (ctypes.c_int32, [ctypes.POINTER(PoolHookFunctions)]),
    "fdnn_pool_max_idle_get": (ctypes.c_int32, [ctypes.POINTER(ctypes.c_int64)]),
    "fdnn_pool_max_idle_set": (ctypes.c_int32, [ctypes.c_int64]),
    "fdnn_pool_owns": (ctypes.c_int32, [ctypes.c_void_p]),
    "fdnn_pool_serve": (ctypes.c_int32, [ctypes.c_char_p, ctypes.c_int32]),
    "fdnn_pool_statistics_get": (ctypes.c_int32, [ctypes.POINTER(PoolStatistics)]),
    "fdnn_pool_trim": (ctypes.c_int32, [ctypes.POINTER(ctypes.c_int64)]),
    "fdnn_pooling_create": (ctypes.c_int32, [ctypes.POINTER(PoolingDesc), ctypes.POINTER(ctypes.c_uint64)]),
    "fdnn_primitive_destroy": (ctypes.c_int32, [ctypes.c_uint64]),
    "fdnn_primitive_execute": (ctypes.c_int32, [ctypes.c_uint64, ctypes.POINTER(Arguments)]),
    "fdnn_primitive_implementation": (ctypes.c_int32, [ctypes.c_uint64, ctypes.c_char_p, ctypes.c_int64]),
    "fdnn_primitive_packed_key": (ctypes.c_int32, [ctypes.c_uint64, ctypes.c_char_p, ctypes.c_int64]),
    "fdnn_primitive_query": (ctypes.c_int32, [ctypes.c_uint64, ctypes.c_int32, ctypes.POINTER(ctypes.c_int64)]),
    "fdnn_primitives_execute": (ctypes.c_int32, [ctypes.POINTER(Step), ctypes.c_int64, ctypes.POINTER(ctypes.c_int64)]),
    "fdnn_realloc": (ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t]),
    "fdnn_reorder_create": (ctypes.c_int32, [ctypes.POINTER(ReorderDesc), ctypes.POINTER(ctypes.c_uint64)]),
    "fdnn_softmax_create": (ctypes.c_int32, [ctypes.POINTER(SoftmaxDesc), ctypes.POINTER(ctypes.c_uint64)]),
    "fdnn_status_name": (ctypes.c_char_p, [ctypes.c_int32]),
    "fdnn_team_mode_get": (ctypes.c_int32, [ctypes.POINTER(ctypes.c_int32)]),
    "fdnn_threads_get": (ctypes.c_int32, [ctypes.POINTER(ctypes.c_int32)]),
    "fdnn_threads_set": (ctypes.c_int32, [ctypes.c_int32]),
    "fdnn_verbose_get": (ctypes.c_int32, [ctypes.POINTER(ctypes.c_int32)]),
    "fdnn_verbose_set": (ctypes.c_int32, [ctypes.c_int32]),
    "fdnn_version": (ctypes.c_int32, []),
    "fdnn_weights_data": (ctypes.c_int32, [ctypes.c_uint64, ctypes.POINTER(ctypes.c_void_p)]),
    "fdnn_weights_destroy": (ctypes.c_int32, [ctypes.c_uint64]),
    "fdnn_weights_pack": (ctypes.c_int32, [ctypes.c_uint64, ctypes.c_void_p, ctypes.POINTER(ctypes.c_uint64)]),
}

# These return an fdnn_status; the others cannot fail.
CHECKED = frozenset([
    "fdnn_batch_normalization_create",
    "fdnn_binary_create",
    "fdnn_c10_allocator",
    "fdnn_c10_bystander",
    "fdnn_c10_functions",
    "fdnn_convolution_create",
    "fdnn_eltwise_create",
    "fdnn_inner_product_create",
    "fdnn_isa_available",
    "fdnn_isa_get",
    "fdnn_isa_set",
    "fdnn_matmul_create",
    "fdnn_memory_allocate",
    "fdnn_memory_free",
    "fdnn_parallel_for_set",
    "fdnn_plan_cache_clear",
    "fdnn_plan_cache_set_limit",
    "fdnn_plan_cache_stats",
    "fdnn_pool_class_get",
    "fdnn_pool_debug_leaks",
    "fdnn_pool_debug_set",
    "fdnn_pool_debug_stack",
    "fdnn_pool_hooks",
    "fdnn_pool_max_idle_get",
    "fdnn_pool_max_idle_set",
    "fdnn_pool_serve",
    "fdnn_pool_statistics_get",
    "fdnn_pool_trim",
    "fdnn_pooling_create",
    "fdnn_primitive_destroy",
    "fdnn_primitive_execute",
    "fdnn_primitive_implementation",
    "fdnn_primitive_packed_key",
    "fdnn_primitive_query",
    "fdnn_primitives_execute",
    "fdnn_reorder_create",
    "fdnn_softmax_create",
    "fdnn_team_mode_get",
    "fdnn_threads_get",
    "fdnn_threads_set",
    "fdnn_verbose_get",
    "fdnn_verbose_set",
    "fdnn_weights_data",
    "fdnn_weights_destroy",
    "fdnn_weights_pack",
])


def declare(library):
    """Gives every function of a loaded library its types."""
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = arguments
    return library

