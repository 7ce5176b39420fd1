/* Eight threads that allocate, hand over, resize and free blocks of all sizes at random, end and are replaced; every block is filled with a
 * pattern of its address and size and checked before it is freed. The same seed gives every thread the same decisions; STRESS_SECONDS changes
 * how long it takes. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "pool_blocks.h"

extern int __cxa_thread_atexit_impl(void (*destructor)(void*), void* object, void* library);
extern void* __dso_handle;

enum { THREADS = 8, SLOTS = 512, OWN = 64, BURST = 200 };

/* A block and what it should hold; itself a block of the pool. */
typedef struct {
    void* block;
    size_t bytes;
} entry;

typedef struct {
    uint64_t random;
    int64_t operations;
    entry* own[OWN];
} worker;

static _Atomic(entry*) slots[SLOTS];
static atomic_int wrong, give_up;
static _Atomic int64_t operations, allocated, moved, ended;
static pthread_key_t key;
static struct timespec deadline;

static int is_over(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return give_up || now.tv_sec > deadline.tv_sec || (now.tv_sec == deadline.tv_sec && now.tv_nsec >= deadline.tv_nsec);
}

/* The library is not asked for its last error: the thread may have ended. */
static void broken(const char* what, const entry* e, int line) {
    printf("# line %d: %s; block %p of %zu bytes\n", line, what, e == NULL ? NULL : e->block, e == NULL ? 0 : e->bytes);
    wrong++;
    give_up = wrong > 20;
}

#define HOLDS(condition, e) \
    do { if (!(condition)) broken(#condition, e, __LINE__); } while (0)

static uint64_t below(worker* w, uint64_t count) { return random_bits(&w->random) % count; }

/* Evenly over the octaves: of a hundred blocks 85 up to 4 KiB, 12 up to 256 KiB, 3 up to 8 MiB. */
static size_t random_size(worker* w) {
    uint64_t kind = below(w, 100);
    unsigned octaves = kind < 85 ? 12 : kind < 97 ? 18 : 23;
    return (size_t)(random_bits(&w->random) & ((2u << below(w, octaves)) - 1));
}

static entry* make(worker* w) {
    entry* e = fdnn_malloc(sizeof *e);
    if (e == NULL) {
        broken("no memory for an entry", NULL, __LINE__);
        return NULL;
    }
    e->bytes = random_size(w);
    uint64_t kind = below(w, 20);
    if (kind == 0) {
        size_t alignment = (size_t)1 << below(w, 18);
        e->block = fdnn_aligned_alloc(alignment, e->bytes);
        HOLDS((uintptr_t)e->block % alignment == 0, e);
    } else if (kind == 1) {
        e->block = fdnn_calloc(e->bytes / 4, 4);
        e->bytes = e->bytes / 4 * 4;
        HOLDS(e->block != NULL && is_zero(e->block, e->bytes), e);
    } else {
        e->block = fdnn_malloc(e->bytes);
        HOLDS((uintptr_t)e->block % 64 == 0, e);
    }
    HOLDS(e->block != NULL && fdnn_malloc_usable_size(e->block) >= e->bytes, e);
    if (e->block != NULL) fill(e->block, e->bytes);
    allocated++;
    return e;
}

static void end(entry* e) {
    if (e == NULL) return;
    if (e->block != NULL) {
        HOLDS(is_filled(e->block, e->bytes), e);
        HOLDS(fdnn_malloc_usable_size(e->block) >= e->bytes, e);
        memset(e->block, 0xEE, e->bytes < 64 ? e->bytes : 64); /* shows up where it is freed or handed out twice */
    }
    fdnn_free_sized(e->block, e->bytes);
    fdnn_free(e);
}

static void resize(worker* w, entry* e) {
    if (e == NULL) return;
    size_t bytes = random_size(w);
    uint64_t pattern = pattern_of(e->block, e->bytes);
    HOLDS(is_filled(e->block, e->bytes), e);
    void* block = fdnn_realloc(e->block, bytes);
    if (block == NULL) {
        broken("no memory for another size", e, __LINE__);
        return;
    }
    moved += block != e->block;
    e->block = block;
    HOLDS(is_filled_with(block, bytes < e->bytes ? bytes : e->bytes, pattern), e);
    e->bytes = bytes;
    fill(block, bytes);
}

/* Many of one size at once, as a step of training frees them: more than a thread's cache keeps. */
static void burst(worker* w) {
    void* blocks[BURST];
    size_t bytes = random_size(w) % (64 * KIB);
    for (int i = 0; i < BURST; i++) {
        blocks[i] = fdnn_malloc(bytes);
        if (blocks[i] != NULL) fill(blocks[i], bytes);
    }
    for (int i = 0; i < BURST; i++) {
        entry e = {blocks[i], bytes};
        HOLDS(blocks[i] != NULL && is_filled(blocks[i], bytes), &e);
        fdnn_free(blocks[i]);
    }
}

static void ask(worker* w) {
    fdnn_pool_statistics s = {.struct_size = sizeof s};
    int status = fdnn_pool_statistics_get(&s);
    HOLDS(status == 0 && s.live_bytes >= 0 && s.live_blocks >= 0 && s.cached_bytes >= 0 && s.idle_bytes >= 0 && s.invalid_frees == 0, NULL);
    HOLDS(s.mapped_bytes >= s.idle_bytes && s.peak_resident_bytes >= s.peak_live_bytes && s.cache_hits <= s.allocations, NULL);
    if (below(w, 4) == 0) HOLDS(fdnn_pool_trim(NULL) == 0, NULL);
}

static void operate(worker* w) {
    uint64_t kind = below(w, 1000);
    entry** own = &w->own[below(w, OWN)];
    if (kind < 450) {
        end(atomic_exchange(&slots[below(w, SLOTS)], make(w))); /* most were allocated by another thread */
    } else if (kind < 750) {
        end(*own);
        *own = make(w);
    } else if (kind < 900) {
        resize(w, *own);
    } else if (kind < 990) {
        *own = atomic_exchange(&slots[below(w, SLOTS)], *own);
    } else if (kind < 999) {
        burst(w);
    } else if (below(w, 5) == 0) {
        ask(w);
    }
}

/* What a thread still has when it ends: half of it it leaves to others, half it frees. May run on a thread that has ended. */
static void end_worker(void* state) {
    worker* w = state;
    for (int i = 0; i < OWN; i++) {
        entry* e = i % 2 ? atomic_exchange(&slots[below(w, SLOTS)], w->own[i]) : w->own[i];
        end(e);
    }
    if (below(w, 2)) end(make(w));
    operations += w->operations;
    ended++;
    free(w);
}

static void* work(void* state) {
    worker* w = state;
    int64_t most = 1 + (int64_t)below(w, ROUNDS(20000, 500));
    uint64_t way = below(w, 4);
    if (way == 0) __cxa_thread_atexit_impl(end_worker, w, &__dso_handle);
    for (; w->operations < most && (w->operations % 64 != 0 || !is_over()); w->operations++) operate(w);
    if (way == 1) __cxa_thread_atexit_impl(end_worker, w, &__dso_handle);
    if (way == 2) pthread_setspecific(key, w);
    if (way == 3) end_worker(w);
    return NULL;
}

static void start(pthread_t* thread, uint64_t number) {
    worker* w = calloc(1, sizeof *w);
    w->random = (test_seed() + number) * 0x9E3779B97F4A7C15u | 1;
    for (int i = 0; i < 5; i++) random_bits(&w->random);
    pthread_create(thread, NULL, work, w);
}

static void eight_threads(void) {
    int seconds = exhaustive() ? ROUNDS(600, 60) : ROUNDS(60, 5);
    const char* given = getenv("STRESS_SECONDS");
    if (given != NULL) seconds = atoi(given);
    printf("# %d seconds, seed %" PRIu64 "\n", seconds, test_seed());
    fflush(stdout);
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += seconds;
    CHECK(pthread_key_create(&key, end_worker) == 0);
    fdnn_pool_statistics before = pool_statistics();
    pthread_t threads[THREADS];
    uint64_t started = 0;
    for (; started < THREADS; started++) start(&threads[started], started);
    for (uint64_t next = 0; started - next > 0; next++) {
        pthread_join(threads[next % THREADS], NULL);
        if (!is_over()) start(&threads[next % THREADS], started++);
    }
    for (int i = 0; i < SLOTS; i++) end(atomic_exchange(&slots[i], NULL));
    trim();
    fdnn_pool_statistics after = pool_statistics();
    printf("# %" PRIu64 " threads, %" PRId64 " operations, %" PRId64 " blocks, %" PRId64 " moved; most alive %" PRId64 " MiB, late frees %" PRId64 "\n",
           started, operations, allocated, moved, after.peak_live_bytes / MIB, after.late_frees);
    CHECK(wrong == 0 && ended == (int64_t)started);
    CHECK(after.live_blocks == before.live_blocks && after.live_bytes == before.live_bytes && after.invalid_frees == before.invalid_frees);
    CHECK(after.idle_bytes == 0 && after.cached_bytes == 0);
    CHECK(after.allocations - before.allocations >= allocated);
}

int main(void) {
    RUN(eight_threads);
    return check_summary();
}
