/* Hostile and valid problems by the hundred thousand. What the library accepts is executed between guard pages and compared with
 * plain loops; what it does not accept must leave a message and write nothing. FUZZ_SEED and FUZZ_ROUNDS change the run. */
#define _GNU_SOURCE
#include "loops.h"

enum { SRC, SRC1, WEIGHTS, BIAS, RESIDUAL, MEAN, VARIANCE, DST, MOST_PRODUCTS = 300000 };

static uint64_t state;
static int64_t created, executed, refused, too_large;
static int at_the_end, comparable;

static uint64_t random_bits(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static int64_t below(int64_t count) { return (int64_t)(random_bits() % (uint64_t)count); }

#define PICK(...) ((const int64_t[]){__VA_ARGS__}[below((int64_t)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)))])

static int64_t nasty(void) {
    return PICK(-1, 0, 1, 2, 3, 7, 16, 100, 255, 65536, INT32_MAX, INT32_MIN, (int64_t)1 << 31, (int64_t)1 << 32, ((int64_t)1 << 39) + 1,
                (int64_t)1 << 52, INT64_MAX, INT64_MIN, (int64_t)random_bits(), -(int64_t)(random_bits() >> 40));
}

/* Overwrites a field or half of one; a third of the time also others. */
static void corrupt(void* desc, size_t bytes) {
    do {
        int64_t value = nasty();
        if (below(2)) {
            memcpy((char*)desc + 8 * below((int64_t)bytes / 8), &value, 8);
        } else {
            memcpy((char*)desc + 4 * below((int64_t)bytes / 4), &value, 4);
        }
    } while (below(3) == 0);
}

/* Parameters that are no ordinary numbers are executed all the same, but the loops need not agree then. */
static int ordinary(double value) { return fabs(value) < 1e6; }

static int ordinary_activation(fdnn_activation_desc f) { return ordinary(f.alpha) && ordinary(f.beta); }

static fdnn_activation_desc random_activation(int kinds) {
    return (fdnn_activation_desc){.kind = (int32_t)below(kinds), .alpha = (float)PICK(0, 1, -2) / 2, .beta = (float)PICK(0, 3, 5)};
}

/* A buffer of random small integers; null where it would be too large (then the problem is not executed). */
static void* input(int index, int type, double count, int64_t from, int64_t values) {
    if (!(count * (double)size_of(type) <= GUARDED_BYTES)) return NULL;
    void* data = guarded_take(index, (size_t)count * (size_t)size_of(type), at_the_end);
    for (int64_t i = 0; i < (int64_t)count; i++) set_element(data, type, i, (double)(from + below(values)));
    return data;
}

static void* output(int index, int type, double count) {
    return count * (double)size_of(type) <= GUARDED_BYTES ? guarded_take(index, (size_t)count * (size_t)size_of(type), at_the_end) : NULL;
}

static int compare(const char* what, const void* dst, int type, int64_t i, double expected) {
    double got = element(dst, type, i), bound = type == FDNN_DATA_TYPE_F32 ? 1e-5 : type == FDNN_DATA_TYPE_F64 ? 1e-12 : 0;
    if (!comparable || got == expected /* infinities */ || fabs(got - expected) <= bound * (1 + fabs(expected))) return 1;
    printf("# %s: element %" PRId64 " must be %.9g, got %.9g\n", what, i, expected, got);
    return CHECK(!"the result is the reference's");
}

/* Whether a primitive was made; where the library refused, nothing was written and a message stands. */
static int settle(int status, const fdnn_primitive* made) {
    if (status == 0) {
        created++;
        return 1;
    }
    refused++;
    CHECK(*made == 42 && status >= FDNN_STATUS_INVALID_ARGUMENT && status <= FDNN_STATUS_OUT_OF_MEMORY);
    CHECK(fdnn_last_error()[0] != 0);
    return 0;
}

static int run(fdnn_primitive primitive, const fdnn_arguments* arguments) {
    executed++;
    if (!OK(fdnn_primitive_execute(primitive, arguments))) return 0;
    for (int i = 0; i < GUARDED_BUFFERS; i++)
        if (!CHECK(guarded_at[i] == NULL || guarded_intact(i))) return 0;
    return 1;
}

static void finish(fdnn_primitive primitive, int ran) {
    if (!ran) too_large++;
    OK(fdnn_primitive_destroy(primitive));
}

static void fuzz_convolution(int hostile) {
    int64_t groups = PICK(1, 1, 1, 2, 3), kh = PICK(1, 1, 2, 3), kw = PICK(1, 1, 3), dh = PICK(1, 1, 2), dw = PICK(1, 1, 2);
    fdnn_convolution_desc d = {.size = sizeof d, .data_type = below(8) ? FDNN_DATA_TYPE_F32 : FDNN_DATA_TYPE_F64,
        .src_layout = (int32_t)PICK(0, 0, 1), .dst_layout = (int32_t)PICK(0, 0, 1), .weights_layout = (int32_t)below(3),
        .batch = PICK(0, 1, 1, 2), .in_channels = groups * PICK(1, 2, 3, 8), .out_channels = groups * PICK(1, 4, 8, 17),
        .in_height = dh * (kh - 1) + PICK(1, 4, 7), .in_width = dw * (kw - 1) + PICK(1, 5, 8), .kernel_height = kh, .kernel_width = kw,
        .stride_h = PICK(1, 1, 2), .stride_w = PICK(1, 1, 2), .dilation_h = dh, .dilation_w = dw, .pad_top = PICK(0, 1), .pad_bottom = PICK(0, 1, 2),
        .pad_left = PICK(0, 1), .pad_right = PICK(0, 2), .groups = groups, .has_bias = (int32_t)below(2), .has_residual = (int32_t)below(2),
        .activation = random_activation(5)};
    if (hostile) corrupt(&d, sizeof d);
    fdnn_primitive p = 42;
    if (!settle(fdnn_convolution_create(&d, &p), &p)) {
        if (check_case_failed)
            printf("# layouts %d %d %d, n%" PRId64 " g%" PRId64 " c%" PRId64 " %" PRId64 "x%" PRId64 " o%" PRId64 " k%" PRId64 "x%" PRId64 " s%" PRId64 "x%" PRId64
                " d%" PRId64 "x%" PRId64 " p%" PRId64 ":%" PRId64 "x%" PRId64 ":%" PRId64 " bias %d residual %d activation %d %g %g\n", d.src_layout, d.dst_layout,
                d.weights_layout, d.batch, d.groups, d.in_channels, d.in_height, d.in_width, d.out_channels, d.kernel_height, d.kernel_width, d.stride_h,
                d.stride_w, d.dilation_h, d.dilation_w, d.pad_top, d.pad_bottom, d.pad_left, d.pad_right, d.has_bias, d.has_residual, d.activation.kind,
                (double)d.activation.alpha, (double)d.activation.beta);
        return;
    }
    comparable = ordinary_activation(d.activation);
    int64_t oh = windows(d.in_height, d.pad_top, d.pad_bottom, d.kernel_height, d.stride_h, d.dilation_h);
    int64_t ow = windows(d.in_width, d.pad_left, d.pad_right, d.kernel_width, d.stride_w, d.dilation_w);
    double weights = (double)d.out_channels * (double)(d.in_channels / d.groups) * (double)d.kernel_height * (double)d.kernel_width;
    double outputs = (double)d.batch * (double)d.out_channels * (double)oh * (double)ow;
    fdnn_arguments a = {.src = input(SRC, d.data_type, (double)d.batch * (double)d.in_channels * (double)d.in_height * (double)d.in_width, -4, 9),
        .weights = input(WEIGHTS, d.data_type, weights, -3, 7), .bias = input(BIAS, d.data_type, (double)d.out_channels, -9, 19),
        .residual = input(RESIDUAL, d.data_type, outputs, -9, 19), .dst = output(DST, d.data_type, outputs)};
    double products = weights * (double)d.batch * (double)oh * (double)ow;
    int small = a.src && a.weights && a.bias && a.residual && a.dst && products <= MOST_PRODUCTS;
    if (small && run(p, &a))
        for (int64_t n = 0; n < d.batch; n++)
            for (int64_t o = 0; o < d.out_channels; o++)
                for (int64_t y = 0; y < oh; y++)
                    for (int64_t x = 0; x < ow; x++) {
                        int64_t at = pixel(d.dst_layout, d.out_channels, oh, ow, n, o, y, x);
                        double sum = convolution_at(&d, &a, n, o, y, x) + (d.has_residual ? element(a.residual, d.data_type, at) : 0);
                        if (!compare("convolution", a.dst, d.data_type, at, activate(d.activation, sum))) n = o = y = x = 1 << 30;
                    }
    finish(p, small);
}

static void fuzz_matmul(int hostile) {
    int64_t m = PICK(0, 1, 2, 7, 13), n = PICK(1, 3, 8, 16, 33), k = PICK(0, 1, 4, 8, 20), ta = below(2), tb = below(2), integer = below(6) == 0;
    fdnn_matmul_desc d = {.size = sizeof d, .batch = PICK(1, 1, 2), .m = m, .n = n, .k = k, .transpose_a = (int32_t)ta, .transpose_b = (int32_t)tb,
        .lda = (ta ? m : k) + PICK(0, 0, 3) + !(ta ? m : k), .ldb = (tb ? k : n) + PICK(0, 0, 5) + !(tb ? k : n), .ldc = n + PICK(0, 0, 2),
        .has_bias = (int32_t)below(2), .has_residual = !integer && below(2), .alpha = integer ? 1 : (float)PICK(1, 1, 2),
        .beta = (float)PICK(0, 1, 3), .activation = integer ? (fdnn_activation_desc){0} : random_activation(5)};
    d.type_a = integer ? (int32_t)PICK(FDNN_DATA_TYPE_U8, FDNN_DATA_TYPE_S8) : (int32_t)PICK(1, 1, 1, 2);
    d.type_b = integer ? FDNN_DATA_TYPE_S8 : d.type_a;
    d.type_c = integer ? FDNN_DATA_TYPE_S32 : d.type_a;
    d.stride_a = PICK(0, 1) * (ta ? k : m) * d.lda;
    d.stride_b = PICK(0, 1) * (tb ? n : k) * d.ldb;
    d.stride_c = m * d.ldc;
    if (hostile) corrupt(&d, sizeof d);
    fdnn_primitive p = 42;
    if (!settle(fdnn_matmul_create(&d, &p), &p)) return;
    comparable = ordinary_activation(d.activation) && ordinary(d.alpha) && ordinary(d.beta);
    double more = d.batch > 0 ? (double)(d.batch - 1) : 0;
    double outputs = more * (double)d.stride_c + (double)d.m * (double)d.ldc;
    fdnn_arguments a = {.src = input(SRC, d.type_a, more * (double)d.stride_a + (double)(d.transpose_a ? d.k : d.m) * (double)d.lda, d.type_a == FDNN_DATA_TYPE_U8 ? 0 : -4, 9),
        .weights = input(WEIGHTS, d.type_b, more * (double)d.stride_b + (double)(d.transpose_b ? d.n : d.k) * (double)d.ldb, -3, 7),
        .bias = input(BIAS, d.type_c, (double)d.n, -9, 19), .residual = input(RESIDUAL, d.type_c, outputs, -9, 19), .dst = output(DST, d.type_c, outputs)};
    double products = (double)d.batch * (double)d.m * (double)d.n * ((double)d.k + 1);
    int small = a.src && a.weights && a.bias && a.residual && a.dst && products <= MOST_PRODUCTS;
    if (small && run(p, &a))
        for (int64_t b = 0; b < d.batch; b++)
            for (int64_t i = 0; i < d.m; i++)
                for (int64_t j = 0; j < d.n; j++) {
                    int64_t at = b * d.stride_c + i * d.ldc + j;
                    double sum = matmul_at(&d, &a, b, i, j) + (d.has_residual ? d.beta * element(a.residual, d.type_c, at) : 0);
                    if (!compare("matmul", a.dst, d.type_c, at, activate(d.activation, sum))) b = i = j = (int64_t)1 << 40;
                }
    finish(p, small);
}

static void fuzz_inner_product(int hostile) {
    fdnn_inner_product_desc d = {.size = sizeof d, .data_type = (int32_t)PICK(1, 1, 2), .batch = PICK(0, 1, 5), .in_features = PICK(0, 1, 7, 16),
        .out_features = PICK(1, 8, 19), .has_bias = (int32_t)below(2), .has_residual = (int32_t)below(2), .activation = random_activation(5)};
    if (hostile) corrupt(&d, sizeof d);
    fdnn_primitive p = 42;
    if (!settle(fdnn_inner_product_create(&d, &p), &p)) return;
    comparable = ordinary_activation(d.activation);
    fdnn_matmul_desc as = {.type_a = d.data_type, .type_b = d.data_type, .type_c = d.data_type, .k = d.in_features, .transpose_b = 1,
        .lda = d.in_features, .ldb = d.in_features, .has_bias = d.has_bias, .alpha = 1};
    double outputs = (double)d.batch * (double)d.out_features;
    fdnn_arguments a = {.src = input(SRC, d.data_type, (double)d.batch * (double)d.in_features, -4, 9),
        .weights = input(WEIGHTS, d.data_type, (double)d.out_features * (double)d.in_features, -3, 7), .bias = input(BIAS, d.data_type, (double)d.out_features, -9, 19),
        .residual = input(RESIDUAL, d.data_type, outputs, -9, 19), .dst = output(DST, d.data_type, outputs)};
    int small = a.src && a.weights && a.bias && a.residual && a.dst && outputs * (double)d.in_features <= MOST_PRODUCTS;
    if (small && run(p, &a))
        for (int64_t i = 0; i < d.batch * d.out_features; i++) {
            double sum = matmul_at(&as, &a, 0, i / d.out_features, i % d.out_features) + (d.has_residual ? element(a.residual, d.data_type, i) : 0);
            if (!compare("inner_product", a.dst, d.data_type, i, activate(d.activation, sum))) break;
        }
    finish(p, small);
}

static void fuzz_batch_normalization(int hostile) {
    fdnn_batch_normalization_desc d = {.size = sizeof d, .data_type = (int32_t)PICK(1, 1, 2), .layout = (int32_t)below(2), .batch = PICK(0, 1, 2),
        .channels = PICK(1, 3, 8, 17), .spatial = PICK(1, 5, 16), .epsilon = 1, .activation = random_activation(5)};
    if (hostile) corrupt(&d, sizeof d);
    fdnn_primitive p = 42;
    if (!settle(fdnn_batch_normalization_create(&d, &p), &p)) return;
    comparable = ordinary_activation(d.activation) && ordinary(d.epsilon);
    double count = (double)d.batch * (double)d.channels * (double)d.spatial;
    fdnn_arguments a = {.src = input(SRC, d.data_type, count, -4, 9), .mean = input(MEAN, d.data_type, (double)d.channels, -4, 9),
        .variance = input(VARIANCE, d.data_type, (double)d.channels, 1, 5), .scale = below(2) ? input(SRC1, d.data_type, (double)d.channels, -4, 9) : NULL,
        .shift = below(2) ? input(BIAS, d.data_type, (double)d.channels, -4, 9) : NULL, .dst = output(DST, d.data_type, count)};
    int small = a.src && a.mean && a.variance && a.dst && count <= MOST_PRODUCTS && d.epsilon <= 1e30;
    if (small && run(p, &a))
        for (int64_t i = 0; i < (int64_t)count; i++) {
            int64_t c = d.layout == FDNN_LAYOUT_NHWC ? i % d.channels : i / d.spatial % d.channels;
            double x = (element(a.src, d.data_type, i) - element(a.mean, d.data_type, c)) / sqrt(element(a.variance, d.data_type, c) + d.epsilon);
            x = x * (a.scale ? element(a.scale, d.data_type, c) : 1) + (a.shift ? element(a.shift, d.data_type, c) : 0);
            if (!compare("batch_normalization", a.dst, d.data_type, i, activate(d.activation, x))) break;
        }
    finish(p, small);
}

static void fuzz_pooling(int hostile) {
    int64_t kh = PICK(1, 2, 3), kw = PICK(1, 2, 3), kind = below(3);
    fdnn_pooling_desc d = {.size = sizeof d, .data_type = (int32_t)PICK(1, 1, 2), .kind = (int32_t)kind, .layout = (int32_t)below(2),
        .has_indices = kind == 0 && below(2), .batch = PICK(0, 1, 2), .channels = PICK(1, 3, 8, 17), .in_height = kh + PICK(0, 1, 4),
        .in_width = kw + PICK(0, 3), .kernel_height = kh, .kernel_width = kw, .stride_h = PICK(1, 2), .stride_w = PICK(1, 2), .dilation_h = 1,
        .dilation_w = 1, .pad_top = below(kh / 2 + 1), .pad_bottom = below(kh / 2 + 1), .pad_left = below(kw / 2 + 1), .pad_right = below(kw / 2 + 1)};
    d.out_height = windows(d.in_height, d.pad_top, d.pad_bottom, kh, d.stride_h, 1);
    d.out_width = windows(d.in_width, d.pad_left, d.pad_right, kw, d.stride_w, 1);
    if (hostile) corrupt(&d, sizeof d);
    fdnn_primitive p = 42;
    if (!settle(fdnn_pooling_create(&d, &p), &p)) return;
    double outputs = (double)d.batch * (double)d.channels * (double)d.out_height * (double)d.out_width;
    fdnn_arguments a = {.src = input(SRC, d.data_type, (double)d.batch * (double)d.channels * (double)d.in_height * (double)d.in_width, -9, 19),
        .dst = output(DST, d.data_type, outputs), .workspace = d.has_indices ? output(SRC1, FDNN_DATA_TYPE_S64, outputs) : NULL};
    int small = a.src && a.dst && (a.workspace || !d.has_indices) && outputs * (double)d.kernel_height * (double)d.kernel_width <= MOST_PRODUCTS;
    if (small && run(p, &a))
        for (int64_t n = 0; n < d.batch; n++)
            for (int64_t c = 0; c < d.channels; c++)
                for (int64_t y = 0; y < d.out_height; y++)
                    for (int64_t x = 0; x < d.out_width; x++) {
                        int64_t at = pixel(d.layout, d.channels, d.out_height, d.out_width, n, c, y, x), place;
                        double value = pooling_at(&d, &a, n, c, y, x, &place);
                        if (place < 0 && d.kind == FDNN_POOLING_KIND_AVERAGE_EXCLUDE_PADDING) continue;
                        if (!compare("pooling", a.dst, d.data_type, at, value)
                            || (d.has_indices && !compare("pooling indices", a.workspace, FDNN_DATA_TYPE_S64, at, (double)place)))
                            n = c = y = x = (int64_t)1 << 40;
                    }
    finish(p, small);
}

static void fuzz_eltwise(int hostile) {
    fdnn_eltwise_desc d = {.size = sizeof d, .data_type = (int32_t)PICK(1, 1, 2), .activation = random_activation(6), .count = below(70)};
    if (hostile) corrupt(&d, sizeof d);
    fdnn_primitive p = 42;
    if (!settle(fdnn_eltwise_create(&d, &p), &p)) return;
    comparable = ordinary_activation(d.activation);
    fdnn_arguments a = {.src = input(SRC, d.data_type, (double)d.count, -6, 13), .dst = output(DST, d.data_type, (double)d.count)};
    int small = a.src && a.dst;
    if (small && run(p, &a))
        for (int64_t i = 0; i < d.count && compare("eltwise", a.dst, d.data_type, i, activate(d.activation, element(a.src, d.data_type, i))); i++) {}
    finish(p, small);
}

/* Sizes, the strides of a dense tensor, and random ones of a broadcast or permuted one. */
static int random_dims(int64_t* sizes, int64_t* dense, int64_t* inputs, int64_t* others) {
    int rank = (int)below(5);
    int64_t count = 1;
    for (int i = 0; i < rank; i++) sizes[i] = PICK(1, 2, 3, 5, 9);
    if (rank && below(20) == 0) sizes[below(rank)] = 0;
    for (int i = rank; i-- > 0; count *= sizes[i] ? sizes[i] : 1) dense[i] = count;
    int64_t swapped = 1, broadcast = below(2);
    for (int i = 0; i < rank; swapped *= sizes[i] ? sizes[i] : 1, i++) {
        inputs[i] = broadcast && below(2) ? 0 : dense[i];
        others[i] = swapped;
    }
    return rank;
}

static double extent(const int64_t* sizes, const int64_t* strides, int rank) {
    double last = 0;
    for (int i = 0; i < rank; i++) {
        if (sizes[i] == 0) return 0;
        last += (double)(sizes[i] - 1) * (double)strides[i];
    }
    return last + 1;
}

static int64_t place(int64_t index, const int64_t* sizes, const int64_t* strides, int rank) {
    int64_t at = 0;
    for (int i = rank; i-- > 0; index /= sizes[i]) at += index % sizes[i] * strides[i];
    return at;
}

static double volume(const int64_t* sizes, int rank) {
    double count = 1;
    for (int i = 0; i < rank; i++) count *= (double)sizes[i];
    return count;
}

static void fuzz_binary(int hostile) {
    fdnn_binary_desc d = {.size = sizeof d, .data_type = (int32_t)PICK(1, 1, 2), .kind = (int32_t)below(2), .alpha = (float)PICK(1, 2, -1),
        .activation = random_activation(5)};
    d.rank = random_dims(d.sizes, d.strides_dst, d.strides_b, d.strides_a);
    if (hostile) corrupt(&d, sizeof d);
    fdnn_primitive p = 42;
    if (!settle(fdnn_binary_create(&d, &p), &p)) return;
    comparable = ordinary_activation(d.activation) && ordinary(d.alpha);
    double count = volume(d.sizes, d.rank);
    fdnn_arguments a = {.src = input(SRC, d.data_type, extent(d.sizes, d.strides_a, d.rank), -6, 13),
        .src1 = input(SRC1, d.data_type, extent(d.sizes, d.strides_b, d.rank), -6, 13), .dst = output(DST, d.data_type, extent(d.sizes, d.strides_dst, d.rank))};
    int small = a.src && a.src1 && a.dst && count <= MOST_PRODUCTS;
    if (small && run(p, &a))
        for (int64_t i = 0; i < (int64_t)count; i++) {
            double x = element(a.src, d.data_type, place(i, d.sizes, d.strides_a, d.rank)), y = element(a.src1, d.data_type, place(i, d.sizes, d.strides_b, d.rank));
            double value = activate(d.activation, d.kind == FDNN_BINARY_KIND_ADD ? x + d.alpha * y : x * y);
            if (!compare("binary", a.dst, d.data_type, place(i, d.sizes, d.strides_dst, d.rank), value)) break;
        }
    finish(p, small);
}

static void fuzz_reorder(int hostile) {
    fdnn_reorder_desc d = {.size = sizeof d, .data_type = (int32_t)(1 + below(6))};
    int64_t dense[8];
    d.rank = random_dims(d.sizes, dense, d.strides_src, d.strides_dst);
    if (hostile) corrupt(&d, sizeof d);
    fdnn_primitive p = 42;
    if (!settle(fdnn_reorder_create(&d, &p), &p)) return;
    double count = volume(d.sizes, d.rank);
    fdnn_arguments a = {.src = input(SRC, d.data_type, extent(d.sizes, d.strides_src, d.rank), 0, 100), .dst = output(DST, d.data_type, extent(d.sizes, d.strides_dst, d.rank))};
    int small = a.src && a.dst && count <= MOST_PRODUCTS;
    if (small && run(p, &a))
        for (int64_t i = 0; i < (int64_t)count; i++)
            if (!compare("reorder", a.dst, d.data_type, place(i, d.sizes, d.strides_dst, d.rank), element(a.src, d.data_type, place(i, d.sizes, d.strides_src, d.rank)))) break;
    finish(p, small);
}

static void fuzz_softmax(int hostile) {
    fdnn_softmax_desc d = {.size = sizeof d, .data_type = (int32_t)PICK(1, 1, 2), .logarithm = (int32_t)below(2), .outer = PICK(0, 1, 4),
        .axis = PICK(1, 2, 10, 33), .inner = PICK(1, 1, 5)};
    if (hostile) corrupt(&d, sizeof d);
    fdnn_primitive p = 42;
    if (!settle(fdnn_softmax_create(&d, &p), &p)) return;
    double count = (double)d.outer * (double)d.axis * (double)d.inner;
    fdnn_arguments a = {.src = input(SRC, d.data_type, count, -6, 13), .dst = output(DST, d.data_type, count)};
    int small = a.src && a.dst && count * (double)d.axis <= MOST_PRODUCTS;
    if (small && run(p, &a))
        for (int64_t i = 0; i < (int64_t)count; i++)
            if (!compare("softmax", a.dst, d.data_type, i, softmax_at(&d, &a, i / d.inner / d.axis, i / d.inner % d.axis, i % d.inner))) break;
    finish(p, small);
}

/* Handles that are none, and pointers that are null. */
static void fuzz_handles(int hostile) {
    (void)hostile;
    fdnn_arguments nothing = {0};
    uint64_t handle = below(2) ? random_bits() : (uint64_t)(1 + below(4)) << 32 | (uint64_t)below(40);
    int64_t value;
    const void* data;
    CHECK(fdnn_primitive_query(handle, (int32_t)below(6), &value) != 0);
    CHECK(fdnn_primitive_execute(handle, below(2) ? &nothing : NULL) != 0);
    CHECK(fdnn_weights_data(handle, &data) == FDNN_STATUS_STALE_HANDLE);
    CHECK(fdnn_primitive_destroy(handle) == FDNN_STATUS_STALE_HANDLE);
    fdnn_eltwise_desc desc = {.size = (uint64_t)nasty()};
    CHECK(fdnn_eltwise_create(below(2) ? &desc : NULL, NULL) == FDNN_STATUS_INVALID_ARGUMENT);
    refused++;
}

static void survives_and_computes(void) {
    static void (*const kinds[])(int) = {
        fuzz_convolution, fuzz_matmul, fuzz_inner_product, fuzz_batch_normalization, fuzz_pooling, fuzz_eltwise, fuzz_eltwise, fuzz_binary, fuzz_reorder,
        fuzz_softmax, fuzz_handles};
    const char *seed = getenv("FUZZ_SEED"), *given = getenv("FUZZ_ROUNDS");
    state = seed ? strtoull(seed, NULL, 10) * 2 + 1 : 20250923;
    int64_t rounds = given ? atoll(given) : ROUNDS(100000, 3000);
    guarded_open();
    for (int64_t i = 0; i < rounds; i++) {
        uint64_t before = state;
        at_the_end = below(4) != 0;
        comparable = 1;
        memset(guarded_at, 0, sizeof guarded_at);
        int64_t kind = below((int64_t)(sizeof kinds / sizeof kinds[0]));
        kinds[kind](below(100) < 45);
        if (check_case_failed) {
            printf("# round %" PRId64 ", kind %" PRId64 ", state %" PRIu64 "\n", i, kind, before);
            break;
        }
    }
    printf("# %" PRId64 " refused, %" PRId64 " created, %" PRId64 " executed and compared, %" PRId64 " too large to execute\n", refused, created, executed, too_large);
    CHECK(executed * 3 >= rounds);
    CHECK(refused * 5 >= rounds);
}

int main(void) {
    RUN(survives_and_computes);
    return check_summary();
}
