/* The primitives as plain loops in double precision: what the library's results are compared with. Each gives one element. */
#ifndef LOOPS_H
#define LOOPS_H

#include <math.h>

#include "guarded.h"

static inline double activate(fdnn_activation_desc f, double x) {
    switch (f.kind) {
        case FDNN_ACTIVATION_RELU: return x > 0 ? x : 0;
        case FDNN_ACTIVATION_LEAKY_RELU: return x > 0 ? x : f.alpha * x;
        case FDNN_ACTIVATION_CLIP: return fmin(fmax(x, f.alpha), f.beta);
        case FDNN_ACTIVATION_LINEAR: return f.alpha * x + f.beta;
        case FDNN_ACTIVATION_EXP: return exp(x);
        default: return x;
    }
}

static inline int64_t windows(int64_t size, int64_t before, int64_t after, int64_t kernel, int64_t stride, int64_t dilation) {
    return (size + before + after - dilation * (kernel - 1) - 1) / stride + 1;
}

static inline int64_t pixel(int layout, int64_t channels, int64_t height, int64_t width, int64_t n, int64_t c, int64_t y, int64_t x) {
    return layout == FDNN_LAYOUT_NHWC ? ((n * height + y) * width + x) * channels + c : ((n * channels + c) * height + y) * width + x;
}

static inline double convolution_at(const fdnn_convolution_desc* d, const fdnn_arguments* a, int64_t n, int64_t o, int64_t y, int64_t x) {
    int64_t group_in = d->in_channels / d->groups, group_out = d->out_channels / d->groups;
    double sum = d->has_bias ? element(a->bias, d->data_type, o) : 0;
    for (int64_t i = 0; i < group_in; i++)
        for (int64_t ky = 0; ky < d->kernel_height; ky++)
            for (int64_t kx = 0; kx < d->kernel_width; kx++) {
                int64_t sy = y * d->stride_h - d->pad_top + ky * d->dilation_h, sx = x * d->stride_w - d->pad_left + kx * d->dilation_w;
                if (sy < 0 || sy >= d->in_height || sx < 0 || sx >= d->in_width) continue;
                int64_t w = d->weights_layout == FDNN_WEIGHTS_LAYOUT_OIHW ? ((o * group_in + i) * d->kernel_height + ky) * d->kernel_width + kx
                    : d->weights_layout == FDNN_WEIGHTS_LAYOUT_OHWI ? ((o * d->kernel_height + ky) * d->kernel_width + kx) * group_in + i
                    : ((ky * d->kernel_width + kx) * group_in + i) * d->out_channels + o;
                int64_t s = pixel(d->src_layout, d->in_channels, d->in_height, d->in_width, n, o / group_out * group_in + i, sy, sx);
                sum += element(a->src, d->data_type, s) * element(a->weights, d->data_type, w);
            }
    return sum;
}

static inline double matmul_at(const fdnn_matmul_desc* d, const fdnn_arguments* a, int64_t batch, int64_t m, int64_t n) {
    double sum = 0;
    for (int64_t k = 0; k < d->k; k++)
        sum += element(a->src, d->type_a, batch * d->stride_a + (d->transpose_a ? k * d->lda + m : m * d->lda + k))
            * element(a->weights, d->type_b, batch * d->stride_b + (d->transpose_b ? n * d->ldb + k : k * d->ldb + n));
    return sum * d->alpha + (d->has_bias ? element(a->bias, d->type_c, n) : 0);
}

/* The value, and the place of a maximum. */
static inline double pooling_at(
    const fdnn_pooling_desc* d, const fdnn_arguments* a, int64_t n, int64_t c, int64_t y, int64_t x, int64_t* place) {
    double best = -INFINITY, sum = 0;
    int64_t inside = 0, top = y * d->stride_h - d->pad_top, left = x * d->stride_w - d->pad_left, padded = 0;
    *place = -1;
    for (int64_t ky = 0; ky < d->kernel_height; ky++)
        for (int64_t kx = 0; kx < d->kernel_width; kx++) {
            int64_t sy = top + ky * d->dilation_h, sx = left + kx * d->dilation_w;
            padded += sy < d->in_height + d->pad_bottom && sx < d->in_width + d->pad_right;
            if (sy < 0 || sy >= d->in_height || sx < 0 || sx >= d->in_width) continue;
            double value = element(a->src, d->data_type, pixel(d->layout, d->channels, d->in_height, d->in_width, n, c, sy, sx));
            sum += value;
            inside++;
            if (value > best || *place < 0) { best = value; *place = sy * d->in_width + sx; }
        }
    return d->kind == FDNN_POOLING_KIND_MAX ? best : sum / (double)(d->kind == FDNN_POOLING_KIND_AVERAGE_INCLUDE_PADDING ? padded : inside);
}

static inline double softmax_at(const fdnn_softmax_desc* d, const fdnn_arguments* a, int64_t outer, int64_t at, int64_t inner) {
    double most = -INFINITY, sum = 0;
    const int64_t first = outer * d->axis * d->inner + inner;
    for (int64_t i = 0; i < d->axis; i++) most = fmax(most, element(a->src, d->data_type, first + i * d->inner));
    for (int64_t i = 0; i < d->axis; i++) sum += exp(element(a->src, d->data_type, first + i * d->inner) - most);
    double logarithm = element(a->src, d->data_type, first + at * d->inner) - most - log(sum);
    return d->logarithm ? logarithm : exp(logarithm);
}

#endif
