/* Blocks of the pool: each filled with a pattern of its address and size, which is checked before it is freed. */
#ifndef POOL_BLOCKS_H
#define POOL_BLOCKS_H

#include <stddef.h>

#include "process.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { KIB = 1 << 10, MIB = 1 << 20 };

/* Small, quick, cached, whole slices; at the edges of each kind. */
static const size_t sizes_of_all_kinds[] = {
    1, 7, 64, 65, 1000, 1024, 1025, 4096, 5000, 32 * KIB, 32 * KIB + 1, 100000, 256 * KIB, 256 * KIB + 1, 3 * MIB, 3 * MIB + 100, 20 * MIB};

static inline uint64_t pattern_of(const void* block, size_t bytes) {
    return (uint64_t)(uintptr_t)block * 0x9E3779B97F4A7C15u ^ (uint64_t)bytes * 0xC2B2AE3D27D4EB4Fu;
}

static inline unsigned char pattern_byte(uint64_t pattern, size_t i) { return (unsigned char)((pattern + i / 8) >> i % 8 * 8); }

static inline void fill_with(void* block, size_t bytes, uint64_t pattern) {
    unsigned char* at = block;
    size_t i = 0;
    for (; i + 8 <= bytes; i += 8) {
        uint64_t word = pattern + i / 8;
        memcpy(at + i, &word, 8);
    }
    for (; i < bytes; i++) at[i] = pattern_byte(pattern, i);
}

static inline int is_filled_with(const void* block, size_t bytes, uint64_t pattern) {
    const unsigned char* at = block;
    size_t i = 0;
    for (; i + 8 <= bytes; i += 8) {
        uint64_t word;
        memcpy(&word, at + i, 8);
        if (word != pattern + i / 8) return 0;
    }
    for (; i < bytes; i++)
        if (at[i] != pattern_byte(pattern, i)) return 0;
    return 1;
}

static inline void fill(void* block, size_t bytes) { fill_with(block, bytes, pattern_of(block, bytes)); }

static inline int is_filled(const void* block, size_t bytes) { return is_filled_with(block, bytes, pattern_of(block, bytes)); }

static inline int is_zero(const void* block, size_t bytes) {
    const unsigned char* at = block;
    return bytes == 0 || (at[0] == 0 && memcmp(at, at + 1, bytes - 1) == 0);
}

static inline fdnn_pool_statistics pool_statistics(void) {
    fdnn_pool_statistics statistics = {.struct_size = sizeof statistics};
    OK(fdnn_pool_statistics_get(&statistics));
    return statistics;
}

static inline int64_t trim(void) {
    int64_t released = -1;
    OK(fdnn_pool_trim(&released));
    return released;
}

/* xorshift64 */
static inline uint64_t random_bits(uint64_t* state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

#endif
