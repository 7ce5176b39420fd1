/* Small problems that several programs use. */
#ifndef PROBLEMS_H
#define PROBLEMS_H

#include <math.h>

#include "check.h"

static inline fdnn_convolution_desc convolution_3x3(int64_t channels, int64_t size) {
    return (fdnn_convolution_desc){
        .size = sizeof(fdnn_convolution_desc), .data_type = FDNN_DATA_TYPE_F32, .batch = 1, .in_channels = channels,
        .in_height = size, .in_width = size, .out_channels = channels, .kernel_height = 3, .kernel_width = 3, .stride_h = 1,
        .stride_w = 1, .dilation_h = 1, .dilation_w = 1, .pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1, .groups = 1};
}

static inline fdnn_matmul_desc matmul(int64_t m, int64_t n, int64_t k) {
    return (fdnn_matmul_desc){
        .size = sizeof(fdnn_matmul_desc), .type_a = FDNN_DATA_TYPE_F32, .type_b = FDNN_DATA_TYPE_F32, .type_c = FDNN_DATA_TYPE_F32,
        .batch = 1, .m = m, .n = n, .k = k, .lda = k, .ldb = n, .ldc = n, .alpha = 1};
}

static inline fdnn_eltwise_desc relu(int64_t count) {
    return (fdnn_eltwise_desc){.size = sizeof(fdnn_eltwise_desc), .data_type = FDNN_DATA_TYPE_F32,
                               .activation = {.kind = FDNN_ACTIVATION_RELU}, .count = count};
}

static inline int equal(const float* got, const float* expected, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        if (!(fabsf(got[i] - expected[i]) <= 1e-6f * (1 + fabsf(expected[i])))) {
            printf("# [%" PRId64 "]: expected %g, got %g\n", i, expected[i], got[i]);
            return 0;
        }
    }
    return 1;
}

static inline void run_and_destroy(fdnn_primitive primitive, fdnn_arguments arguments) {
    OK(fdnn_primitive_execute(primitive, &arguments));
    OK(fdnn_primitive_destroy(primitive));
}

#endif
