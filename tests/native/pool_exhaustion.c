/* The pool where there is no more memory: under RLIMIT_AS allocations give null, idle memory goes back before they do, and the process
 * goes on. Each case is a process of its own. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "pool_blocks.h"

enum { ROOM_MIB = 640, MOST_BLOCKS = 4096 };

static const size_t room = (size_t)ROOM_MIB * MIB;

/* The C library's, called even where the compiler sees that the block is not used. */
static void* (*volatile c_malloc)(size_t) = malloc;

static void limit_to(size_t more_bytes) {
    struct rlimit limit;
    NEED(getrlimit(RLIMIT_AS, &limit) == 0);
    limit.rlim_cur = (rlim_t)address_space_kib() * KIB + more_bytes;
    NEED(setrlimit(RLIMIT_AS, &limit) == 0);
}

/* Starts the library, and leaves it so much address space. */
static void start_and_limit(void) {
    fdnn_free(fdnn_malloc(1));
    fdnn_free(fdnn_malloc(MIB));
    trim();
    limit_to(room);
}

static void limited_in_child(void) {
    limit_to(room);
    printf("%s\n", mmap(NULL, 2 * room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? "refused" : "granted");
}

/* Emulators may not hold a program to its limit. */
static int limits_hold(void) {
    char output[CHILD_OUTPUT];
    return child_status(limited_in_child, output) == 0 && strcmp(output, "refused\n") == 0;
}

#define NEEDS_LIMITS() if (!limits_hold()) SKIP("RLIMIT_AS has no effect here, as under an emulator")

static void* blocks[MOST_BLOCKS];

static int fill_up(size_t bytes) {
    int count = 0;
    for (void* block; count < MOST_BLOCKS && (block = fdnn_malloc(bytes)) != NULL; count++) fill(blocks[count] = block, bytes);
    return count;
}

static void free_each(int count, size_t bytes, int from, int step) {
    for (int i = from; i < count; i += step) {
        NEED(is_filled(blocks[i], bytes));
        fdnn_free(blocks[i]);
    }
}

static void large_blocks_in_child(void) {
    start_and_limit();
    const size_t bytes = 6 * MIB;
    int first = fill_up(bytes);
    NEED(first * bytes >= room - 96 * MIB && first * bytes <= room);
    NEED(fdnn_malloc(bytes) == NULL && fdnn_calloc(3, bytes / 3) == NULL && fdnn_aligned_alloc(4096, bytes) == NULL);
    NEED(fdnn_realloc(blocks[0], 100 * bytes) == NULL && is_filled(blocks[0], bytes));
    free_each(first, bytes, 0, 1);
    for (int i = 0; i < 5; i++) {
        int again = fill_up(bytes);
        NEED(again >= first - 2);
        free_each(again, bytes, 0, 1);
    }
    puts("went on");
}

static void large_blocks(void) {
    NEEDS_LIMITS();
    child_prints(large_blocks_in_child, "went on\n");
}

/* Blocks chained by their first words, as there are too many for a table. */
static int64_t fill_with_small(size_t bytes, void** chain) {
    int64_t count = 0;
    for (void** block; (block = fdnn_malloc(bytes)) != NULL; count++) {
        *block = *chain;
        *chain = block;
    }
    return count;
}

static int64_t free_small(void** chain) {
    int64_t count = 0;
    for (; *chain != NULL; count++) {
        void** block = *chain;
        *chain = *block;
        fdnn_free(block);
    }
    return count;
}

static void small_blocks_in_child(void) {
    void* chain = NULL;
    start_and_limit();
    int64_t first = fill_with_small(1000, &chain);
    NEED((size_t)first * 1024 >= room - 96 * MIB);
    NEED(fdnn_malloc(1000) == NULL && fdnn_malloc(5000) == NULL && fdnn_calloc(10, 100) == NULL);
    NEED(free_small(&chain) == first);
    NEED(fill_with_small(1000, &chain) >= first * 9 / 10);
    free_small(&chain);
    NEED(fill_with_small(2000, &chain) >= first * 4 / 10); /* what was cut for one size serves another */
    free_small(&chain);
    NEED(fill_up(6 * MIB) * 6 >= ROOM_MIB * 8 / 10);
    puts("went on");
}

static void small_blocks(void) {
    NEEDS_LIMITS();
    child_prints(small_blocks_in_child, "went on\n");
}

/* Half of the room is idle, in holes that are too small: it has to go back to the system. */
static void holes_in_child(void) {
    start_and_limit();
    const size_t hole = 5 * MIB, bytes = 12 * MIB;
    int count = fill_up(hole);
    free_each(count, hole, 1, 2);
    NEED(pool_statistics().idle_bytes >= (int64_t)(count / 2) * (int64_t)hole);
    void* larger[MOST_BLOCKS];
    int got = 0;
    while (got < MOST_BLOCKS && (larger[got] = fdnn_malloc(bytes)) != NULL) {
        fill(larger[got], bytes);
        got++;
    }
    NEED(got * bytes >= (size_t)(count / 2) * hole - 40 * MIB);
    free_each(count, hole, 0, 2);
    for (int i = 0; i < got; i++) {
        NEED(is_filled(larger[i], bytes));
        fdnn_free(larger[i]);
    }
    puts("went on");
}

static void idle_memory_goes_back_when_another_size_needs_it(void) {
    NEEDS_LIMITS();
    child_prints(holes_in_child, "went on\n");
}

static void trim_in_child(void) {
    start_and_limit();
    const size_t bytes = 8 * MIB;
    int count = fill_up(bytes);
    free_each(count, bytes, 0, 1);
    NEED(c_malloc(room * 7 / 10) == NULL);
    NEED(trim() >= (int64_t)count * (int64_t)bytes);
    void* block = c_malloc(room * 7 / 10);
    NEED(block != NULL);
    NEED(fdnn_malloc(room / 2) == NULL);
    free(block);
    block = fdnn_malloc(room / 2);
    NEED(block != NULL);
    fdnn_free(block);
    puts("went on");
}

static void the_c_library_has_the_memory_after_trim(void) {
    NEEDS_LIMITS();
    child_prints(trim_in_child, "went on\n");
}

/* The limit is there before the library. */
static void from_the_start_in_child(void) {
    limit_to(3 * room);
    void* block = fdnn_malloc(100);
    NEED(block != NULL);
    fdnn_free(block);
    int count = fill_up(6 * MIB);
    NEED(count > 0);
    free_each(count, 6 * MIB, 0, 1);
    NEED(fill_up(6 * MIB) >= count - 2);
    puts("went on");
}

static void a_limit_from_the_start(void) {
    NEEDS_LIMITS();
    child_prints(from_the_start_in_child, "went on\n");
}

static atomic_int refusals, ready, go;

static void* fill_and_free(void* seed) {
    enum { BLOCKS = 512 };
    void* own[BLOCKS];
    size_t bytes[BLOCKS];
    uint64_t state = (uint64_t)(uintptr_t)seed * 77 + 1;
    for (int round = 0; round < 30; round++) {
        int count = 0;
        for (; count < BLOCKS; count++) {
            bytes[count] = (size_t)(random_bits(&state) % (random_bits(&state) % 2 ? 4 * MIB : 4 * KIB)) + 1;
            own[count] = fdnn_malloc(bytes[count]);
            if (own[count] == NULL) {
                refusals++;
                break;
            }
            fill(own[count], bytes[count]);
        }
        while (count-- > 0) {
            NEED(is_filled(own[count], bytes[count]));
            fdnn_free(own[count]);
        }
    }
    return NULL;
}

static void threads_in_child(void) {
    pthread_t threads[4];
    start_and_limit();
    for (uintptr_t t = 0; t < 4; t++) NEED(pthread_create(&threads[t], NULL, fill_and_free, (void*)(t + test_seed())) == 0);
    for (int t = 0; t < 4; t++) pthread_join(threads[t], NULL);
    NEED(refusals > 0);
    NEED(fdnn_malloc(1) != NULL);
    NEED(pool_statistics().live_blocks == 1);
    puts("went on");
}

static void four_threads_at_once(void) {
    NEEDS_LIMITS();
    child_prints(threads_in_child, "went on\n");
}

static void* come_late(void* unused) {
    ready++;
    while (!go) sched_yield();
    for (int i = 0; i < 100; i++) {
        void* block = fdnn_malloc(100 + (size_t)i * 1000);
        if (block == NULL) refusals++;
        fdnn_free(block);
    }
    return unused;
}

/* Threads that call for the first time when nothing is left, in the pool as in the C library, but for crumbs: without any, glibc itself ends
 * the process where a thread registers a destructor. */
static void newcomers_in_child(void) {
    pthread_t threads[4];
    void* chain = NULL;
    start_and_limit();
    for (int t = 0; t < 4; t++) NEED(pthread_create(&threads[t], NULL, come_late, NULL) == 0);
    while (ready < 4) sched_yield();
    fill_with_small(1000, &chain);
    for (size_t bytes = MIB; bytes >= 1024; bytes /= 2)
        while (c_malloc(bytes) != NULL) {}
    go = 1;
    for (int t = 0; t < 4; t++) pthread_join(threads[t], NULL);
    NEED(refusals > 0);
    free_small(&chain);
    NEED(fdnn_malloc(5 * MIB) != NULL);
    puts("went on");
}

static void threads_that_come_when_nothing_is_left(void) {
    NEEDS_LIMITS();
    child_prints(newcomers_in_child, "went on\n");
}

int main(void) {
    RUN(large_blocks);
    RUN(small_blocks);
    RUN(idle_memory_goes_back_when_another_size_needs_it);
    RUN(the_c_library_has_the_memory_after_trim);
    RUN(a_limit_from_the_start);
    RUN(four_threads_at_once);
    RUN(threads_that_come_when_nothing_is_left);
    return check_summary();
}
