/* The pool's debug mode: what it finds, what it says, and that the program goes on where nothing faulted. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>

#include "pool_blocks.h"

static void (*misuse)(void);

static void from_the_start(void) {
    dup2(STDOUT_FILENO, STDERR_FILENO);
    setenv("FUGAKUDNN_POOL_DEBUG", "1", 1);
    misuse();
    fflush(stdout);
    fprintf(stderr, "%" PRId64 " invalid\n", pool_statistics().invalid_frees);
}

/* What was reported is in the output, and the child ended well. */
static void is_reported(void (*run)(void), const char* report, const char* count) {
    char output[CHILD_OUTPUT];
    misuse = run;
    int status = child_status(from_the_start, output);
    if (status != 0 || (report != NULL && strstr(output, report) == NULL) || strstr(output, count) == NULL
        || (report == NULL && strstr(output, "fugakudnn pool") != NULL)) {
        printf("# the child's status: 0x%x; its output:\n%s# expected: %s, %s\n", (unsigned)status, output, report, count);
        check_case_failed = 1;
    }
}

static void faults(void (*run)(void)) {
    char output[CHILD_OUTPUT];
    misuse = run;
    int status = child_status(from_the_start, output);
    if (!WIFSIGNALED(status) || WTERMSIG(status) == SIGALRM) {
        printf("# the child's status: 0x%x; its output:\n%s# expected: the end by a signal\n", (unsigned)status, output);
        check_case_failed = 1;
    }
}

/* As the compiler must not see what becomes of a block. */
static char* volatile block;

static void write_behind(void) { block = fdnn_malloc(640); block[640] = 1; }

static void read_behind(void) { block = fdnn_aligned_alloc(4096, 8192); printf("%d", block[8192]); }

static void write_freed(void) { block = fdnn_malloc(100); fdnn_free(block); block[0] = 1; }

static void read_freed_large(void) { block = fdnn_calloc(MIB, 3); fdnn_free(block); printf("%d", block[2 * MIB]); }

static void write_before_moved(void) { block = fdnn_malloc(100); fdnn_free(fdnn_realloc(block, 50)); block[0] = 1; }

static void touching_what_is_not_the_blocks_faults(void) {
    faults(write_behind);
    faults(read_behind);
    faults(write_freed);
    faults(read_freed_large);
    faults(write_before_moved);
}

static void free_twice(void) { block = fdnn_malloc(100); fdnn_free(block); fdnn_free(block); }

static void free_twice_large(void) { block = fdnn_malloc(3 * MIB); fdnn_free_sized(block, 3 * MIB); fdnn_free(block); }

static void free_inside(void) { block = fdnn_malloc(1000); fdnn_free(block + 64); fdnn_free(block); }

static void write_slack(void) { block = fdnn_malloc(100); block[103] = 1; fdnn_free(block); }

static void wrong_frees_are_reported(void) {
    is_reported(free_twice, "was freed already", "1 invalid\n");
    is_reported(free_twice_large, "was freed already", "1 invalid\n");
    is_reported(free_inside, "is not the start of a block; it lies in the block of 1000 bytes", "1 invalid\n");
    is_reported(write_slack, "was written 3 bytes behind its end", "1 invalid\n");
}

static void use_well(void) {
    for (size_t i = 0; i < COUNT(sizes_of_all_kinds); i++) {
        size_t bytes = sizes_of_all_kinds[i];
        char *some = fdnn_malloc(bytes), *zeros = fdnn_calloc(bytes, 1), *aligned = fdnn_aligned_alloc(64 * KIB, bytes);
        NEED((uintptr_t)some % 64 == 0 && fdnn_malloc_usable_size(some) >= bytes && (unsigned char)some[0] == 0xFF);
        NEED(is_zero(zeros, bytes) && (uintptr_t)aligned % (64 * KIB) == 0);
        fill(some, bytes);
        uint64_t pattern = pattern_of(some, bytes);
        some = fdnn_realloc(some, 2 * bytes);
        NEED(is_filled_with(some, bytes, pattern));
        some = fdnn_realloc(some, bytes / 2);
        NEED(is_filled_with(some, bytes / 2, pattern));
        fdnn_free(some);
        fdnn_free(zeros);
        fdnn_free_sized(aligned, bytes);
        fdnn_free(fdnn_realloc(malloc(bytes), 2 * bytes)); /* the C library's */
    }
    fdnn_free(fdnn_malloc(0));
    NEED(fdnn_malloc(SIZE_MAX) == NULL && fdnn_aligned_alloc((size_t)1 << 63, 1) == NULL);
    NEED(trim() >= 0);
}

static void* free_here(void* blocks) {
    for (void** at = blocks; *at != NULL; at++) fdnn_free(*at);
    return NULL;
}

static void free_late(void) {
    void* blocks[20] = {0};
    for (size_t i = 0; i < COUNT(blocks) - 1; i++) blocks[i] = fdnn_malloc(i);
    pthread_t thread;
    NEED(pthread_create(&thread, NULL, free_here, blocks) == 0);
    pthread_join(thread, NULL);
    fdnn_free(fdnn_malloc(100)); /* takes late frees in */
}

/* More than may wait to be used again. */
static void free_very_much(void) {
    for (int i = 0; i < 200; i++) {
        block = fdnn_malloc(4 * MIB);
        block[0] = block[4 * MIB - 1] = 1;
        fdnn_free(block);
    }
    NEED(resident_kib() < 400 * KIB);
}

static void proper_use_is_not_reported(void) {
    is_reported(use_well, NULL, "0 invalid\n");
    is_reported(free_late, NULL, "0 invalid\n");
    is_reported(free_very_much, NULL, "0 invalid\n");
}

static int64_t describe(char* text, int64_t size) {
    void* inner = fdnn_malloc(10); /* what it allocates itself is not asked about */
    fdnn_free(inner);
    return snprintf(text, (size_t)size, "  in the test of the debug mode\n");
}

static void leave_two_blocks(void) {
    char text[1000], cut[20];
    int64_t needed = 0, empty = 0;
    void *first, *second;
    NEED(fdnn_pool_debug_leaks(NULL, 0, &empty) == 0);
    NEED(fdnn_pool_debug_stack((void*)describe, NULL) == 0);
    first = fdnn_malloc(12345);
    NEED(fdnn_pool_debug_stack(NULL, NULL) == 0);
    second = fdnn_calloc(777, 1);
    NEED(fdnn_pool_debug_leaks(text, sizeof text, &needed) == 0 && needed > empty && needed <= (int64_t)sizeof text);
    NEED((int64_t)strlen(text) + 1 == needed);
    NEED(strstr(text, ": 12345 bytes at 0x") != NULL && strstr(text, ": 777 bytes at 0x") != NULL);
    NEED(strstr(text, ": 777 bytes") < strstr(text, ": 12345 bytes") && strstr(text, "in the test of the debug mode") != NULL);
    NEED(fdnn_pool_debug_leaks(cut, sizeof cut, NULL) == 0 && strlen(cut) == sizeof cut - 1);
    fdnn_free(first);
    fdnn_free(second);
    NEED(fdnn_pool_debug_leaks(text, sizeof text, &needed) == 0 && needed == empty);
}

static void leaks_are_listed(void) { is_reported(leave_two_blocks, NULL, "0 invalid\n"); }

static void switched_on_and_off(void) {
    void* before = fdnn_malloc(100);
    OK(fdnn_pool_debug_set(1));
    void* guarded = fdnn_malloc(MIB);
    OK(fdnn_pool_debug_set(0));
    void* after = fdnn_malloc(100);
    fill(before, 100);
    fill(guarded, MIB);
    fill(after, 100);
    CHECK(is_filled(before, 100) && is_filled(guarded, MIB) && is_filled(after, 100));
    fdnn_free(before);
    fdnn_free(guarded);
    OK(fdnn_pool_debug_set(1));
    fdnn_free(after);
    OK(fdnn_pool_debug_set(0));
    CHECK(pool_statistics().invalid_frees == 0);
    REFUSED(fdnn_pool_debug_set(2), FDNN_STATUS_INVALID_ARGUMENT, "pool: on must be 0 or 1, got 2");
    REFUSED(fdnn_pool_debug_leaks(NULL, 10, NULL), FDNN_STATUS_INVALID_ARGUMENT, "text must not be null");
    REFUSED(fdnn_pool_debug_leaks(NULL, -1, NULL), FDNN_STATUS_INVALID_ARGUMENT, "size must be");
}

static void wrong_values_in_child(void) {
    dup2(STDOUT_FILENO, STDERR_FILENO);
    setenv("FUGAKUDNN_POOL_MAX_IDLE", "much", 1);
    setenv("FUGAKUDNN_POOL_DEBUG", "maybe", 1);
    fdnn_free(fdnn_malloc(100));
    NEED(pool_statistics().max_idle_bytes >= 256 * MIB);
}

static void right_value_in_child(void) {
    setenv("FUGAKUDNN_POOL_MAX_IDLE", "12345678", 1);
    fdnn_free(fdnn_malloc(100));
    NEED(pool_statistics().max_idle_bytes == 12345678);
}

static void variables(void) {
    char output[CHILD_OUTPUT];
    child_prints(right_value_in_child, "");
    if (child_status(wrong_values_in_child, output) != 0 || strstr(output, "FUGAKUDNN_POOL_MAX_IDLE") == NULL
        || strstr(output, "FUGAKUDNN_POOL_DEBUG") == NULL || strstr(output, "; the default holds") == NULL) {
        printf("# output:\n%s", output);
        check_case_failed = 1;
    }
}

int main(void) {
    RUN(touching_what_is_not_the_blocks_faults);
    RUN(wrong_frees_are_reported);
    RUN(proper_use_is_not_reported);
    RUN(leaks_are_listed);
    RUN(variables);
    RUN(switched_on_and_off); /* last: the others' children start the library themselves */
    return check_summary();
}
