/* What the library refuses, with which words, and what it has to put up with. */
#define _GNU_SOURCE
#include "problems.h"

#define COUNT(array) ((int64_t)(sizeof(array) / sizeof((array)[0])))

static void stale_handles(void) {
    fdnn_eltwise_desc desc = relu(4);
    fdnn_primitive primitive, next;
    float data[4] = {0};
    fdnn_arguments arguments = {.src = data, .dst = data};
    OK(fdnn_eltwise_create(&desc, &primitive));
    OK(fdnn_primitive_destroy(primitive));
    OK(fdnn_eltwise_create(&desc, &next));
    CHECK(next != primitive);
    REFUSED(fdnn_primitive_execute(primitive, &arguments), FDNN_STATUS_STALE_HANDLE, "was destroyed or never was one");
    REFUSED(fdnn_primitive_destroy(primitive), FDNN_STATUS_STALE_HANDLE, "primitive: handle");
    uint64_t garbage[] = {0, 1, UINT64_MAX, (uint64_t)1 << 63, next + 1, next ^ ((uint64_t)1 << 40)};
    for (int64_t i = 0; i < COUNT(garbage); i++) {
        int64_t value;
        const void* data_pointer;
        REFUSED(fdnn_primitive_execute(garbage[i], &arguments), FDNN_STATUS_STALE_HANDLE, "handle");
        REFUSED(fdnn_primitive_query(garbage[i], 0, &value), FDNN_STATUS_STALE_HANDLE, "handle");
        REFUSED(fdnn_primitive_destroy(garbage[i]), FDNN_STATUS_STALE_HANDLE, "handle");
        REFUSED(fdnn_weights_data(garbage[i], &data_pointer), FDNN_STATUS_STALE_HANDLE, "handle");
    }
    OK(fdnn_primitive_destroy(next));
}

static void refused_descriptors(void) {
    fdnn_convolution_desc desc = convolution_3x3(4, 8);
    fdnn_primitive primitive = 42;
    REFUSED(fdnn_convolution_create(NULL, &primitive), FDNN_STATUS_INVALID_ARGUMENT, "desc must not be null");
    REFUSED(fdnn_convolution_create(&desc, NULL), FDNN_STATUS_INVALID_ARGUMENT, "primitive must not be null");
    desc.size = 8;
    REFUSED(fdnn_convolution_create(&desc, &primitive), FDNN_STATUS_INVALID_ARGUMENT, "size must be sizeof");
    desc.size = sizeof desc;
    desc.groups = 3;
    REFUSED(fdnn_convolution_create(&desc, &primitive), FDNN_STATUS_INVALID_ARGUMENT, "in_channels must be a multiple of groups (3), got 4");
    desc.groups = 1;
    desc.has_bias = 7;
    REFUSED(fdnn_convolution_create(&desc, &primitive), FDNN_STATUS_INVALID_ARGUMENT, "has_bias must be 0 or 1, got 7");
    desc.has_bias = 0;
    desc.batch = INT64_MAX;
    REFUSED(fdnn_convolution_create(&desc, &primitive), FDNN_STATUS_INVALID_ARGUMENT, "batch must be in");
    desc.batch = (int64_t)1 << 38;
    desc.in_height = desc.in_width = 1 << 20;
    REFUSED(fdnn_convolution_create(&desc, &primitive), FDNN_STATUS_INVALID_ARGUMENT, "src must take at most");
    CHECK(primitive == 42);
    /* A caller of a later version: longer, and what this version does not know is 0, or is refused. */
    struct { fdnn_eltwise_desc known; uint64_t later; } longer = {.known = relu(4)};
    longer.known.size = sizeof longer;
    OK(fdnn_eltwise_create(&longer.known, &primitive));
    OK(fdnn_primitive_destroy(primitive));
    longer.later = 1;
    REFUSED(fdnn_eltwise_create(&longer.known, &primitive), FDNN_STATUS_UNSUPPORTED, "must be 0 for this version");
}

static void refused_pointers(void) {
    float data[192] = {0}, weights[36] = {0};
    fdnn_convolution_desc desc = convolution_3x3(2, 4);
    fdnn_primitive primitive;
    if (!OK(fdnn_convolution_create(&desc, &primitive))) return;
    fdnn_arguments good = {.src = data, .weights = weights, .dst = data + 64}, bad = good;
    OK(fdnn_primitive_execute(primitive, &good));
    REFUSED(fdnn_primitive_execute(primitive, NULL), FDNN_STATUS_INVALID_ARGUMENT, "arguments must not be null");
    bad.src = NULL;
    REFUSED(fdnn_primitive_execute(primitive, &bad), FDNN_STATUS_INVALID_ARGUMENT, "convolution: src must not be null");
    bad = good;
    bad.weights = NULL;
    REFUSED(fdnn_primitive_execute(primitive, &bad), FDNN_STATUS_INVALID_ARGUMENT, "weights must not be null");
    bad = good;
    bad.dst = (char*)data + 258;
    REFUSED(fdnn_primitive_execute(primitive, &bad), FDNN_STATUS_INVALID_ARGUMENT, "dst must be aligned to 4 bytes");
    bad.dst = data + 31;
    REFUSED(fdnn_primitive_execute(primitive, &bad), FDNN_STATUS_INVALID_ARGUMENT, "dst must not overlap src");
    bad = good;
    bad.scratch = (char*)data + 4;
    if ((uintptr_t)bad.scratch % 256 != 0)
        REFUSED(fdnn_primitive_execute(primitive, &bad), FDNN_STATUS_INVALID_ARGUMENT, "scratch must be aligned to 256 bytes");
    OK(fdnn_primitive_destroy(primitive));
}

static void nothing_to_do(void) {
    fdnn_arguments none = {0};
    fdnn_convolution_desc convolution_desc = convolution_3x3(4, 8);
    convolution_desc.batch = 0;
    fdnn_matmul_desc matmul_desc = matmul(0, 5, 3);
    fdnn_eltwise_desc eltwise_desc = relu(0);
    fdnn_primitive primitive;
    if (OK(fdnn_convolution_create(&convolution_desc, &primitive))) run_and_destroy(primitive, none);
    if (OK(fdnn_matmul_create(&matmul_desc, &primitive))) run_and_destroy(primitive, none);
    if (OK(fdnn_eltwise_create(&eltwise_desc, &primitive))) run_and_destroy(primitive, none);
    /* No input, but an output: sums of nothing. */
    float dst[6] = {1, 1, 1, 1, 1, 1}, zeros[6] = {0};
    matmul_desc = matmul(2, 3, 0);
    matmul_desc.lda = 1;
    if (OK(fdnn_matmul_create(&matmul_desc, &primitive))) run_and_destroy(primitive, (fdnn_arguments){.dst = dst});
    CHECK(equal(dst, zeros, 6));
}

static void lists_of_steps(void) {
    float x[] = {-1, 2}, y[2], z[2], expected[] = {0, 2};
    fdnn_eltwise_desc desc = relu(2);
    fdnn_step steps[2] = {{.arguments = {.src = x, .dst = y}}, {.arguments = {.src = y, .dst = z}}};
    OK(fdnn_eltwise_create(&desc, &steps[0].primitive));
    OK(fdnn_eltwise_create(&desc, &steps[1].primitive));
    int64_t failed = -1;
    OK(fdnn_primitives_execute(steps, 2, &failed));
    CHECK(failed == 2);
    CHECK(equal(z, expected, 2));
    OK(fdnn_primitives_execute(NULL, 0, NULL));
    OK(fdnn_primitive_destroy(steps[1].primitive));
    REFUSED(fdnn_primitives_execute(steps, 2, &failed), FDNN_STATUS_STALE_HANDLE, "step 1: primitive: handle");
    CHECK(failed == 1);
    steps[0].arguments.src = NULL;
    REFUSED(fdnn_primitives_execute(steps, 2, &failed), FDNN_STATUS_INVALID_ARGUMENT, "step 0: eltwise: src must not be null");
    REFUSED(fdnn_primitives_execute(NULL, 2, &failed), FDNN_STATUS_INVALID_ARGUMENT, "steps must not be null");
    REFUSED(fdnn_primitives_execute(steps, -1, NULL), FDNN_STATUS_INVALID_ARGUMENT, "count");
    OK(fdnn_primitive_destroy(steps[0].primitive));
}

int main(void) {
    RUN(stale_handles);
    RUN(refused_descriptors);
    RUN(refused_pointers);
    RUN(nothing_to_do);
    RUN(lists_of_steps);
    return check_summary();
}
