/* The first calls that a process makes, by many threads at once: the runtime is made ready within them. Each round is a process of its own. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#include "problems.h"
#include "process.h"

enum { THREADS = 4 };

static atomic_int times_asked;

/* The library finds this one before the C library's. */
char* getenv(const char* name) {
    size_t length = strlen(name);
    if (strcmp(name, "DOTNET_Lock_MaxSpinCount") == 0) times_asked++;
    for (char** at = environ; at != NULL && *at != NULL; at++) {
        if (strncmp(*at, name, length) == 0 && (*at)[length] == '=') return *at + length + 1;
    }
    return NULL;
}

static void first_call_in_child(void) {
    NEED(times_asked == 0 && fdnn_version() > 0);
    printf("asked %s\n", times_asked > 0 ? "at once" : "when threads meet");
}

/* The runtime's locks ask for their spin count when they are first contended. Where that is within the making of a class which asking
 * needs, the process ends (one of some hundreds, emulated); so all of it is made in the first call, alone. */
static void locks_are_ready_after_the_first_call(void) { child_prints(first_call_in_child, "asked at once\n"); }

static pthread_barrier_t gate;

static void* call(void* kind) {
    fdnn_eltwise_desc desc = relu(16);
    fdnn_primitive primitive;
    void* block;
    pthread_barrier_wait(&gate);
    switch ((intptr_t)kind % 4) {
    case 0: NEED((block = fdnn_malloc(100)) != NULL); fdnn_free(block); break;
    case 1: NEED(fdnn_eltwise_create(&desc, &primitive) == 0 && fdnn_primitive_destroy(primitive) == 0); break;
    case 2: NEED(strcmp(fdnn_status_name(0), "success") == 0); break;
    default: NEED(fdnn_primitive_destroy(12345) != 0 && strlen(fdnn_last_error()) > 0); break;
    }
    return NULL;
}

/* From the kind on: all the same, or one of each. */
static void call_at_once(intptr_t kind, int step) {
    pthread_t threads[THREADS];
    NEED(pthread_barrier_init(&gate, NULL, THREADS) == 0);
    for (int i = 0; i < THREADS; i++) NEED(pthread_create(&threads[i], NULL, call, (void*)(kind + i * step)) == 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    printf("all came back\n");
}

static void same_calls_in_child(void) { call_at_once(0, 0); }
static void other_same_calls_in_child(void) { call_at_once(1, 0); }
static void different_calls_in_child(void) { call_at_once(0, 1); }

static void many_threads_call_first(void) {
    for (int i = 0; i < ROUNDS(exhaustive() ? 3000 : 60, 5) && !check_case_failed; i++) {
        child_prints(same_calls_in_child, "all came back\n");
        child_prints(other_same_calls_in_child, "all came back\n");
        child_prints(different_calls_in_child, "all came back\n");
    }
}

int main(void) {
    RUN(locks_are_ready_after_the_first_call);
    RUN(many_threads_call_first);
    return check_summary();
}
