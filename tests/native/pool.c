/* The pool's functions: the malloc family, statistics and limits. Late frees, forks, exhaustion and stress have programs of their own. */
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "pool_blocks.h"

static void blocks_are_aligned_and_hold_what_was_asked(void) {
    const size_t line = sysconf(_SC_LEVEL1_DCACHE_LINESIZE) == 256 ? 256 : 64; /* A64FX's, all others' */
    for (size_t i = 0; i < COUNT(sizes_of_all_kinds); i++) {
        size_t bytes = sizes_of_all_kinds[i];
        char* block = fdnn_malloc(bytes);
        if (!CHECK(block != NULL)) return;
        CHECK((uintptr_t)block % line == 0);
        size_t usable = fdnn_malloc_usable_size(block);
        CHECK(usable >= bytes && usable <= bytes + bytes / 4 + 64 * KIB);
        fill(block, usable);
        CHECK(is_filled(block, usable));
        fdnn_free(block);
    }
}

static void alignments(void) {
    const size_t sizes[] = {0, 1, 63, 64, 65, 100, 4096, 100000, 300000, 5 * MIB};
    for (size_t alignment = 1; alignment <= 64 * MIB; alignment *= 2)
        for (size_t i = 0; i < COUNT(sizes); i++) {
            void* blocks[5];
            for (size_t b = 0; b < COUNT(blocks); b++) {
                blocks[b] = fdnn_aligned_alloc(alignment, sizes[i]);
                if (!CHECK(blocks[b] != NULL && (uintptr_t)blocks[b] % alignment == 0)) return;
                CHECK(fdnn_malloc_usable_size(blocks[b]) >= sizes[i]);
                fill(blocks[b], sizes[i]);
            }
            for (size_t b = 0; b < COUNT(blocks); b++) {
                CHECK(is_filled(blocks[b], sizes[i]));
                fdnn_free(blocks[b]);
            }
        }
    CHECK(trim() >= 0);
    const size_t none[] = {0, 3, 48, 96, 4097, 2 * MIB + 64, SIZE_MAX};
    for (size_t i = 0; i < COUNT(none); i++) CHECK(fdnn_aligned_alloc(none[i], 100) == NULL);
}

static void no_bytes_are_a_pointer_of_their_own(void) {
    void* blocks[] = {fdnn_malloc(0), fdnn_malloc(0), fdnn_calloc(0, 8), fdnn_calloc(8, 0), fdnn_realloc(NULL, 0),
                      fdnn_realloc(fdnn_malloc(100), 0), fdnn_realloc(fdnn_malloc(MIB), 0), fdnn_aligned_alloc(256, 0)};
    for (size_t i = 0; i < COUNT(blocks); i++) {
        CHECK(blocks[i] != NULL);
        for (size_t j = 0; j < i; j++) CHECK(blocks[i] != blocks[j]);
    }
    for (size_t i = 0; i < COUNT(blocks); i++) fdnn_free_sized(blocks[i], 0);
}

static void null_is_nothing(void) {
    fdnn_free(NULL);
    fdnn_free_sized(NULL, 100);
    CHECK(fdnn_malloc_usable_size(NULL) == 0);
    void* block = fdnn_realloc(NULL, 100);
    CHECK(block != NULL && fdnn_malloc_usable_size(block) >= 100);
    fdnn_free(block);
}

static void impossible_sizes_give_null(void) {
    const size_t half = (size_t)1 << 63, beyond[] = {SIZE_MAX, SIZE_MAX - 63, SIZE_MAX - 64 * KIB, half, half - 1, (size_t)1 << 48,
                                                     (size_t)1 << 47, (size_t)1 << 46, (size_t)1 << 45};
    void* kept = fdnn_malloc(5000);
    fill(kept, 5000);
    uint64_t pattern = pattern_of(kept, 5000);
    fdnn_pool_statistics before = pool_statistics();
    for (size_t i = 0; i < COUNT(beyond); i++) {
        CHECK(fdnn_malloc(beyond[i]) == NULL);
        CHECK(fdnn_calloc(beyond[i], 1) == NULL);
        CHECK(fdnn_calloc(1, beyond[i]) == NULL);
        CHECK(fdnn_realloc(kept, beyond[i]) == NULL);
        CHECK(fdnn_realloc(NULL, beyond[i]) == NULL);
        CHECK(fdnn_aligned_alloc(64, beyond[i]) == NULL);
        CHECK(fdnn_aligned_alloc(4096, beyond[i]) == NULL);
        CHECK(fdnn_aligned_alloc(2 * MIB, beyond[i]) == NULL);
        if ((beyond[i] & (beyond[i] - 1)) == 0) CHECK(fdnn_aligned_alloc(beyond[i], 64) == NULL);
    }
    CHECK(fdnn_calloc(SIZE_MAX, 2) == NULL);
    CHECK(fdnn_calloc((size_t)1 << 33, (size_t)1 << 33) == NULL);
    CHECK(fdnn_calloc(SIZE_MAX / 3 + 1, 3) == NULL);
    CHECK(is_filled_with(kept, 5000, pattern));
    fdnn_pool_statistics after = pool_statistics();
    CHECK(after.live_bytes == before.live_bytes && after.live_blocks == before.live_blocks && after.mapped_bytes <= before.mapped_bytes);
    fdnn_free(kept);
}

static void calloc_zeroes_what_was_used(void) {
    for (size_t i = 0; i < COUNT(sizes_of_all_kinds); i++) {
        size_t bytes = sizes_of_all_kinds[i];
        for (int round = 0; round < 3; round++) {
            void* used = fdnn_malloc(bytes);
            memset(used, 0xFF, fdnn_malloc_usable_size(used));
            fdnn_free(used);
            /* The second time in pieces that come from the same place, and a larger one that reaches beyond it. */
            void* zeros[] = {fdnn_calloc(bytes / 2 + 1, 2), fdnn_calloc(1, bytes), fdnn_calloc(bytes, 2)};
            CHECK(is_zero(zeros[0], bytes / 2 * 2) && is_zero(zeros[1], bytes) && is_zero(zeros[2], bytes * 2));
            for (size_t z = 0; z < COUNT(zeros); z++) {
                memset(zeros[z], 0xFF, bytes);
                fdnn_free(zeros[z]);
            }
        }
    }
}

static void realloc_keeps_the_content(void) {
    for (size_t i = 0; i < COUNT(sizes_of_all_kinds); i++)
        for (size_t j = 0; j < COUNT(sizes_of_all_kinds); j++) {
            size_t from = sizes_of_all_kinds[i], to = sizes_of_all_kinds[j];
            void* block = fdnn_malloc(from);
            fill(block, from);
            uint64_t pattern = pattern_of(block, from);
            block = fdnn_realloc(block, to);
            if (!CHECK(block != NULL)) return;
            CHECK((uintptr_t)block % 64 == 0 && fdnn_malloc_usable_size(block) >= to);
            CHECK(is_filled_with(block, from < to ? from : to, pattern));
            fill(block, to);
            fdnn_free_sized(block, to);
        }
}

static void a_block_that_shrinks_gives_memory_back(void) {
    fdnn_pool_statistics before = pool_statistics();
    void* block = fdnn_realloc(fdnn_malloc(64 * MIB), MIB);
    CHECK(pool_statistics().live_bytes - before.live_bytes <= 2 * MIB);
    fdnn_free(block);
}

static void blocks_of_the_c_library(void) {
    fdnn_pool_statistics before = pool_statistics();
    const size_t sizes[] = {1, 24, 1000, 100000, 5 * MIB};
    for (size_t i = 0; i < COUNT(sizes); i++) {
        void *foreign = malloc(sizes[i]), *aligned = aligned_alloc(4096, (sizes[i] + 4095) / 4096 * 4096);
        CHECK(fdnn_malloc_usable_size(foreign) >= sizes[i]);
        fill(foreign, sizes[i]);
        uint64_t pattern = pattern_of(foreign, sizes[i]);
        foreign = fdnn_realloc(foreign, 2 * sizes[i]);
        CHECK(is_filled_with(foreign, sizes[i], pattern));
        fdnn_free(foreign);
        fdnn_free_sized(aligned, sizes[i]);
    }
    fdnn_free(strdup("a text"));
    fdnn_pool_statistics after = pool_statistics();
    CHECK(after.live_bytes == before.live_bytes && after.live_blocks == before.live_blocks && after.invalid_frees == before.invalid_frees);
}

static void what_is_no_block_is_counted_and_stays(void) {
    char *block = fdnn_malloc(MIB), *whole = block;
    fill(block, MIB);
    fdnn_pool_statistics before = pool_statistics();
    fdnn_free(block + 64);
    fdnn_free(block + 64 * KIB);
    fdnn_free(block + MIB - 64);
    CHECK(is_filled(block, MIB));
    CHECK(pool_statistics().invalid_frees == before.invalid_frees + 3);
    fdnn_free(block);
    fdnn_free(whole); /* a second time */
    CHECK(pool_statistics().invalid_frees == before.invalid_frees + 4);
    CHECK(pool_statistics().live_blocks == before.live_blocks - 1);
}

static void counters_follow_the_blocks(void) {
    void* blocks[COUNT(sizes_of_all_kinds)];
    int64_t bytes = 0;
    fdnn_pool_statistics before = pool_statistics();
    for (size_t i = 0; i < COUNT(blocks); i++) {
        bytes += (int64_t)sizes_of_all_kinds[i];
        blocks[i] = fdnn_malloc(sizes_of_all_kinds[i]);
        fill(blocks[i], sizes_of_all_kinds[i]);
    }
    fdnn_pool_statistics now = pool_statistics();
    CHECK(now.live_blocks == before.live_blocks + (int64_t)COUNT(blocks) && now.allocations == before.allocations + (int64_t)COUNT(blocks));
    CHECK(now.live_bytes - before.live_bytes >= bytes && now.live_bytes - before.live_bytes <= bytes + bytes / 4 + 64 * (int64_t)COUNT(blocks));
    CHECK(now.mapped_bytes >= now.live_bytes && now.peak_live_bytes >= now.live_bytes && now.peak_resident_bytes >= now.peak_live_bytes);
    for (size_t i = 0; i < COUNT(blocks); i++) {
        CHECK(is_filled(blocks[i], sizes_of_all_kinds[i]));
        fdnn_free(blocks[i]);
    }
    fdnn_pool_statistics after = pool_statistics();
    CHECK(after.live_bytes == before.live_bytes && after.live_blocks == before.live_blocks && after.invalid_frees == before.invalid_frees);
    CHECK(after.idle_bytes >= 20 * MIB && after.cached_bytes > 0);

    /* What was just freed serves the next of its size, with its pages. */
    for (int i = 0; i < 100; i++) fdnn_free(fdnn_malloc(20 * MIB));
    fdnn_pool_statistics reused = pool_statistics();
    CHECK(reused.cache_hits - after.cache_hits >= 100 && reused.faults_avoided - after.faults_avoided >= 100 * (20 * MIB / sysconf(_SC_PAGESIZE)));
    CHECK(reused.system_calls == after.system_calls && reused.fallbacks == after.fallbacks);
}

static void classes_add_up(void) {
    void* blocks[COUNT(sizes_of_all_kinds)];
    for (size_t i = 0; i < COUNT(blocks); i++) blocks[i] = fdnn_malloc(sizes_of_all_kinds[i]);
    int32_t count = fdnn_pool_class_count();
    int64_t live = 0, cached = 0, allocations = 0, largest = 0;
    CHECK(count > 10);
    for (int32_t i = 0; i < count; i++) {
        fdnn_pool_class_statistics class = {.struct_size = sizeof class};
        OK(fdnn_pool_class_get(i, &class));
        CHECK(i == count - 1 ? class.block_bytes == 0 : class.block_bytes > largest && class.block_bytes % 64 == 0);
        CHECK(class.spans >= 0 && class.live_blocks >= 0 && class.cached_blocks >= 0);
        largest = class.block_bytes;
        live += class.live_blocks;
        cached += class.cached_blocks * class.block_bytes;
        allocations += class.allocations;
    }
    fdnn_pool_statistics all = pool_statistics();
    CHECK(live == all.live_blocks && cached == all.cached_bytes && allocations == all.allocations);
    for (size_t i = 0; i < COUNT(blocks); i++) fdnn_free(blocks[i]);
    fdnn_pool_class_statistics class = {.struct_size = sizeof class};
    REFUSED(fdnn_pool_class_get(-1, &class), FDNN_STATUS_INVALID_ARGUMENT, "pool: index must be in [0, ");
    REFUSED(fdnn_pool_class_get(count, &class), FDNN_STATUS_INVALID_ARGUMENT, "pool: index must be in [0, ");
    REFUSED(fdnn_pool_class_get(0, NULL), FDNN_STATUS_INVALID_ARGUMENT, "statistics must not be null");
}

static void structs_of_other_versions(void) {
    struct { fdnn_pool_statistics known; int64_t later; } longer = {.known.struct_size = sizeof longer, .later = 42};
    OK(fdnn_pool_statistics_get(&longer.known));
    CHECK(longer.known.struct_size == sizeof longer && longer.later == 42 && longer.known.max_idle_bytes > 0);
    fdnn_pool_statistics shorter = {.struct_size = offsetof(fdnn_pool_statistics, cached_bytes), .cached_bytes = 42, .max_idle_bytes = 42};
    OK(fdnn_pool_statistics_get(&shorter));
    CHECK(shorter.struct_size == offsetof(fdnn_pool_statistics, cached_bytes) && shorter.cached_bytes == 42 && shorter.max_idle_bytes == 42);
    shorter.struct_size = 0;
    REFUSED(fdnn_pool_statistics_get(&shorter), FDNN_STATUS_INVALID_ARGUMENT, "statistics.struct_size must be the size of the struct, got 0");
    REFUSED(fdnn_pool_statistics_get(NULL), FDNN_STATUS_INVALID_ARGUMENT, "statistics must not be null");
}

static void trim_gives_memory_back(void) {
    enum { BLOCKS = 40, BYTES = 4 * MIB, SMALL = 20000 };
    static void *blocks[BLOCKS], *small[SMALL];
    OK(fdnn_pool_trim(NULL));
    long at_first = resident_kib();
    for (int i = 0; i < BLOCKS; i++) fill(blocks[i] = fdnn_malloc(BYTES), BYTES);
    for (int i = 0; i < SMALL; i++) fill(small[i] = fdnn_malloc(1000), 1000);
    for (int i = 0; i < BLOCKS; i++) fdnn_free(blocks[i]);
    for (int i = 0; i < SMALL; i++) fdnn_free(small[i]);
    long kept = resident_kib();
    fdnn_pool_statistics idle = pool_statistics();
    CHECK_RESIDENT(kept - at_first >= BLOCKS * (BYTES / KIB) * 9 / 10);
    CHECK(idle.idle_bytes >= BLOCKS * (int64_t)BYTES);
    int64_t released = trim();
    long after = resident_kib();
    fdnn_pool_statistics trimmed = pool_statistics();
    printf("# resident: %ld KiB, with idle memory %ld KiB, trimmed %ld KiB; %" PRId64 " bytes released\n", at_first, kept, after, released);
    CHECK(released >= BLOCKS * (int64_t)BYTES + SMALL * (int64_t)KIB * 9 / 10);
    CHECK_RESIDENT(after - at_first < 8 * KIB);
    CHECK(trimmed.idle_bytes == 0 && trimmed.cached_bytes == 0 && trimmed.mapped_bytes < idle.mapped_bytes);
    CHECK(trim() == 0);
}

static void idle_memory_stays_within_its_limit(void) {
    int64_t usual = -1, now = -1;
    void* blocks[16];
    OK(fdnn_pool_max_idle_get(&usual));
    CHECK(usual >= 256 * MIB && pool_statistics().max_idle_bytes == usual);
    OK(fdnn_pool_max_idle_set(10 * MIB));
    OK(fdnn_pool_max_idle_get(&now));
    CHECK(now == 10 * MIB && pool_statistics().idle_bytes <= now);
    long at_first = resident_kib();
    for (size_t i = 0; i < COUNT(blocks); i++) fill(blocks[i] = fdnn_malloc(6 * MIB), 6 * MIB);
    for (size_t i = 0; i < COUNT(blocks); i++) {
        fdnn_free(blocks[i]);
        CHECK(pool_statistics().idle_bytes <= 10 * MIB);
    }
    CHECK(pool_statistics().idle_bytes >= 4 * MIB); /* no more than needed goes back */
    CHECK_RESIDENT(resident_kib() - at_first < 18 * KIB);
    OK(fdnn_pool_max_idle_set(64 * MIB));
    for (size_t i = 0; i < COUNT(blocks); i++) fill(blocks[i] = fdnn_malloc(6 * MIB), 6 * MIB);
    for (size_t i = 0; i < COUNT(blocks); i++) fdnn_free(blocks[i]);
    long kept = resident_kib();
    CHECK(pool_statistics().idle_bytes >= 50 * MIB);
    CHECK_RESIDENT(kept - at_first >= 50 * KIB);
    OK(fdnn_pool_max_idle_set(0)); /* gives back at once */
    CHECK(pool_statistics().idle_bytes == 0);
    CHECK_RESIDENT(kept - resident_kib() >= 50 * KIB);
    REFUSED(fdnn_pool_max_idle_set(-1), FDNN_STATUS_INVALID_ARGUMENT, "pool: bytes must be");
    REFUSED(fdnn_pool_max_idle_get(NULL), FDNN_STATUS_INVALID_ARGUMENT, "pool: bytes must not be null");
    OK(fdnn_pool_max_idle_set(usual));
}

static void use_the_page_heap(void) {
    for (int i = 0; i < 100; i++) fdnn_free(fdnn_malloc(MIB));
}

static void memory_idle_for_ten_seconds_goes_back(void) {
    if (!exhaustive()) SKIP("takes 22 seconds; test --exhaustive runs it");
    void* block = fdnn_malloc(64 * MIB);
    fill(block, 64 * MIB);
    fdnn_free(block);
    CHECK(pool_statistics().idle_bytes >= 64 * MIB);
    sleep(11);
    use_the_page_heap();
    CHECK(pool_statistics().idle_bytes >= 60 * MIB); /* a program that paused finds its memory as it was */
    for (int i = 0; i < 11; i++) {
        sleep(1);
        use_the_page_heap();
    }
    CHECK(pool_statistics().idle_bytes <= 2 * MIB);
}

static void* free_all(void* blocks) {
    for (void** block = blocks; *block != NULL; block++) fdnn_free(*block);
    return NULL;
}

static void blocks_freed_by_another_thread_come_back(void) {
    enum { BLOCKS = 2000 };
    static void* blocks[BLOCKS + 1];
    fdnn_pool_statistics before = pool_statistics(), now;
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < BLOCKS; i++) fill(blocks[i] = fdnn_malloc(500 + (size_t)i % 7 * 1000), 500);
        pthread_t thread;
        pthread_create(&thread, NULL, free_all, blocks);
        pthread_join(thread, NULL);
        if (round == 1) before.mapped_bytes = pool_statistics().mapped_bytes;
    }
    fdnn_free(fdnn_malloc(MIB)); /* takes late frees in */
    now = pool_statistics();
    CHECK(now.live_blocks == before.live_blocks && now.live_bytes == before.live_bytes && now.mapped_bytes == before.mapped_bytes);
}

int main(void) {
    RUN(blocks_are_aligned_and_hold_what_was_asked);
    RUN(alignments);
    RUN(no_bytes_are_a_pointer_of_their_own);
    RUN(null_is_nothing);
    RUN(impossible_sizes_give_null);
    RUN(calloc_zeroes_what_was_used);
    RUN(realloc_keeps_the_content);
    RUN(a_block_that_shrinks_gives_memory_back);
    RUN(blocks_of_the_c_library);
    RUN(what_is_no_block_is_counted_and_stays);
    RUN(counters_follow_the_blocks);
    RUN(classes_add_up);
    RUN(structs_of_other_versions);
    RUN(trim_gives_memory_back);
    RUN(idle_memory_stays_within_its_limit);
    RUN(memory_idle_for_ten_seconds_goes_back);
    RUN(blocks_freed_by_another_thread_come_back);
    return check_summary();
}
