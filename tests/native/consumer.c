/* A C program that uses every function of the library: right results on small problems, and refusals that name the rule. */
#define _GNU_SOURCE
#include <stdlib.h>

#include "problems.h"

static void names_and_version(void) {
    CHECK(fdnn_version() >= 100);
    CHECK(strcmp(fdnn_status_name(FDNN_STATUS_STALE_HANDLE), "stale_handle") == 0);
    CHECK(strcmp(fdnn_status_name(99), "unknown") == 0);
    CHECK(strcmp(fdnn_isa_name(FDNN_ISA_SVE512), "sve512") == 0);
    CHECK(strcmp(fdnn_isa_name(-1), "unknown") == 0);
    CHECK(fdnn_last_error()[0] == 0);
}

static void convolution(void) {
    /* Ones everywhere: each result counts the taps inside the image, 3 channels each. */
    float src[75], weights[81], residual[75], bias[3] = {10, 20, 30}, dst[75];
    for (int i = 0; i < 81; i++) weights[i] = 1;
    for (int i = 0; i < 75; i++) { src[i] = 1; residual[i] = 0.5f; dst[i] = -1; }
    fdnn_convolution_desc desc = convolution_3x3(3, 5);
    desc.has_bias = 1;
    desc.has_residual = 1;
    desc.activation = (fdnn_activation_desc){.kind = FDNN_ACTIVATION_CLIP, .alpha = 0, .beta = 40};
    fdnn_primitive primitive;
    if (!OK(fdnn_convolution_create(&desc, &primitive))) return;
    run_and_destroy(primitive, (fdnn_arguments){.src = src, .weights = weights, .bias = bias, .residual = residual, .dst = dst});
    for (int y = 0; y < 5; y++)
        for (int x = 0; x < 5; x++)
            for (int c = 0; c < 3; c++) {
                float taps = (y % 4 ? 3.f : 2.f) * (x % 4 ? 3.f : 2.f) * 3;
                CHECK(dst[(y * 5 + x) * 3 + c] == fminf(taps + bias[c] + 0.5f, 40));
            }
}

static void matmul_and_inner_product(void) {
    float a[] = {1, 2, 3, 4, 5, 6}, b[] = {1, 0, 2, 1, 0, 3}, product[] = {5, 11, 14, 23}, dst[4];
    fdnn_matmul_desc desc = matmul(2, 2, 3);
    fdnn_primitive primitive;
    if (OK(fdnn_matmul_create(&desc, &primitive))) {
        run_and_destroy(primitive, (fdnn_arguments){.src = a, .weights = b, .dst = dst});
        CHECK(equal(dst, product, 4));
    }
    float weights[] = {1, 2, 0, 0, 1, 3}, bias[] = {1, -30}, layer[] = {6, 0, 15, 0};
    fdnn_inner_product_desc inner = {.size = sizeof inner, .data_type = FDNN_DATA_TYPE_F32, .batch = 2, .in_features = 3,
                                     .out_features = 2, .has_bias = 1, .activation = {.kind = FDNN_ACTIVATION_RELU}};
    if (OK(fdnn_inner_product_create(&inner, &primitive))) {
        run_and_destroy(primitive, (fdnn_arguments){.src = a, .weights = weights, .bias = bias, .dst = dst});
        CHECK(equal(dst, layer, 4));
    }
}

static void batch_normalization(void) {
    double src[] = {1, 10, 3, 20}, mean[] = {2, 10}, variance[] = {3, 99}, scale[] = {4, 1}, shift[] = {0, 5}, dst[4];
    fdnn_batch_normalization_desc desc = {.size = sizeof desc, .data_type = FDNN_DATA_TYPE_F64, .batch = 1, .channels = 2,
                                          .spatial = 2, .epsilon = 1};
    fdnn_primitive primitive;
    if (!OK(fdnn_batch_normalization_create(&desc, &primitive))) return;
    run_and_destroy(primitive, (fdnn_arguments){.src = src, .mean = mean, .variance = variance, .scale = scale, .shift = shift,
                                                .dst = dst});
    double expected[] = {-2, 5, 2, 6};
    for (int i = 0; i < 4; i++) CHECK(fabs(dst[i] - expected[i]) < 1e-12);
}

static void pooling(void) {
    float src[] = {1, 5, 2, 5, 0, 3, 4, 4, 9}, dst[4], expected[] = {5, 5, 5, 9};
    int64_t indices[4], places[] = {1, 1, 3, 8};
    fdnn_pooling_desc desc = {.size = sizeof desc, .data_type = FDNN_DATA_TYPE_F32, .kind = FDNN_POOLING_KIND_MAX, .has_indices = 1,
                              .batch = 1, .channels = 1, .in_height = 3, .in_width = 3, .out_height = 2, .out_width = 2,
                              .kernel_height = 2, .kernel_width = 2, .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1};
    fdnn_primitive primitive;
    if (!OK(fdnn_pooling_create(&desc, &primitive))) return;
    run_and_destroy(primitive, (fdnn_arguments){.src = src, .dst = dst, .workspace = indices});
    CHECK(equal(dst, expected, 4));
    CHECK(memcmp(indices, places, sizeof places) == 0);
}

static void eltwise(void) {
    float data[] = {-1, 2, -3, 0}, expected[] = {0, 2, 0, 0};
    fdnn_eltwise_desc desc = relu(4);
    fdnn_primitive primitive;
    if (!OK(fdnn_eltwise_create(&desc, &primitive))) return;
    run_and_destroy(primitive, (fdnn_arguments){.src = data, .dst = data});
    CHECK(equal(data, expected, 4));
}

static void binary(void) {
    float a[] = {1, 2, 3, 4, 5, 6}, b[] = {10, 20, 30}, dst[6], expected[] = {21, 42, 63, 24, 45, 66};
    fdnn_binary_desc desc = {.size = sizeof desc, .data_type = FDNN_DATA_TYPE_F32, .kind = FDNN_BINARY_KIND_ADD, .rank = 2, .alpha = 2,
                             .sizes = {2, 3}, .strides_a = {3, 1}, .strides_b = {0, 1}, .strides_dst = {3, 1}};
    fdnn_primitive primitive;
    if (!OK(fdnn_binary_create(&desc, &primitive))) return;
    run_and_destroy(primitive, (fdnn_arguments){.src = a, .src1 = b, .dst = dst});
    CHECK(equal(dst, expected, 6));
}

static void softmax(void) {
    float src[] = {1000, 1000, 0, 0}, dst[4], expected[] = {-0.693147f, -0.693147f, -0.693147f, -0.693147f};
    fdnn_softmax_desc desc = {.size = sizeof desc, .data_type = FDNN_DATA_TYPE_F32, .logarithm = 1, .outer = 2, .axis = 2, .inner = 1};
    fdnn_primitive primitive;
    if (!OK(fdnn_softmax_create(&desc, &primitive))) return;
    run_and_destroy(primitive, (fdnn_arguments){.src = src, .dst = dst});
    CHECK(equal(dst, expected, 4));
}

static void reorder(void) {
    int8_t src[] = {1, 2, 3, 4, 5, 6}, dst[6], expected[] = {1, 4, 2, 5, 3, 6};
    fdnn_reorder_desc desc = {.size = sizeof desc, .data_type = FDNN_DATA_TYPE_S8, .rank = 2, .sizes = {2, 3}, .strides_src = {3, 1},
                              .strides_dst = {1, 2}};
    fdnn_primitive primitive;
    if (!OK(fdnn_reorder_create(&desc, &primitive))) return;
    run_and_destroy(primitive, (fdnn_arguments){.src = src, .dst = dst});
    CHECK(memcmp(dst, expected, 6) == 0);
}

static void queries(void) {
    fdnn_convolution_desc desc = convolution_3x3(16, 8);
    fdnn_primitive primitive;
    if (!OK(fdnn_convolution_create(&desc, &primitive))) return;
    int64_t value = -1;
    int32_t isa = -1, threads = -1;
    char text[256];
    OK(fdnn_primitive_query(primitive, FDNN_QUERY_SCRATCH_BYTES, &value));
    CHECK(value >= 0);
    OK(fdnn_primitive_query(primitive, FDNN_QUERY_CODE_BYTES, &value));
    CHECK(value >= 0);
    OK(fdnn_isa_get(&isa));
    OK(fdnn_primitive_query(primitive, FDNN_QUERY_ISA, &value));
    CHECK(value == isa);
    OK(fdnn_threads_get(&threads));
    OK(fdnn_primitive_query(primitive, FDNN_QUERY_THREADS, &value));
    CHECK(value == threads);
    OK(fdnn_primitive_implementation(primitive, text, sizeof text));
    CHECK(strlen(text) > 3);
    OK(fdnn_primitive_packed_key(primitive, text, sizeof text));
    REFUSED(fdnn_primitive_implementation(primitive, text, 2), FDNN_STATUS_INVALID_ARGUMENT, "size must be at least");
    REFUSED(fdnn_primitive_query(primitive, 77, &value), FDNN_STATUS_INVALID_ARGUMENT, "77");
    REFUSED(fdnn_primitive_query(primitive, 0, NULL), FDNN_STATUS_INVALID_ARGUMENT, "value must not be null");
    OK(fdnn_primitive_destroy(primitive));
}

static void packed_weights(void) {
    enum { CHANNELS = 24, WEIGHTS = CHANNELS * CHANNELS * 9, IMAGE = CHANNELS * 49 };
    static float src[IMAGE], weights[WEIGHTS], unpacked[IMAGE], packed[IMAGE];
    for (int i = 0; i < IMAGE; i++) src[i] = (float)(i % 7 - 3);
    for (int i = 0; i < WEIGHTS; i++) weights[i] = (float)(i % 5 - 2);
    fdnn_convolution_desc desc = convolution_3x3(CHANNELS, 7);
    fdnn_primitive primitive, other;
    if (!OK(fdnn_convolution_create(&desc, &primitive))) return;
    desc.in_channels = desc.out_channels = 8;
    OK(fdnn_convolution_create(&desc, &other));
    fdnn_weights handle = 0;
    int64_t bytes = 0;
    OK(fdnn_primitive_query(primitive, FDNN_QUERY_PACKED_WEIGHTS_BYTES, &bytes));
    fdnn_arguments arguments = {.src = src, .weights = weights, .dst = unpacked};
    OK(fdnn_primitive_execute(primitive, &arguments));
    if (bytes == 0) {
        REFUSED(fdnn_weights_pack(primitive, weights, &handle), FDNN_STATUS_UNSUPPORTED, "unpacked weights only");
        arguments.packed_weights = weights;
        REFUSED(fdnn_primitive_execute(primitive, &arguments), FDNN_STATUS_INVALID_ARGUMENT, "packed_weights must be null");
    } else if (OK(fdnn_weights_pack(primitive, weights, &handle))) {
        const void* data = NULL;
        void* garbage = NULL;
        OK(fdnn_weights_data(handle, &data));
        arguments = (fdnn_arguments){.src = src, .packed_weights = data, .dst = packed};
        OK(fdnn_primitive_execute(primitive, &arguments));
        CHECK(memcmp(unpacked, packed, sizeof packed) == 0);
        REFUSED(fdnn_primitive_execute(other, &arguments), FDNN_STATUS_INVALID_ARGUMENT, "packed_weights must be packed for");
        OK(fdnn_memory_allocate(4096, &garbage));
        memset(garbage, 1, 4096);
        arguments.packed_weights = (char*)garbage + 1024;
        REFUSED(fdnn_primitive_execute(primitive, &arguments), FDNN_STATUS_INVALID_ARGUMENT, "must be the data of an fdnn_weights");
        arguments.packed_weights = (char*)garbage + 1028;
        REFUSED(fdnn_primitive_execute(primitive, &arguments), FDNN_STATUS_INVALID_ARGUMENT, "aligned to 256");
        OK(fdnn_memory_free(garbage));
        OK(fdnn_weights_destroy(handle));
    }
    REFUSED(fdnn_weights_destroy(handle), FDNN_STATUS_STALE_HANDLE, "weights: handle");
    REFUSED(fdnn_weights_destroy(primitive), FDNN_STATUS_STALE_HANDLE, "weights: handle");
    REFUSED(fdnn_weights_pack(primitive, weights, NULL), FDNN_STATUS_INVALID_ARGUMENT, "packed must not be null");
    OK(fdnn_primitive_destroy(primitive));
    OK(fdnn_primitive_destroy(other));
}

static void change_of_settings(void) {
    int32_t isa, threads, available = -1, mode = -1;
    OK(fdnn_isa_get(&isa));
    OK(fdnn_threads_get(&threads));
    fdnn_matmul_desc desc = matmul(8, 8, 8);
    float a[64], b[64], c[64], expected[64];
    for (int i = 0; i < 64; i++) { a[i] = (float)(i % 5); b[i] = (float)(i % 3); expected[i] = 0; }
    for (int i = 0; i < 512; i++) expected[i / 8 % 64] += a[i / 64 * 8 + i % 8] * b[i % 8 * 8 + i / 8 % 8];
    fdnn_arguments arguments = {.src = a, .weights = b, .dst = c};
    fdnn_primitive primitive;
    if (!OK(fdnn_matmul_create(&desc, &primitive))) return;
    for (int32_t other = FDNN_ISA_PORTABLE; other <= FDNN_ISA_AVX512; other++) {
        OK(fdnn_isa_available(other, &available));
        if (!available) {
            REFUSED(fdnn_isa_set(other), FDNN_STATUS_UNSUPPORTED, "is not available on this machine");
            continue;
        }
        for (int32_t count = 1; count <= 3; count++) {
            int64_t value = -1;
            OK(fdnn_isa_set(other));
            OK(fdnn_threads_set(count));
            memset(c, 0, sizeof c);
            OK(fdnn_primitive_execute(primitive, &arguments));
            CHECK(equal(c, expected, 64));
            OK(fdnn_primitive_query(primitive, FDNN_QUERY_ISA, &value));
            CHECK(value == other);
            OK(fdnn_primitive_query(primitive, FDNN_QUERY_THREADS, &value));
            CHECK(value == count);
        }
    }
    OK(fdnn_isa_set(isa));
    OK(fdnn_threads_set(threads));
    OK(fdnn_primitive_destroy(primitive));
    REFUSED(fdnn_isa_set(99), FDNN_STATUS_INVALID_ARGUMENT, "99");
    REFUSED(fdnn_threads_set(0), FDNN_STATUS_INVALID_ARGUMENT, "threads: must be in [1, 1024], got 0");
    OK(fdnn_team_mode_get(&mode));
    CHECK(mode >= FDNN_TEAM_MODE_SEQUENTIAL && mode <= FDNN_TEAM_MODE_CALLER_PARALLEL_FOR);
}

static int loops;

static void sequential_loop(void* context, int64_t count, void (*body)(void* state, int64_t i), void* state) {
    ++*(int*)context;
    for (int64_t i = count; i-- > 0;) body(state, i);
}

static void host_parallel_for(void) {
    enum { N = 96 };
    static float a[N * N], b[N * N], own[N * N], hosted[N * N];
    for (int i = 0; i < N * N; i++) { a[i] = (float)(i % 7); b[i] = (float)(i % 5); }
    int32_t threads, mode;
    fdnn_matmul_desc desc = matmul(N, N, N);
    fdnn_primitive primitive;
    OK(fdnn_threads_get(&threads));
    OK(fdnn_threads_set(2));
    if (!OK(fdnn_matmul_create(&desc, &primitive))) return;
    fdnn_arguments arguments = {.src = a, .weights = b, .dst = own};
    OK(fdnn_primitive_execute(primitive, &arguments));
    OK(fdnn_parallel_for_set(sequential_loop, &loops));
    OK(fdnn_team_mode_get(&mode));
    CHECK(mode == FDNN_TEAM_MODE_CALLER_PARALLEL_FOR);
    arguments.dst = hosted;
    OK(fdnn_primitive_execute(primitive, &arguments));
    CHECK(loops > 0);
    CHECK(memcmp(own, hosted, sizeof own) == 0);
    OK(fdnn_parallel_for_set(NULL, NULL));
    OK(fdnn_primitive_destroy(primitive));
    OK(fdnn_threads_set(threads));
}

static void plan_cache(void) {
    fdnn_plan_cache_statistics before, after;
    fdnn_eltwise_desc desc = relu(12345);
    fdnn_primitive first, second;
    OK(fdnn_plan_cache_clear());
    OK(fdnn_plan_cache_stats(&before));
    CHECK(before.cached_plans == 0);
    OK(fdnn_eltwise_create(&desc, &first));
    OK(fdnn_eltwise_create(&desc, &second));
    OK(fdnn_plan_cache_stats(&after));
    CHECK(after.misses == before.misses + 1);
    CHECK(after.hits == before.hits + 1);
    CHECK(after.cached_plans == 1);
    OK(fdnn_plan_cache_set_limit(0, before.limit_code_bytes));
    OK(fdnn_plan_cache_stats(&after));
    CHECK(after.cached_plans == 0 && after.evictions > before.evictions);
    CHECK(after.live_plans == before.live_plans + 1);
    OK(fdnn_primitive_destroy(first));
    OK(fdnn_primitive_destroy(second));
    OK(fdnn_plan_cache_stats(&after));
    CHECK(after.live_plans == before.live_plans);
    OK(fdnn_plan_cache_set_limit(before.limit_plans, before.limit_code_bytes));
    REFUSED(fdnn_plan_cache_set_limit(-1, 0), FDNN_STATUS_INVALID_ARGUMENT, "plan_cache: plans must be in");
    REFUSED(fdnn_plan_cache_stats(NULL), FDNN_STATUS_INVALID_ARGUMENT, "statistics must not be null");
}

static void memory(void) {
    void* block = NULL;
    OK(fdnn_memory_allocate(1000, &block));
    CHECK((uintptr_t)block % 256 == 0);
    memset(block, 1, 1000);
    OK(fdnn_memory_free(block));
    OK(fdnn_memory_free(NULL));
    REFUSED(fdnn_memory_allocate(-1, &block), FDNN_STATUS_INVALID_ARGUMENT, "bytes");
    CHECK(fdnn_memory_allocate((int64_t)1 << 38, NULL) == FDNN_STATUS_INVALID_ARGUMENT);
}

static void verbose(void) {
    int32_t level = -1;
    OK(fdnn_verbose_set(1));
    OK(fdnn_verbose_get(&level));
    CHECK(level == 1);
    eltwise();
    OK(fdnn_verbose_set(0));
    REFUSED(fdnn_verbose_set(3), FDNN_STATUS_INVALID_ARGUMENT, "verbose: level must be in [0, 2], got 3");
}

int main(void) {
    RUN(names_and_version);
    RUN(convolution);
    RUN(matmul_and_inner_product);
    RUN(batch_normalization);
    RUN(pooling);
    RUN(eltwise);
    RUN(binary);
    RUN(softmax);
    RUN(reorder);
    RUN(queries);
    RUN(packed_weights);
    RUN(change_of_settings);
    RUN(host_parallel_for);
    RUN(plan_cache);
    RUN(memory);
    RUN(verbose);
    return check_summary();
}
