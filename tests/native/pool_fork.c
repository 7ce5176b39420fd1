/* The pool in forked processes: inherited blocks can be read and freed, new ones come from the C library, and no child hangs or aborts,
 * whatever the parent's other threads were doing. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "pool_blocks.h"

static const size_t sizes[] = {1, 64, 100, 5000, 32 * KIB, 40000, 256 * KIB, 300000, 2 * MIB};

static void* inherited[3][COUNT(sizes)];

/* How many of the sizes a child uses: not always the large ones, which take it long beside busy threads. */
static size_t kinds = COUNT(sizes);

static void allocate_inherited(void) {
    for (int set = 0; set < 3; set++)
        for (size_t i = 0; i < COUNT(sizes); i++) fill(inherited[set][i] = fdnn_malloc(sizes[i]), sizes[i]);
}

static int inherited_is_intact(void) {
    for (int set = 0; set < 3; set++)
        for (size_t i = 0; i < COUNT(sizes); i++)
            if (!is_filled(inherited[set][i], sizes[i]) || fdnn_malloc_usable_size(inherited[set][i]) < sizes[i]) return 0;
    return 1;
}

static void free_inherited(void) {
    for (int set = 0; set < 3; set++)
        for (size_t i = 0; i < COUNT(sizes); i++) fdnn_free(inherited[set][i]);
}

#define HERE (__LINE__ % 250 + 1)

/* New blocks in a child: 0 if all went well, else the line that went wrong. */
static int use_new_blocks(void) {
    for (size_t i = 0; i < kinds; i++) {
        char *block = fdnn_malloc(sizes[i]), *zeros = fdnn_calloc(2, sizes[i]), *aligned = fdnn_aligned_alloc(4096, sizes[i]);
        if (block == NULL || (uintptr_t)block % 64 != 0 || fdnn_malloc_usable_size(block) < sizes[i]) return HERE;
        if (zeros == NULL || !is_zero(zeros, 2 * sizes[i])) return HERE;
        if (aligned == NULL || (uintptr_t)aligned % 4096 != 0) return HERE;
        fill(block, sizes[i]);
        uint64_t pattern = pattern_of(block, sizes[i]);
        block = fdnn_realloc(block, 3 * sizes[i]);
        if (block == NULL || !is_filled_with(block, sizes[i], pattern)) return HERE;
        fill(aligned, sizes[i]);
        fill(block, 3 * sizes[i]);
        if (!is_filled(aligned, sizes[i]) || !is_filled(block, 3 * sizes[i])) return HERE;
        fdnn_free(block);
        fdnn_free_sized(zeros, 2 * sizes[i]);
        fdnn_free(aligned);
    }
    void* nothing = fdnn_malloc(0);
    if (nothing == NULL || fdnn_malloc(SIZE_MAX - 10) != NULL || fdnn_calloc(SIZE_MAX, 2) != NULL) return HERE;
    fdnn_free(nothing);
    return 0;
}

static int wait_for(pid_t child) {
    int status = -1;
    if (child <= 0 || waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* The second set of inherited blocks changes size, larger and smaller. */
static int resize_inherited(void) {
    for (size_t i = 0; i < kinds; i++) {
        size_t to = i % 2 ? 3 * sizes[i] : sizes[i] / 3 + 1, least = sizes[i] < to ? sizes[i] : to;
        uint64_t pattern = pattern_of(inherited[1][i], sizes[i]);
        void* moved = fdnn_realloc(inherited[1][i], to);
        if (moved == NULL || !is_filled_with(moved, least, pattern) || fdnn_malloc_usable_size(moved) < to) return HERE;
        fill(moved, to);
        fdnn_free(moved);
    }
    return 0;
}

static int live(int generations) {
    alarm(ROUNDS(60, 300));
    int wrong;
    if (kinds == COUNT(sizes) && !inherited_is_intact()) return HERE;
    if ((wrong = use_new_blocks()) != 0) return wrong;
    if (generations > 0) {
        pid_t child = fork();
        if (child == 0) _exit(live(generations - 1));
        if ((wrong = wait_for(child)) != 0) return wrong > 1000 ? HERE : wrong;
    }
    for (size_t i = 0; i < COUNT(sizes); i++) fdnn_free(inherited[0][i]);
    if ((wrong = resize_inherited()) != 0) return wrong;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        if (!is_filled(inherited[2][i], sizes[i])) return HERE;
        fdnn_free_sized(inherited[2][i], sizes[i]);
    }
    return use_new_blocks();
}

/* Every other child ends as main would return, with all that is registered for the end. */
static void fork_once(int generations, int round) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int wrong = live(generations);
        if (round % 2) _exit(wrong);
        exit(wrong);
    }
    int end = wait_for(child);
    if (!CHECK(end == 0)) printf("# round %d: the child ended with %d (over 1000: signal)\n", round, end);
}

static void a_child_has_its_inheritance_and_new_blocks(void) {
    allocate_inherited();
    fdnn_pool_statistics before = pool_statistics();
    for (int i = 0; i < ROUNDS(40, 4); i++) fork_once(0, i);
    fdnn_pool_statistics after = pool_statistics();
    CHECK(inherited_is_intact());
    CHECK(after.live_blocks == before.live_blocks && after.live_bytes == before.live_bytes);
    free_inherited();
}

static void grandchildren(void) {
    allocate_inherited();
    for (int i = 0; i < ROUNDS(20, 2); i++) fork_once(3, i);
    CHECK(inherited_is_intact());
    free_inherited();
}

static void* use_on_thread(void* result) {
    *(int*)result = use_new_blocks();
    return NULL;
}

#if defined(__aarch64__)
/* QEMU passes the host's list of processors through. */
static int is_emulated(void) {
    char line[256] = "";
    int arm = 0;
    FILE* file = fopen("/proc/cpuinfo", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) arm |= strncmp(line, "CPU implementer", 15) == 0;
    if (file != NULL) fclose(file);
    return !arm;
}
#endif

static int start_threads_in_child(void) {
    alarm(ROUNDS(60, 300));
    for (int i = 0; i < 5; i++) {
        pthread_t threads[3];
        int results[3] = {-1, -1, -1};
        for (int t = 0; t < 3; t++)
            if (pthread_create(&threads[t], NULL, use_on_thread, &results[t]) != 0) return HERE;
        for (int t = 0; t < 3; t++) {
            pthread_join(threads[t], NULL);
            if (results[t] != 0) return results[t];
        }
    }
    return 0;
}

static void a_child_starts_threads(void) {
#if defined(__aarch64__)
    if (is_emulated()) SKIP("QEMU 7.2 itself aborts where a forked child starts threads (qemu_plugin_vcpu_init_hook)");
#endif
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) exit(start_threads_in_child());
    CHECK(wait_for(child) == 0);
}

static int ask_in_child(void) {
    alarm(ROUNDS(60, 300));
    int64_t released = -1;
    fdnn_pool_statistics statistics = {.struct_size = sizeof statistics};
    fdnn_pool_class_statistics class = {.struct_size = sizeof class};
    fdnn_free(fdnn_malloc(100));
    if (fdnn_pool_statistics_get(&statistics) != 0 || statistics.live_blocks < (int64_t)COUNT(sizes) || statistics.fallbacks < 0) return HERE;
    if (fdnn_pool_class_get(fdnn_pool_class_count() - 1, &class) != 0) return HERE;
    if (fdnn_pool_trim(&released) != 0 || released != 0) return HERE;
    return inherited_is_intact() ? 0 : HERE;
}

static void a_child_asks_for_statistics_and_trims(void) {
    allocate_inherited();
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) exit(ask_in_child());
    CHECK(wait_for(child) == 0);
    free_inherited();
}

static atomic_int stop, rounds, wrong;

/* All sizes, and blocks that other threads free. */
static void* allocate_until_stopped(void* seed) {
    static _Atomic(void*) slots[64];
    uint64_t state = (uint64_t)(uintptr_t)seed * 77 + 1;
    while (!stop) {
        size_t bytes = (size_t)(random_bits(&state) >> (random_bits(&state) % 20 + 43)) + 8; /* up to 2 MiB */
        size_t* block = fdnn_malloc(bytes + sizeof bytes);
        if (block == NULL) wrong++;
        else {
            block[0] = bytes;
            fill(block + 1, bytes);
        }
        size_t* other = atomic_exchange(&slots[random_bits(&state) % COUNT(slots)], block);
        if (other != NULL && !is_filled(other + 1, other[0])) wrong++;
        fdnn_free(other);
        rounds++;
    }
    for (size_t i = 0; i < COUNT(slots); i++) fdnn_free(atomic_exchange(&slots[i], NULL));
    return NULL;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void forks_while_four_threads_allocate(void) {
    fdnn_pool_statistics before = pool_statistics();
    allocate_inherited();
    pthread_t threads[4];
    for (uintptr_t t = 0; t < 4; t++) pthread_create(&threads[t], NULL, allocate_until_stopped, (void*)(t + test_seed()));
    double start = seconds();
    int forks = exhaustive() ? ROUNDS(5000, 200) : ROUNDS(200, 10);
    for (int i = 0; i < forks && !check_case_failed; i++) {
        int seen = rounds;
        kinds = i % 10 == 0 ? COUNT(sizes) : 5;
        fork_once(i % 10 == 0, i);
        while (rounds == seen) sched_yield();
    }
    printf("# %d forks, %.1f ms each; %d allocations meanwhile\n", forks, (seconds() - start) * 1e3 / forks, rounds);
    kinds = COUNT(sizes);
    stop = 1;
    for (int t = 0; t < 4; t++) pthread_join(threads[t], NULL);
    CHECK(wrong == 0 && inherited_is_intact());
    free_inherited();
    fdnn_free(fdnn_malloc(MIB)); /* takes late frees in */
    fdnn_pool_statistics after = pool_statistics();
    CHECK(after.live_blocks == before.live_blocks && after.live_bytes == before.live_bytes && after.invalid_frees == before.invalid_frees);
}

int main(void) {
    RUN(a_child_has_its_inheritance_and_new_blocks);
    RUN(grandchildren);
    RUN(a_child_starts_threads);
    RUN(a_child_asks_for_statistics_and_trims);
    RUN(forks_while_four_threads_allocate);
    return check_summary();
}
