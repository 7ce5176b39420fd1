/* Memory that stays flat, handles that end while others use them, and forks at any moment. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "problems.h"
#include "process.h"

static void create_and_destroy(int64_t rounds) {
    fdnn_convolution_desc small = convolution_3x3(8, 6);
    for (int64_t i = 0; i < rounds; i++) {
        fdnn_eltwise_desc desc = relu(1 + i % 5);
        fdnn_primitive primitive;
        int status = i % 8 == 0 ? fdnn_convolution_create(&small, &primitive) : fdnn_eltwise_create(&desc, &primitive);
        if (status != 0 || fdnn_primitive_destroy(primitive) != 0) {
            OK(status);
            return;
        }
    }
}

static void a_million_cycles_leave_memory_flat(void) {
    create_and_destroy(ROUNDS(200000, 10000));
    long before = resident_kib();
    create_and_destroy(ROUNDS(1000000, 20000));
    long after = resident_kib();
    printf("# resident: %ld KiB, then %ld KiB\n", before, after);
    CHECK(before > 0 && after - before < 8 * 1024);
}

static void ten_thousand_lengths_stay_within_the_cache(void) {
    enum { N = 32, K = 16, MOST = 10000 };
    const int64_t lengths = ROUNDS(MOST, 150);
    fdnn_plan_cache_statistics old, now;
    OK(fdnn_plan_cache_stats(&old));
    const int64_t limit_plans = 100, limit_code = 4 << 20;
    OK(fdnn_plan_cache_set_limit(limit_plans, limit_code));
    float* a = malloc(sizeof(float) * MOST * K);
    float* c = malloc(sizeof(float) * MOST * N);
    float b[K * N];
    for (int i = 0; i < MOST * K; i++) a[i] = (float)(i % 3);
    for (int i = 0; i < K * N; i++) b[i] = 1;
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int64_t m = 1; m <= lengths; m++) {
        fdnn_matmul_desc desc = matmul(m, N, K);
        fdnn_primitive primitive;
        if (!OK(fdnn_matmul_create(&desc, &primitive))) break;
        if (m % 16 == 0) {
            fdnn_arguments arguments = {.src = a, .weights = b, .dst = c};
            OK(fdnn_primitive_execute(primitive, &arguments));
            float sum = 0;
            for (int k = 0; k < K; k++) sum += a[(m - 1) * K + k];
            CHECK(c[(m - 1) * N] == sum && c[m * N - 1] == sum);
        }
        OK(fdnn_primitive_destroy(primitive));
        OK(fdnn_plan_cache_stats(&now));
        if (!CHECK(now.cached_plans <= limit_plans && now.live_plans <= limit_plans && now.live_code_bytes <= limit_code)) break;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("# %.3f ms a length; %" PRId64 " plans, %" PRId64 " bytes of code at the end, %" PRId64 " evictions\n",
           ((double)(end.tv_sec - start.tv_sec) * 1e3 + (double)(end.tv_nsec - start.tv_nsec) / 1e6) / (double)lengths,
           now.live_plans, now.live_code_bytes, now.evictions - old.evictions);
    CHECK(now.evictions > old.evictions);
    OK(fdnn_plan_cache_set_limit(old.limit_plans, old.limit_code_bytes));
    free(a);
    free(c);
}

/* A matmul that several threads and processes execute at once. */
typedef struct {
    fdnn_primitive primitive;
    float a[64 * 64], b[64 * 64], expected[64 * 64];
    atomic_int stop, wrong, rounds;
    int last_status;
} shared_work;

static shared_work* work_create(void) {
    shared_work* work = calloc(1, sizeof *work);
    for (int i = 0; i < 64 * 64; i++) { work->a[i] = (float)(i % 11 - 5); work->b[i] = (float)(i % 7 - 3); }
    fdnn_matmul_desc desc = matmul(64, 64, 64);
    OK(fdnn_matmul_create(&desc, &work->primitive));
    fdnn_arguments arguments = {.src = work->a, .weights = work->b, .dst = work->expected};
    OK(fdnn_primitive_execute(work->primitive, &arguments));
    return work;
}

static int execute_once(shared_work* work) {
    float c[64 * 64];
    fdnn_arguments arguments = {.src = work->a, .weights = work->b, .dst = c};
    int status = fdnn_primitive_execute(work->primitive, &arguments);
    if (status == 0 && memcmp(c, work->expected, sizeof c) != 0) work->wrong++;
    return status;
}

static void* execute_until_stopped(void* state) {
    shared_work* work = state;
    int status = 0;
    while (status == 0 && !work->stop) {
        status = execute_once(work);
        work->rounds++;
    }
    work->last_status = status;
    return NULL;
}

static void* create_until_stopped(void* state) {
    shared_work* work = state;
    for (int64_t i = 1; !work->stop; i++) {
        fdnn_matmul_desc desc = matmul(1 + i % 40, 8, 8);
        fdnn_primitive primitive;
        if (fdnn_matmul_create(&desc, &primitive) != 0 || fdnn_primitive_destroy(primitive) != 0) work->wrong++;
        work->rounds++;
    }
    return NULL;
}

static void destroyed_while_executing(void) {
    for (int i = 0; i < ROUNDS(50, 5); i++) {
        shared_work* work = work_create();
        pthread_t threads[3];
        for (int t = 0; t < 3; t++) pthread_create(&threads[t], NULL, execute_until_stopped, work);
        while (work->rounds < 20) sched_yield();
        OK(fdnn_primitive_destroy(work->primitive));
        for (int t = 0; t < 3; t++) pthread_join(threads[t], NULL);
        CHECK(work->wrong == 0 && work->last_status == FDNN_STATUS_STALE_HANDLE);
        free(work);
    }
}

static void* fail_in_my_own_way(void* state) {
    fdnn_primitive_destroy((uint64_t)(uintptr_t)state);
    char expected[64];
    snprintf(expected, sizeof expected, "handle 0x%" PRIx64 " ", (uint64_t)(uintptr_t)state);
    for (int i = 0; i < 1000; i++)
        if (strstr(fdnn_last_error(), expected) == NULL) return state;
    return NULL;
}

static void last_error_belongs_to_the_thread(void) {
    pthread_t threads[4];
    for (uintptr_t t = 0; t < 4; t++) pthread_create(&threads[t], NULL, fail_in_my_own_way, (void*)(t + 77));
    for (int t = 0; t < 4; t++) {
        void* wrong = NULL;
        pthread_join(threads[t], &wrong);
        CHECK(wrong == NULL);
    }
}

/* In the child: 0 if all went well, else the line that went wrong. */
static int in_the_child(shared_work* work, int may_plan) {
    alarm(ROUNDS(20, 120));
    for (int i = 0; i < 20; i++)
        if (execute_once(work) != 0 || work->wrong) return __LINE__ % 200 + 1;
    fdnn_eltwise_desc desc = relu(99);
    fdnn_primitive primitive;
    int status = fdnn_eltwise_create(&desc, &primitive);
    if (status == 0) {
        if (fdnn_primitive_destroy(primitive) != 0) return __LINE__ % 200 + 1;
    } else if (may_plan || status != FDNN_STATUS_UNSUPPORTED || strstr(fdnn_last_error(), "fork") == NULL) {
        return __LINE__ % 200 + 1;
    }
    if (fdnn_primitive_destroy(work->primitive) != 0) return __LINE__ % 200 + 1;
    if (execute_once(work) != FDNN_STATUS_STALE_HANDLE) return __LINE__ % 200 + 1;
    return 0;
}

static void fork_and_check(shared_work* work, int may_plan) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) _exit(in_the_child(work, may_plan));
    int status = -1;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    if (!CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0)) printf("# the child's status: 0x%x\n", (unsigned)status);
    CHECK(execute_once(work) == 0 && !work->wrong);
}

static void a_forked_child_goes_on(void) {
    int32_t threads;
    OK(fdnn_threads_get(&threads));
    OK(fdnn_threads_set(2));
    shared_work* work = work_create();
    for (int i = 0; i < ROUNDS(20, 3); i++) fork_and_check(work, 1);
    OK(fdnn_primitive_destroy(work->primitive));
    free(work);
    OK(fdnn_threads_set(threads));
}

static void forks_while_another_thread(void* (*busy)(void*)) {
    shared_work* work = work_create();
    pthread_t thread;
    pthread_create(&thread, NULL, busy, work);
    while (work->rounds < 20) sched_yield();
    for (int i = 0; i < ROUNDS(50, 3); i++) {
        fork_and_check(work, 0);
        int seen = work->rounds;
        while (work->rounds == seen && !work->wrong) sched_yield();
    }
    work->stop = 1;
    pthread_join(thread, NULL);
    CHECK(work->wrong == 0);
    OK(fdnn_primitive_destroy(work->primitive));
    free(work);
}

static void forks_while_another_thread_executes(void) { forks_while_another_thread(execute_until_stopped); }

static void forks_while_another_thread_creates(void) { forks_while_another_thread(create_until_stopped); }

#ifndef WATCHED
/* The program's own allocator, as one under LD_PRELOAD: the C library's has never been used then, and two threads must not be the first to. */
extern void* __libc_calloc(size_t count, size_t bytes);

static _Thread_local size_t zeroed_here;

void* calloc(size_t count, size_t bytes) {
    zeroed_here += count * bytes;
    return __libc_calloc(count, bytes);
}

static void* call_first(void* state) {
    pthread_barrier_wait(state);
    zeroed_here = 0;
    fdnn_primitive_destroy(1);
    size_t zeroed = zeroed_here;
    pthread_barrier_wait(state); /* all are there, so that nobody takes an ended one's place */
    return (void*)zeroed;
}

static void what_the_library_keeps_of_a_thread_is_in_the_programs_allocator(void) {
    enum { THREADS = 4 };
    pthread_barrier_t together;
    pthread_barrier_init(&together, NULL, THREADS);
    pthread_t threads[THREADS];
    for (int t = 0; t < THREADS; t++) pthread_create(&threads[t], NULL, call_first, &together);
    for (int t = 0; t < THREADS; t++) {
        void* zeroed;
        pthread_join(threads[t], &zeroed);
        CHECK((size_t)zeroed > 2048); /* its last error */
    }
    pthread_barrier_destroy(&together);
}
#endif

int main(void) {
#ifndef WATCHED
    RUN(what_the_library_keeps_of_a_thread_is_in_the_programs_allocator);
#endif
    RUN(last_error_belongs_to_the_thread);
    RUN(destroyed_while_executing);
    RUN(a_forked_child_goes_on);
    RUN(forks_while_another_thread_executes);
    RUN(forks_while_another_thread_creates);
    RUN(ten_thousand_lengths_stay_within_the_cache);
    RUN(a_million_cycles_leave_memory_flat);
    return check_summary();
}
