/* FugakuDnn: deep-learning primitives for A64FX (SVE-512), AVX-512, AVX2.
 *
 * Generated from the exports (Exports/Generate); do not edit.
 *
 * A problem is described by a struct whose first field, size, is sizeof that struct; fields left 0 mean none, no, or the first
 * value of an enum. fdnn_<primitive>_create makes a handle, fdnn_primitive_execute runs it on pointers, and
 * fdnn_primitive_destroy ends it. A handle is a number: a stale one is refused, never a crash. All functions are safe to call
 * from many threads at once. They return an fdnn_status unless they cannot fail; fdnn_last_error then tells which argument
 * broke which rule. Outputs come last, and nothing is written when a call fails. Sizes and strides are counted in elements
 * unless they are named bytes. Layouts are dense.
 *
 * In a process forked after the library was used, everything runs on the calling thread.
 */
#ifndef FUGAKUDNN_H
#define FUGAKUDNN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A primitive with its plan; see fdnn_primitive_destroy. */
typedef uint64_t fdnn_primitive;

/* Packed weights; see fdnn_weights_destroy. */
typedef uint64_t fdnn_weights;

/* A host's parallel loop: calls body(state, i) once for each i in [0, count), on any threads, and returns when all have ended. */
typedef void (*fdnn_parallel_for)(void* context, int64_t count, void (*body)(void* state, int64_t i), void* state);
/* What an entry point of the C ABI returns. The numbers are part of the ABI. */
typedef enum fdnn_status {
    /* Done. */
    FDNN_STATUS_SUCCESS = 0,
    /* An argument breaks a rule; the message names argument, rule and value. Nothing was written. */
    FDNN_STATUS_INVALID_ARGUMENT = 1,
    /* A valid request that this build or machine cannot do. */
    FDNN_STATUS_UNSUPPORTED = 2,
    /* Memory could not be had. */
    FDNN_STATUS_OUT_OF_MEMORY = 3,
    /* The handle was destroyed, or never was one. */
    FDNN_STATUS_STALE_HANDLE = 4,
    /* A defect of the library. */
    FDNN_STATUS_INTERNAL = 5,
} fdnn_status;

/* Instruction sets that plans are made for, in ascending order of preference on their own architecture. */
typedef enum fdnn_isa {
    /* Managed code only; no executable memory. */
    FDNN_ISA_PORTABLE = 0,
    /* AArch64 with AdvSIMD. */
    FDNN_ISA_NEON = 1,
    /* x86-64 with AVX2 and FMA. */
    FDNN_ISA_AVX2 = 2,
    /* AArch64 with SVE and 512-bit vectors (A64FX). */
    FDNN_ISA_SVE512 = 3,
    /* x86-64 with AVX-512 F, BW, VL and DQ. */
    FDNN_ISA_AVX512 = 4,
} fdnn_isa;

/* Element types. */
typedef enum fdnn_data_type {
    /* IEEE 754 binary32. */
    FDNN_DATA_TYPE_F32 = 1,
    /* IEEE 754 binary64. */
    FDNN_DATA_TYPE_F64 = 2,
    /* Signed 32-bit integer. */
    FDNN_DATA_TYPE_S32 = 3,
    /* Signed 8-bit integer. */
    FDNN_DATA_TYPE_S8 = 4,
    /* Unsigned 8-bit integer. */
    FDNN_DATA_TYPE_U8 = 5,
    /* Signed 64-bit integer (indices). */
    FDNN_DATA_TYPE_S64 = 6,
} fdnn_data_type;

/* Order of a dense activation's dimensions in memory. */
typedef enum fdnn_layout {
    /* Channels last: batch, height, width, channels. */
    FDNN_LAYOUT_NHWC = 0,
    /* Channels first: batch, channels, height, width. */
    FDNN_LAYOUT_NCHW = 1,
} fdnn_layout;

/* Order of a dense convolution weight's dimensions. I is the number of input channels of one group. */
typedef enum fdnn_weights_layout {
    /* PyTorch, contiguous. */
    FDNN_WEIGHTS_LAYOUT_OIHW = 0,
    /* PyTorch, channels_last. */
    FDNN_WEIGHTS_LAYOUT_OHWI = 1,
    /* TensorFlow. */
    FDNN_WEIGHTS_LAYOUT_HWIO = 2,
} fdnn_weights_layout;

/* Functions of one variable, alone (eltwise) or fused behind another primitive. The sign of a result that is zero is
 * not specified. */
typedef enum fdnn_activation {
    /* Identity. */
    FDNN_ACTIVATION_NONE = 0,
    /* max(x, 0); NaN propagates. */
    FDNN_ACTIVATION_RELU = 1,
    /* x for x > 0, otherwise alpha·x; NaN propagates. */
    FDNN_ACTIVATION_LEAKY_RELU = 2,
    /* min(max(x, alpha), beta), which is beta where alpha is larger; NaN propagates. */
    FDNN_ACTIVATION_CLIP = 3,
    /* alpha·x + beta. */
    FDNN_ACTIVATION_LINEAR = 4,
    /* e to the power of x. */
    FDNN_ACTIVATION_EXP = 5,
} fdnn_activation;

/* Operations on two tensors. */
typedef enum fdnn_binary_kind {
    /* a + alpha·b. */
    FDNN_BINARY_KIND_ADD = 0,
    /* a·b. */
    FDNN_BINARY_KIND_MULTIPLY = 1,
} fdnn_binary_kind;

/* Kinds of pooling. */
typedef enum fdnn_pooling_kind {
    /* Maximum of the window's pixels inside the image; NaN propagates. */
    FDNN_POOLING_KIND_MAX = 0,
    /* Mean over the window, padding counted as zeros (but not what ceil mode adds beyond the padding). */
    FDNN_POOLING_KIND_AVERAGE_INCLUDE_PADDING = 1,
    /* Mean over the window's pixels inside the image. */
    FDNN_POOLING_KIND_AVERAGE_EXCLUDE_PADDING = 2,
} fdnn_pooling_kind;

/* Numbers that a primitive can be asked for. Part of the C ABI. */
typedef enum fdnn_query {
    /* Scratch memory an execution needs, in bytes; the caller may bring it, 256-byte aligned. */
    FDNN_QUERY_SCRATCH_BYTES = 0,
    /* Size of packed weights in bytes; 0 where only unpacked ones are read. */
    FDNN_QUERY_PACKED_WEIGHTS_BYTES = 1,
    /* Bytes of generated code. */
    FDNN_QUERY_CODE_BYTES = 2,
    /* The fdnn_isa that the plan is made for. */
    FDNN_QUERY_ISA = 3,
    /* The thread count that the plan is made for. */
    FDNN_QUERY_THREADS = 4,
} fdnn_query;

/* Where parallel runs take place. */
typedef enum fdnn_team_mode {
    /* On the calling thread. */
    FDNN_TEAM_MODE_SEQUENTIAL = 0,
    /* On the library's own threads. */
    FDNN_TEAM_MODE_OWN = 1,
    /* On libgomp's team. */
    FDNN_TEAM_MODE_OPEN_MP = 2,
    /* By the host's parallel-for. */
    FDNN_TEAM_MODE_CALLER_PARALLEL_FOR = 3,
} fdnn_team_mode;

/* An activation with its parameters, applied last by the primitive it is part of. */
typedef struct fdnn_activation_desc {
    /* Which function. An fdnn_activation. */
    int32_t kind;
    /* First parameter: slope, lower bound or factor. */
    float alpha;
    /* Second parameter: upper bound or summand. */
    float beta;
    /* Must be 0. */
    int32_t reserved;
} fdnn_activation_desc;

/* Batch normalisation with given statistics. */
typedef struct fdnn_batch_normalization_desc {
    /* sizeof this struct. */
    uint64_t size;
    /* Element type of all tensors: f32 or f64. An fdnn_data_type. */
    int32_t data_type;
    /* Layout of source and destination. An fdnn_layout. */
    int32_t layout;
    /* Images. */
    int64_t batch;
    /* Channels. */
    int64_t channels;
    /* Pixels of one image (height × width). */
    int64_t spatial;
    /* Added to the variance; not negative. */
    double epsilon;
    /* Applied last. */
    fdnn_activation_desc activation;
} fdnn_batch_normalization_desc;

/* An operation on two strided tensors. */
typedef struct fdnn_binary_desc {
    /* sizeof this struct. */
    uint64_t size;
    /* Element type of all tensors: f32 or f64. An fdnn_data_type. */
    int32_t data_type;
    /* Which operation. An fdnn_binary_kind. */
    int32_t kind;
    /* Dimensions, at most 8; only so many places of the lists are read. */
    int32_t rank;
    /* Factor of b in an addition; usually 1. */
    float alpha;
    /* Sizes of the destination. */
    int64_t sizes[8];
    /* Strides of a, in elements; 0 broadcasts. */
    int64_t strides_a[8];
    /* Strides of b. */
    int64_t strides_b[8];
    /* Strides of the destination; no two elements share a place. */
    int64_t strides_dst[8];
    /* Applied last. */
    fdnn_activation_desc activation;
} fdnn_binary_desc;

/* A 2-D convolution, forward. Destination height = (in_height + pad_top + pad_bottom - dilation_h·(kernel_height - 1)
 * - 1) / stride_h + 1, width likewise. */
typedef struct fdnn_convolution_desc {
    /* sizeof this struct. */
    uint64_t size;
    /* Element type of all tensors: f32 or f64. An fdnn_data_type. */
    int32_t data_type;
    /* Layout of the source. An fdnn_layout. */
    int32_t src_layout;
    /* Layout of destination and residual. An fdnn_layout. */
    int32_t dst_layout;
    /* Layout of the unpacked weights. An fdnn_weights_layout. */
    int32_t weights_layout;
    /* Images. */
    int64_t batch;
    /* Input channels of all groups. */
    int64_t in_channels;
    /* Rows of the source. */
    int64_t in_height;
    /* Columns of the source. */
    int64_t in_width;
    /* Output channels of all groups. */
    int64_t out_channels;
    /* Rows of the kernel. */
    int64_t kernel_height;
    /* Columns of the kernel. */
    int64_t kernel_width;
    /* Step between output rows; at least 1. */
    int64_t stride_h;
    /* Step between output columns; at least 1. */
    int64_t stride_w;
    /* Distance between kernel rows; 1 is dense. */
    int64_t dilation_h;
    /* Distance between kernel columns; 1 is dense. */
    int64_t dilation_w;
    /* Padding above. */
    int64_t pad_top;
    /* Padding below. */
    int64_t pad_bottom;
    /* Padding on the left. */
    int64_t pad_left;
    /* Padding on the right. */
    int64_t pad_right;
    /* Groups; both channel counts are multiples of it. */
    int64_t groups;
    /* 1: a bias is added. */
    int32_t has_bias;
    /* 1: a residual is added. */
    int32_t has_residual;
    /* Applied last. */
    fdnn_activation_desc activation;
} fdnn_convolution_desc;

/* A function of one variable over a dense tensor. */
typedef struct fdnn_eltwise_desc {
    /* sizeof this struct. */
    uint64_t size;
    /* Element type of all tensors: f32 or f64. An fdnn_data_type. */
    int32_t data_type;
    /* Must be 0. */
    int32_t reserved;
    /* The function. */
    fdnn_activation_desc activation;
    /* Elements. */
    int64_t count;
} fdnn_eltwise_desc;

/* A fully connected layer; all tensors are dense and row-major, weights are out_features × in_features. */
typedef struct fdnn_inner_product_desc {
    /* sizeof this struct. */
    uint64_t size;
    /* Element type of all tensors: f32 or f64. An fdnn_data_type. */
    int32_t data_type;
    /* Must be 0. */
    int32_t reserved;
    /* Rows of source and destination. */
    int64_t batch;
    /* Columns of the source. */
    int64_t in_features;
    /* Columns of the destination. */
    int64_t out_features;
    /* 1: a bias of out_features elements is added to every row. */
    int32_t has_bias;
    /* 1: a residual is added. */
    int32_t has_residual;
    /* Applied last. */
    fdnn_activation_desc activation;
} fdnn_inner_product_desc;

/* A batched matrix product of row-major matrices. */
typedef struct fdnn_matmul_desc {
    /* sizeof this struct. */
    uint64_t size;
    /* Element type of A: f32, f64, u8 or s8. An fdnn_data_type. */
    int32_t type_a;
    /* Element type of B: as A, or s8 where A is u8. An fdnn_data_type. */
    int32_t type_b;
    /* Element type of destination, bias and residual: as A, or s32 where A has 8 bits. An fdnn_data_type. */
    int32_t type_c;
    /* Must be 0. */
    int32_t reserved;
    /* Independent products. */
    int64_t batch;
    /* Rows of A and of the destination. */
    int64_t m;
    /* Columns of B and of the destination. */
    int64_t n;
    /* Length of the sums. */
    int64_t k;
    /* 1: A is stored as k × m. */
    int32_t transpose_a;
    /* 1: B is stored as n × k. */
    int32_t transpose_b;
    /* Elements between rows of stored A. */
    int64_t lda;
    /* Elements between rows of stored B. */
    int64_t ldb;
    /* Elements between rows of destination and residual. */
    int64_t ldc;
    /* Elements between matrices of A; 0 repeats one. */
    int64_t stride_a;
    /* Elements between matrices of B; 0 repeats one. */
    int64_t stride_b;
    /* Elements between matrices of destination and residual. */
    int64_t stride_c;
    /* 1: a bias of n elements is added to every row. */
    int32_t has_bias;
    /* 1: a residual is added. */
    int32_t has_residual;
    /* Factor of the product; usually 1. */
    float alpha;
    /* Factor of the residual. */
    float beta;
    /* Applied last. */
    fdnn_activation_desc activation;
} fdnn_matmul_desc;

/* 2-D pooling, forward. Global pooling is a window as large as the image. */
typedef struct fdnn_pooling_desc {
    /* sizeof this struct. */
    uint64_t size;
    /* Element type of all tensors: f32 or f64. An fdnn_data_type. */
    int32_t data_type;
    /* Which pooling. An fdnn_pooling_kind. */
    int32_t kind;
    /* Layout of source, destination and indices. An fdnn_layout. */
    int32_t layout;
    /* 1: max pooling also writes indices. */
    int32_t has_indices;
    /* Images. */
    int64_t batch;
    /* Channels. */
    int64_t channels;
    /* Rows of the source. */
    int64_t in_height;
    /* Columns of the source. */
    int64_t in_width;
    /* Rows of the destination; given, because floor and ceil mode differ. */
    int64_t out_height;
    /* Columns of the destination. */
    int64_t out_width;
    /* Rows of the kernel. */
    int64_t kernel_height;
    /* Columns of the kernel. */
    int64_t kernel_width;
    /* Step between output rows; at least 1. */
    int64_t stride_h;
    /* Step between output columns; at least 1. */
    int64_t stride_w;
    /* Distance between kernel rows; 1 is dense. */
    int64_t dilation_h;
    /* Distance between kernel columns; 1 is dense. */
    int64_t dilation_w;
    /* Padding above. */
    int64_t pad_top;
    /* Padding below. */
    int64_t pad_bottom;
    /* Padding on the left. */
    int64_t pad_left;
    /* Padding on the right. */
    int64_t pad_right;
} fdnn_pooling_desc;

/* A copy of a strided tensor into other strides. */
typedef struct fdnn_reorder_desc {
    /* sizeof this struct. */
    uint64_t size;
    /* Element type of both tensors: any. An fdnn_data_type. */
    int32_t data_type;
    /* Dimensions, at most 8; only so many places of the lists are read. */
    int32_t rank;
    /* Sizes of both tensors. */
    int64_t sizes[8];
    /* Strides of the source, in elements; 0 broadcasts. */
    int64_t strides_src[8];
    /* Strides of the destination; no two elements share a place. */
    int64_t strides_dst[8];
} fdnn_reorder_desc;

/* Softmax along the middle of three dense dimensions. */
typedef struct fdnn_softmax_desc {
    /* sizeof this struct. */
    uint64_t size;
    /* Element type of all tensors: f32 or f64. An fdnn_data_type. */
    int32_t data_type;
    /* 1: the logarithm of the softmax. */
    int32_t logarithm;
    /* Product of the dimensions before the axis. */
    int64_t outer;
    /* Size of the axis. */
    int64_t axis;
    /* Product of the dimensions after the axis. */
    int64_t inner;
} fdnn_softmax_desc;

/* The pointers of one execution, the same struct for every primitive and identical to the C ABI's fdnn_arguments. A
 * descriptor's documentation says which of them its primitive reads and writes; the others are ignored. */
typedef struct fdnn_arguments {
    /* First input. */
    const void* src;
    /* Second input of a binary operation or matmul (B). */
    const void* src1;
    /* Weights in the layout that the descriptor names, or null when packed weights are given. */
    const void* weights;
    /* Packed weights, or null. */
    const void* packed_weights;
    /* Bias, one element an output channel. */
    const void* bias;
    /* Batch normalisation: scale (gamma), or null for one. */
    const void* scale;
    /* Batch normalisation: shift (beta), or null for zero. */
    const void* shift;
    /* Batch normalisation: mean. */
    const void* mean;
    /* Batch normalisation: variance. */
    const void* variance;
    /* Added to the result before the activation; shape and layout of the destination. May be the destination. */
    const void* residual;
    /* Output. */
    void* dst;
    /* Second output: indices of max pooling. */
    void* workspace;
    /* Scratch memory of at least ScratchBytes, 256-byte aligned, or null. */
    void* scratch;
} fdnn_arguments;

/* One step of a list of executions. */
typedef struct fdnn_step {
    /* Handle (fdnn_primitive). */
    fdnn_primitive primitive;
    /* What it is executed on. */
    fdnn_arguments arguments;
} fdnn_step;

/* What the plan cache has done and holds. Identical to the C ABI's fdnn_plan_cache_statistics. */
typedef struct fdnn_plan_cache_statistics {
    /* Requests answered with a cached plan. */
    int64_t hits;
    /* Requests for which a plan had to be made. */
    int64_t misses;
    /* Plans the cache let go to stay within its limits. */
    int64_t evictions;
    /* Plans in the cache. */
    int64_t cached_plans;
    /* Plans alive: in the cache, or held by a primitive only. */
    int64_t live_plans;
    /* Bytes of generated code of all plans in the cache. */
    int64_t cached_code_bytes;
    /* Bytes of generated code of all plans alive. */
    int64_t live_code_bytes;
    /* Most plans in the cache. */
    int64_t limit_plans;
    /* Most bytes of generated code in the cache. */
    int64_t limit_code_bytes;
} fdnn_plan_cache_statistics;

/* The pool's counters, in bytes where the name says so. Taken without stopping other threads: sums may be a moment
 * old. */
typedef struct fdnn_pool_statistics {
    /* Bytes of this struct. */
    int64_t struct_size;
    /* In blocks that are handed out; small ones count with their whole block. */
    int64_t live_bytes;
    /* Blocks that are handed out. */
    int64_t live_blocks;
    /* In small blocks that wait in threads' caches and between threads. */
    int64_t cached_bytes;
    /* Free whole slices that still have their pages. */
    int64_t idle_bytes;
    /* Address space taken from the system. */
    int64_t mapped_bytes;
    /* Most bytes that were in use at once, in whole slices. */
    int64_t peak_live_bytes;
    /* Most bytes that had pages at once: in use or idle. */
    int64_t peak_resident_bytes;
    /* Blocks handed out since the start. */
    int64_t allocations;
    /* Of those, blocks that came from what was free already, with its pages. */
    int64_t cache_hits;
    /* Blocks freed by threads that have no cache: late in their lives, or before their first allocation. */
    int64_t late_frees;
    /* Frees of what is no block, which were ignored. */
    int64_t invalid_frees;
    /* Allocations that the C library served: in forked children, or without memory for a cache. */
    int64_t fallbacks;
    /* Times that address space was taken from the system or given back. */
    int64_t system_calls;
    /* Page faults that the first touch of memory would have cost if it came fresh from the system, at its smallest
     * page. */
    int64_t faults_avoided;
    /* Most bytes of free memory that the pool keeps. */
    int64_t max_idle_bytes;
} fdnn_pool_statistics;

/* Counters of the blocks of one size. */
typedef struct fdnn_pool_class_statistics {
    /* Bytes of this struct. */
    int64_t struct_size;
    /* Bytes of a block; 0: blocks of whole slices (64 KiB), which all guarded ones are. */
    int64_t block_bytes;
    /* Blocks that are handed out. */
    int64_t live_blocks;
    /* Blocks that wait in threads' caches and between threads. */
    int64_t cached_blocks;
    /* Blocks handed out since the start. */
    int64_t allocations;
    /* Spans cut into this size; of whole slices: live blocks. */
    int64_t spans;
} fdnn_pool_class_statistics;

/* The pool as NumPy's memory handler (NEP 49): addresses of functions. */
typedef struct fdnn_pool_hook_functions {
    /* Bytes of this struct. */
    int64_t struct_size;
    /* void* (void* context, size_t bytes) */
    uint64_t numpy_malloc;
    /* void* (void* context, size_t count, size_t bytes) */
    uint64_t numpy_calloc;
    /* void* (void* context, void* memory, size_t bytes) */
    uint64_t numpy_realloc;
    /* void (void* context, void* memory, size_t bytes) */
    uint64_t numpy_free;
} fdnn_pool_hook_functions;

/* Allocates memory with a chosen alignment; not zeroed. Null also for an alignment that is no power of two.
 * alignment: Power of two.
 * bytes: Size; need not be a multiple of the alignment. */
void* fdnn_aligned_alloc(size_t alignment, size_t bytes);

/* Makes a batch normalisation: dst = activation((src - mean)·scale / √(variance + epsilon) + shift). An execution
 * reads src, mean, variance, and scale and shift where they are not null (1 and 0), and writes dst, which may be src.
 * desc: The problem.
 * primitive: Gets the handle. */
int32_t fdnn_batch_normalization_create(const fdnn_batch_normalization_desc* desc, fdnn_primitive* primitive);

/* Makes a binary operation: dst = activation(a op b). An execution reads src (a) and src1 (b), and writes dst, which
 * may be an input with the same strides.
 * desc: The problem.
 * primitive: Gets the handle. */
int32_t fdnn_binary_create(const fdnn_binary_desc* desc, fdnn_primitive* primitive);

/* The pool as a c10::Allocator, for c10::SetCPUAllocator. The object stays for ever; there is one for each layout and
 * stock allocator. What the pool cannot give (no more memory, no bytes, a forked child) is asked of the stock
 * allocator, so that errors are PyTorch's own. Its raw deleter takes memory of the pool and of the stock allocator.
 * layout: Of c10::Allocator's virtual functions. 0: destructors, allocate, raw_deleter; 1: destructors, allocate,
 * is_simple_data_ptr, raw_deleter, copy_data.
 * stock: PyTorch's own allocator, a c10::Allocator.
 * allocator: Gets the object. */
int32_t fdnn_c10_allocator(int32_t layout, void* stock, void** allocator);

/* What has to stay installed when the pool leaves PyTorch: an allocator that takes all its memory from the stock
 * allocator, and whose raw deleter still takes the pool's (oneDNN's tensors are freed by whatever allocator is
 * installed then).
 * layout: As of fdnn_c10_allocator.
 * stock: PyTorch's own allocator, a c10::Allocator.
 * allocator: Gets the object. */
int32_t fdnn_c10_bystander(int32_t layout, void* stock, void** allocator);

/* Functions to make a c10::Allocator of in C++, callable at any time.
 * stock_free: void (void* memory): the raw deleter of PyTorch's own allocator; null: none.
 * allocate: Gets void* (size_t bytes): a block of the pool, aligned to 64 bytes; null where the pool has none to give.
 * free: Gets void (void* memory): fdnn_free.
 * raw_free: Gets void (void* memory): frees the pool's memory, and hands other memory to the stock's deleter. */
int32_t fdnn_c10_functions(void* stock_free, void** allocate, void** free, void** raw_free);

/* Allocates zeroed memory aligned to 64 bytes, without touching pages that are fresh from the system. Null also where
 * the product overflows.
 * count: Number of elements.
 * bytes: Bytes of an element. */
void* fdnn_calloc(size_t count, size_t bytes);

/* Makes a convolution: dst = activation(Σ src·weights + bias + residual). An execution reads src, weights or
 * packed_weights, bias and residual as the descriptor says, and writes dst, which may be the residual but not overlap
 * src.
 * desc: The problem.
 * primitive: Gets the handle. */
int32_t fdnn_convolution_create(const fdnn_convolution_desc* desc, fdnn_primitive* primitive);

/* Makes an elementwise function: dst = activation(src). An execution reads src and writes dst, which may be src.
 * desc: The problem.
 * primitive: Gets the handle. */
int32_t fdnn_eltwise_create(const fdnn_eltwise_desc* desc, fdnn_primitive* primitive);

/* Frees memory of this family; null is nothing. Memory that is not the pool's goes to the C library's free.
 * memory: Pointer. */
void fdnn_free(void* memory);

/* As fdnn_free, for callers that know the size.
 * memory: Pointer.
 * bytes: Size that was asked for. */
void fdnn_free_sized(void* memory, size_t bytes);

/* Makes an inner product: dst = activation(src·weightsᵀ + bias + residual). An execution reads src, weights or
 * packed_weights, bias and residual as the descriptor says, and writes dst, which may be the residual but not overlap
 * src.
 * desc: The problem.
 * primitive: Gets the handle. */
int32_t fdnn_inner_product_create(const fdnn_inner_product_desc* desc, fdnn_primitive* primitive);

/* Whether this machine has an instruction set, and the library a back end for it.
 * isa: An fdnn_isa.
 * available: Gets 1 or 0. */
int32_t fdnn_isa_available(int32_t isa, int32_t* available);

/* The instruction set that plans are made for.
 * isa: Gets the fdnn_isa. */
int32_t fdnn_isa_get(int32_t* isa);

/* Name of an instruction set as in FUGAKUDNN_ISA; "unknown" for a number that is none. Cannot fail.
 * isa: An fdnn_isa. */
const char* fdnn_isa_name(int32_t isa);

/* Changes the instruction set, for primitives that exist as well: they get a new plan at their next execution. Weights
 * packed for another instruction set are refused then.
 * isa: An fdnn_isa that is available. */
int32_t fdnn_isa_set(int32_t isa);

/* Message of the calling thread's last failed call: UTF-8, names argument, rule and value; empty if none has failed.
 * Valid until the thread's next failing call. Cannot fail. */
const char* fdnn_last_error(void);

/* Allocates memory aligned to 64 bytes, on CPUs with longer cache lines to those (A64FX: 256) unless the C library
 * serves; not zeroed. Null where there is no more, after all idle memory was given back.
 * bytes: Size; 0 gives a pointer that can be freed. */
void* fdnn_malloc(size_t bytes);

/* Bytes that may be used at a pointer of this family: at least what was asked for. 0 for null.
 * memory: Pointer. */
size_t fdnn_malloc_usable_size(void* memory);

/* Makes a matrix product: dst[b] = activation(alpha·A[b]·B[b] + bias + beta·residual[b]). An execution reads src (A),
 * weights (B) or packed_weights, bias and residual as the descriptor says, and writes dst, which may be the residual
 * but not overlap A or B.
 * desc: The problem.
 * primitive: Gets the handle. */
int32_t fdnn_matmul_create(const fdnn_matmul_desc* desc, fdnn_primitive* primitive);

/* Allocates memory aligned to 256 bytes; not zeroed.
 * bytes: Size; 0 gives a pointer that can be freed.
 * memory: Gets the pointer. */
int32_t fdnn_memory_allocate(int64_t bytes, void** memory);

/* Frees what fdnn_memory_allocate gave; null is nothing. Cannot fail.
 * memory: Pointer. */
int32_t fdnn_memory_free(void* memory);

/* Makes executions use the host's threads: parallel_for(context, count, body, state) calls body(state, i) once for
 * each i in [0, count), on any threads, and returns when all have ended. Null goes back to the library's own.
 * parallel_for: The host's function, or null.
 * context: Passed to it. */
int32_t fdnn_parallel_for_set(fdnn_parallel_for parallel_for, void* context);

/* Forgets all plans; those of existing primitives live on. */
int32_t fdnn_plan_cache_clear(void);

/* Bounds the plan cache; the least recently used plans beyond it are evicted.
 * plans: Most plans; 0 caches none.
 * code_bytes: Most bytes of generated code. */
int32_t fdnn_plan_cache_set_limit(int64_t plans, int64_t code_bytes);

/* Counters and limits of the plan cache.
 * statistics: Gets them. */
int32_t fdnn_plan_cache_stats(fdnn_plan_cache_statistics* statistics);

/* How many sizes fdnn_pool_class_get knows. Cannot fail. */
int32_t fdnn_pool_class_count(void);

/* Counters of the blocks of one size.
 * index: From 0; the last is of the blocks that are too large for a size of their own.
 * statistics: Gets them; its struct_size is to be set before. */
int32_t fdnn_pool_class_get(int32_t index, fdnn_pool_class_statistics* statistics);

/* Lists the live blocks of the debug mode, the latest first: number, bytes, address, and where it was allocated, as
 * text.
 * text: Gets UTF-8 with a terminating zero, cut to the size; may be null if size is 0.
 * size: Bytes of the buffer.
 * needed: Gets the bytes that the whole text needs; may be null. */
int32_t fdnn_pool_debug_leaks(char* text, int64_t size, int64_t* needed);

/* Switches the debug mode: blocks end at a page that faults, freed blocks fault too, and frees of what is no block are
 * reported on standard error. FUGAKUDNN_POOL_DEBUG=1 switches it on from the start, which finds most.
 * on: 0 or 1. */
int32_t fdnn_pool_debug_set(int32_t on);

/* Sets the function that says, in debug mode, where an allocation is made, or takes it away.
 * provider: int64_t (char* text, int64_t size): writes up to size bytes of text, returns how many. Called on
 * allocating threads; what it allocates is not asked about. Null: none.
 * may_ask: void* (void): called before, on the same thread; null from it means that this thread is not to be asked.
 * For a provider that waits for a lock of its host (Python's PyGILState_GetThisThreadState gives null on threads that
 * Python does not know). Null: all threads are asked. */
int32_t fdnn_pool_debug_stack(void* provider, void* may_ask);

/* The pool as NumPy's memory handler (NEP 49): functions with NumPy's signatures, callable at any time.
 * functions: Gets them; its struct_size is to be set before. */
int32_t fdnn_pool_hooks(fdnn_pool_hook_functions* functions);

/* Tells how much free memory the pool keeps at most.
 * bytes: Gets it. */
int32_t fdnn_pool_max_idle_get(int64_t* bytes);

/* Sets how much free memory the pool keeps at most; more is given back at once. FUGAKUDNN_POOL_MAX_IDLE sets it at the
 * start.
 * bytes: 0 or more. */
int32_t fdnn_pool_max_idle_set(int64_t bytes);

/* Whether memory is the pool's, a block that is live or one that is free. Cannot fail.
 * memory: Any address. */
int32_t fdnn_pool_owns(void* memory);

/* Lets a loaded library take its own memory of alignment 64 (by posix_memalign) from the pool, or no longer; what it
 * has got it can free at any time. Only for a library that frees all it allocates itself and hands none of it to
 * others to free, such as oneDNN. Unsupported, and nothing changes, where the library is not loaded or its memory does
 * not come from the C library.
 * library: Start of its file name, for example "libdnnl.so".
 * on: 0 or 1. */
int32_t fdnn_pool_serve(const char* library, int32_t on);

/* The pool's counters.
 * statistics: Gets them; its struct_size is to be set before. */
int32_t fdnn_pool_statistics_get(fdnn_pool_statistics* statistics);

/* Gives all idle memory back to the system: the calling thread's cache, blocks between threads, and free pages.
 * released_bytes: Gets the bytes given back; may be null. */
int32_t fdnn_pool_trim(int64_t* released_bytes);

/* Makes a pooling. An execution reads src and writes dst and, with indices, workspace: the position row·width + column
 * (s64) of each maximum in its image.
 * desc: The problem.
 * primitive: Gets the handle. */
int32_t fdnn_pooling_create(const fdnn_pooling_desc* desc, fdnn_primitive* primitive);

/* Ends a handle. Executions in flight finish; every later use of the handle is refused as stale.
 * primitive: Handle. */
int32_t fdnn_primitive_destroy(fdnn_primitive primitive);

/* Executes a primitive. Safe from many threads at once, also on one handle. Refuses null pointers that the descriptor
 * needs, pointers not aligned to their element, and outputs that overlap inputs; nothing is written then. Where the
 * output has no elements it succeeds without looking at any pointer.
 * primitive: Handle.
 * arguments: The pointers; those that the primitive does not use are ignored. */
int32_t fdnn_primitive_execute(fdnn_primitive primitive, const fdnn_arguments* arguments);

/* Name of the implementation of the present plan, for example "jit:avx2:brgemm" or "portable".
 * primitive: Handle.
 * buffer: Gets UTF-8 text with a terminating zero.
 * size: Bytes at buffer; 128 are enough for every name. */
int32_t fdnn_primitive_implementation(fdnn_primitive primitive, char* buffer, int64_t size);

/* Text that names the layout of packed weights; primitives with equal texts (another batch, say) can share an
 * fdnn_weights. Empty where only unpacked weights are read.
 * primitive: Handle.
 * buffer: Gets UTF-8 text with a terminating zero.
 * size: Bytes at buffer; 256 are enough for every text. */
int32_t fdnn_primitive_packed_key(fdnn_primitive primitive, char* buffer, int64_t size);

/* Asks a primitive for a number about its present plan.
 * primitive: Handle.
 * what: An fdnn_query.
 * value: Gets the answer. */
int32_t fdnn_primitive_query(fdnn_primitive primitive, int32_t what, int64_t* value);

/* Executes primitives one after another, as a whole network does, and stops at the first that fails.
 * steps: The handles with their pointers.
 * count: How many.
 * failed: Gets the index of the step that failed, or count; may be null. */
int32_t fdnn_primitives_execute(const fdnn_step* steps, int64_t count, int64_t* failed);

/* Changes the size of a block; its content stays, as far as it fits. Null, with the block as it was, where there is no
 * more memory, and for a block of the pool's on a thread that has ended.
 * memory: Pointer of this family's, of the C library's malloc, or null.
 * bytes: New size. */
void* fdnn_realloc(void* memory, size_t bytes);

/* Makes a reorder: dst = src. An execution reads src and writes dst; they must not overlap.
 * desc: The problem.
 * primitive: Gets the handle. */
int32_t fdnn_reorder_create(const fdnn_reorder_desc* desc, fdnn_primitive* primitive);

/* Makes a softmax. An execution reads src and writes dst, which may be src. A row with a NaN, or with only -∞, becomes
 * NaN.
 * desc: The problem.
 * primitive: Gets the handle. */
int32_t fdnn_softmax_create(const fdnn_softmax_desc* desc, fdnn_primitive* primitive);

/* Name of a status, for example "invalid_argument"; "unknown" for a number that is none. Cannot fail.
 * status: What a function returned. */
const char* fdnn_status_name(int32_t status);

/* Where executions run: see fdnn_team_mode.
 * mode: Gets the fdnn_team_mode. */
int32_t fdnn_team_mode_get(int32_t* mode);

/* Threads that plans cut their work for.
 * threads: Gets the number. */
int32_t fdnn_threads_get(int32_t* threads);

/* Changes the number of threads, for primitives that exist as well: they get a new plan at their next execution.
 * threads: From 1 to 1024. */
int32_t fdnn_threads_set(int32_t threads);

/* What is written to standard output: 0 nothing, 1 a line per execution, 2 also one per plan made.
 * level: Gets the level. */
int32_t fdnn_verbose_get(int32_t* level);

/* Changes what is written to standard output; until then FUGAKUDNN_VERBOSE decides.
 * level: From 0 to 2. */
int32_t fdnn_verbose_set(int32_t level);

/* Version of the library as 10000·major + 100·minor + patch. Cannot fail. */
int32_t fdnn_version(void);

/* The packed data: what fdnn_arguments.packed_weights takes. Valid until the handle is destroyed.
 * weights: Handle.
 * data: Gets the pointer. */
int32_t fdnn_weights_data(fdnn_weights weights, const void** data);

/* Frees packed weights. No execution may be reading them.
 * weights: Handle. */
int32_t fdnn_weights_destroy(fdnn_weights weights);

/* Packs weights for a primitive. Others with the same fdnn_primitive_packed_key can use them as well.
 * primitive: Handle of the primitive.
 * weights: Weights in the layout of its descriptor; read now, not later.
 * packed: Gets the handle of the packed weights. */
int32_t fdnn_weights_pack(fdnn_primitive primitive, const void* weights, fdnn_weights* packed);

#ifdef __cplusplus
}
#endif

#endif
