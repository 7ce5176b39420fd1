/* Buffers that end (or begin) where the process may not look, and elements of any type as doubles. */
#ifndef GUARDED_H
#define GUARDED_H

#include <stdlib.h>
#include <sys/mman.h>

#include "check.h"

enum { GUARDED_BUFFERS = 8, GUARDED_BYTES = 1 << 18, GUARD = 1 << 16, SENTINEL = 0xA5 };

static char* guarded_base[GUARDED_BUFFERS];
static size_t guarded_size[GUARDED_BUFFERS];
static char* guarded_at[GUARDED_BUFFERS];

static inline void guarded_open(void) {
    for (int i = 0; i < GUARDED_BUFFERS; i++) {
        char* all = mmap(NULL, GUARDED_BYTES + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (all == MAP_FAILED || mprotect(all + GUARD, GUARDED_BYTES, PROT_READ | PROT_WRITE) != 0) abort();
        guarded_base[i] = all + GUARD;
    }
}

/* A buffer of exactly so many bytes, beside the guard after it or before it; the rest is filled with the sentinel. */
static inline void* guarded_take(int index, size_t bytes, int at_the_end) {
    if (bytes > GUARDED_BYTES) abort();
    memset(guarded_base[index], SENTINEL, GUARDED_BYTES);
    guarded_size[index] = bytes;
    return guarded_at[index] = guarded_base[index] + (at_the_end ? GUARDED_BYTES - bytes : 0);
}

/* Nothing was written beside the buffer. */
static inline int guarded_intact(int index) {
    const char *start = guarded_base[index], *end = start + GUARDED_BYTES;
    const char *from = guarded_at[index] - 256 < start ? start : guarded_at[index] - 256;
    const char *past = guarded_at[index] + guarded_size[index], *to = past + 256 > end ? end : past + 256;
    for (const char* p = from; p < to; p++)
        if ((p < guarded_at[index] || p >= past) && (unsigned char)*p != SENTINEL) return 0;
    return 1;
}

static inline int64_t size_of(int type) {
    return type == FDNN_DATA_TYPE_F64 || type == FDNN_DATA_TYPE_S64 ? 8 : type == FDNN_DATA_TYPE_S8 || type == FDNN_DATA_TYPE_U8 ? 1 : 4;
}

static inline double element(const void* data, int type, int64_t i) {
    switch (type) {
        case FDNN_DATA_TYPE_F32: return ((const float*)data)[i];
        case FDNN_DATA_TYPE_F64: return ((const double*)data)[i];
        case FDNN_DATA_TYPE_S32: return ((const int32_t*)data)[i];
        case FDNN_DATA_TYPE_S64: return (double)((const int64_t*)data)[i];
        case FDNN_DATA_TYPE_S8: return ((const int8_t*)data)[i];
        default: return ((const uint8_t*)data)[i];
    }
}

static inline void set_element(void* data, int type, int64_t i, double value) {
    switch (type) {
        case FDNN_DATA_TYPE_F32: ((float*)data)[i] = (float)value; break;
        case FDNN_DATA_TYPE_F64: ((double*)data)[i] = value; break;
        case FDNN_DATA_TYPE_S32: ((int32_t*)data)[i] = (int32_t)value; break;
        case FDNN_DATA_TYPE_S64: ((int64_t*)data)[i] = (int64_t)value; break;
        case FDNN_DATA_TYPE_S8: ((int8_t*)data)[i] = (int8_t)value; break;
        default: ((uint8_t*)data)[i] = (uint8_t)value; break;
    }
}

#endif
