/* The pool in the last moments of threads and processes: in destructors of thread-local and static objects, of pthread keys, at exit, and
 * on threads that never used it. Each case is a process of its own, which must end with 0 and all of its output. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#include "pool_blocks.h"

#if defined(__SANITIZE_ADDRESS__)
/* A thread that calls in for the first time when its C++ destructors have run leaves glibc's record of the library's one behind: 32 bytes that
   nothing frees any more. Such threads are what this program is about, so leaks are not looked for here; all else is. */
int __lsan_is_turned_off(void) { return 1; }
#endif

/* What C++ registers destructors of thread_local objects with. */
extern int __cxa_thread_atexit_impl(void (*destructor)(void*), void* object, void* library);
extern void* __dso_handle;

static const size_t sizes[] = {1, 100, 5000, 32 * KIB, 40000, 300000, 3 * MIB};

/* Blocks of an object, allocated in its life and freed in its destructor. */
typedef struct {
    const char* destructor;
    void* blocks[COUNT(sizes)];
} object;

static void begin(object* o, const char* destructor) {
    o->destructor = destructor;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        NEED((o->blocks[i] = fdnn_malloc(sizes[i])) != NULL);
        fill(o->blocks[i], sizes[i]);
    }
}

static void allocate_now(void) {
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char *block = fdnn_malloc(sizes[i]), *zeros = fdnn_calloc(sizes[i], 2), *aligned = fdnn_aligned_alloc(4096, sizes[i]);
        NEED(block != NULL && (uintptr_t)block % 64 == 0 && fdnn_malloc_usable_size(block) >= sizes[i]);
        NEED(zeros != NULL && is_zero(zeros, 2 * sizes[i]));
        NEED(aligned != NULL && (uintptr_t)aligned % 4096 == 0);
        fill(block, sizes[i]);
        uint64_t pattern = pattern_of(block, sizes[i]);
        block = fdnn_realloc(block, 3 * sizes[i]);
        NEED(block != NULL && is_filled_with(block, sizes[i], pattern));
        fill(block, 3 * sizes[i]);
        fill(zeros, 2 * sizes[i]);
        fill(aligned, sizes[i]);
        NEED(is_filled(block, 3 * sizes[i]) && is_filled(zeros, 2 * sizes[i]) && is_filled(aligned, sizes[i]));
        fdnn_free(block);
        fdnn_free(zeros);
        fdnn_free_sized(aligned, sizes[i]);
    }
    NEED(fdnn_malloc(SIZE_MAX) == NULL && fdnn_calloc(SIZE_MAX, 2) == NULL);
    fdnn_free(fdnn_malloc(0));
    fdnn_free(NULL);
}

static void end(void* state) {
    object* o = state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        NEED(is_filled(o->blocks[i], sizes[i]) && fdnn_malloc_usable_size(o->blocks[i]) >= sizes[i]);
        if (i % 2) {
            /* A thread that has ended may get nothing for a block of the pool's: the block is as it was then. */
            uint64_t pattern = pattern_of(o->blocks[i], sizes[i]);
            void* moved = fdnn_realloc(o->blocks[i], 2 * sizes[i]);
            if (moved != NULL) o->blocks[i] = moved;
            NEED(is_filled_with(o->blocks[i], sizes[i], pattern));
        }
        fdnn_free(o->blocks[i]);
    }
    allocate_now();
    if (o->destructor != NULL) printf("%s\n", o->destructor);
}

/* Starts threads one after the other, and two at a time. */
static void on_threads(void* (*body)(void*), int rounds) {
    for (int i = 0; i < rounds; i++) {
        pthread_t first, second;
        NEED(pthread_create(&first, NULL, body, NULL) == 0);
        if (i % 2) pthread_join(first, NULL);
        NEED(pthread_create(&second, NULL, body, NULL) == 0);
        if (i % 2 == 0) pthread_join(first, NULL);
        pthread_join(second, NULL);
    }
}

/* Late blocks are the pool's again, and the runtime has come to no harm: it allocates, collects, and knows its threads. */
static void all_is_well(void) {
    void* block = fdnn_malloc(MIB); /* takes late frees in */
    fdnn_free(block);
    for (int i = 0; i < ROUNDS(300, 20); i++) {
        fdnn_eltwise_desc desc = {.size = sizeof desc, .data_type = FDNN_DATA_TYPE_F32, .count = 1 + i};
        fdnn_primitive primitive;
        NEED(fdnn_eltwise_create(&desc, &primitive) == 0 && fdnn_primitive_destroy(primitive) == 0);
    }
    fdnn_pool_statistics statistics = pool_statistics();
    printf("%d blocks alive, %d frees of none\n", (int)statistics.live_blocks, (int)statistics.invalid_frees);
    trim(); /* reaches what threads had in their caches when they ended, whether they could tell or not */
    statistics = pool_statistics();
    NEED(statistics.cached_bytes == 0 && statistics.idle_bytes == 0);
}

#define ALL_IS_WELL "0 blocks alive, 0 frees of none\n"

static _Thread_local object early, late;

static void* use_registered_before(void* unused) {
    __cxa_thread_atexit_impl(end, &early, &__dso_handle);
    begin(&early, NULL);
    return unused;
}

static void* use_registered_after(void* unused) {
    begin(&late, NULL);
    __cxa_thread_atexit_impl(end, &late, &__dso_handle);
    return unused;
}

static void* use_registered_before_and_after(void* unused) {
    use_registered_before(NULL);
    return use_registered_after(unused);
}

static void thread_locals_in_child(void) {
    on_threads(use_registered_before, 10);
    on_threads(use_registered_after, 10);
    on_threads(use_registered_before_and_after, 10);
    all_is_well();
}

static void thread_local_destructors(void) { child_prints(thread_locals_in_child, ALL_IS_WELL); }

static void main_thread_in_child(void) {
    __cxa_thread_atexit_impl(end, &early, &__dso_handle);
    begin(&early, "destructor registered before the first call");
    begin(&late, "destructor registered after it");
    __cxa_thread_atexit_impl(end, &late, &__dso_handle);
}

static void thread_local_destructors_of_the_main_thread(void) {
    child_prints(main_thread_in_child, "destructor registered after it\ndestructor registered before the first call\n");
}

static pthread_key_t key;
static atomic_int passes, on_keys;

/* Runs in each of the C library's four passes over the keys: also after the library's own destructors. */
static void end_of_key(void* state) {
    static _Thread_local int pass;
    if (pass++ == 0) {
        end(state);
    } else {
        allocate_now();
    }
    passes++;
    if (pass < 4) pthread_setspecific(key, state);
    else free(state);
}

static void* use_and_set_key(void* unused) {
    object* o = malloc(sizeof *o);
    begin(o, NULL);
    pthread_setspecific(key, o);
    return unused;
}

static void keys_in_child(void) {
    NEED(pthread_key_create(&key, end_of_key) == 0);
    on_threads(use_and_set_key, 10);
    NEED(pthread_key_delete(key) == 0 && pthread_key_create(&key, end_of_key) == 0);
    on_threads(use_and_set_key, 10);
    printf("%d passes\n", passes);
    all_is_well();
}

static void key_made_late_in_child(void) {
    fdnn_free(fdnn_malloc(1));
    keys_in_child();
}

static void destructors_of_keys(void) {
    child_prints(keys_in_child, "160 passes\n" ALL_IS_WELL);
    child_prints(key_made_late_in_child, "160 passes\n" ALL_IS_WELL);
}

static void free_as_the_thread_ends(void* blocks) {
    for (size_t i = 0; i < COUNT(sizes); i++) fdnn_free(((void**)blocks)[i]);
    free(blocks);
    on_keys++;
}

static void allocate_as_the_thread_ends(void* state) {
    allocate_now();
    free_as_the_thread_ends(state);
}

static object shared;

static void* only_set_key(void* unused) {
    void** blocks = malloc(sizeof shared.blocks);
    memcpy(blocks, shared.blocks, sizeof shared.blocks);
    pthread_setspecific(key, blocks);
    return unused;
}

/* Threads that come to the pool only as they end, when the runtime can no longer learn of their end. */
static void strangers_in_child(void (*destructor)(void*)) {
    NEED(pthread_key_create(&key, destructor) == 0);
    for (int i = 0; i < 20; i++) {
        begin(&shared, NULL);
        pthread_t thread;
        NEED(pthread_create(&thread, NULL, only_set_key, NULL) == 0);
        pthread_join(thread, NULL);
        if (i % 5 == 4) all_is_well();
        on_threads(use_registered_before, 1);
    }
    printf("%d threads\n", on_keys);
    all_is_well();
}

static void freeing_strangers_in_child(void) { strangers_in_child(free_as_the_thread_ends); }

static void allocating_strangers_in_child(void) { strangers_in_child(allocate_as_the_thread_ends); }

static void keys_of_threads_that_never_used_the_pool(void) {
    const char* expected = ALL_IS_WELL ALL_IS_WELL ALL_IS_WELL ALL_IS_WELL "20 threads\n" ALL_IS_WELL;
    child_prints(freeing_strangers_in_child, expected);
    child_prints(allocating_strangers_in_child, expected);
}

static void* free_shared(void* unused) {
    for (size_t i = 0; i < COUNT(sizes); i++) fdnn_free(shared.blocks[i]);
    return unused;
}

static void free_elsewhere_in_child(void) {
    for (int i = 0; i < 50; i++) {
        begin(&shared, NULL);
        pthread_t thread;
        NEED(pthread_create(&thread, NULL, free_shared, NULL) == 0);
        pthread_join(thread, NULL);
    }
    printf("%s\n", pool_statistics().late_frees == 50 * (int64_t)COUNT(sizes) ? "all came late" : "some were not counted");
    all_is_well();
}

static void threads_that_only_free(void) { child_prints(free_elsewhere_in_child, "all came late\n" ALL_IS_WELL); }

static object exiting, more_exiting, leaving;

static void at_exit(void) { end(&exiting); }

static void more_at_exit(void) { end(&more_exiting); }

/* Of the program: after all that was registered with atexit. In most processes there is nothing to do. */
__attribute__((destructor)) static void at_the_end(void) {
    if (leaving.destructor == NULL) return;
    end(&leaving);
    fflush(stdout);
}

static void begin_all(void) {
    atexit(at_exit);
    begin(&exiting, "registered with atexit before the first call");
    begin(&more_exiting, "registered with atexit after it");
    begin(&leaving, "destructor of the program");
    atexit(more_at_exit);
}

static void exit_in_child(void) { begin_all(); }

static void* exit_on_thread(void* unused) {
    begin(&early, NULL);
    (void)unused;
    exit(0);
}

static void exit_on_thread_in_child(void) {
    pthread_t thread;
    begin_all();
    NEED(pthread_create(&thread, NULL, exit_on_thread, NULL) == 0);
    pthread_join(thread, NULL);
}

static void* allocate_for_ever(void* unused) {
    for (;; passes++) allocate_now();
    return unused;
}

static void exit_while_others_allocate_in_child(void) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) NEED(pthread_create(&threads[i], NULL, allocate_for_ever, NULL) == 0);
    begin_all();
    while (passes < 20) sched_yield();
}

static void* outlive_main(void* self) {
    pthread_join(*(pthread_t*)self, NULL);
    allocate_now();
    puts("the main thread has ended");
    exit(0); /* the runtime has threads that would keep the process */
}

static void main_ends_first_in_child(void) {
    static pthread_t self;
    pthread_t thread;
    self = pthread_self();
    begin_all();
    NEED(pthread_create(&thread, NULL, outlive_main, &self) == 0);
    pthread_exit(NULL);
}

#define AT_EXIT "registered with atexit after it\nregistered with atexit before the first call\ndestructor of the program\n"

static void exit_of_the_process(void) { child_prints(exit_in_child, AT_EXIT); }

static void exit_called_by_another_thread(void) { child_prints(exit_on_thread_in_child, AT_EXIT); }

static void exit_while_others_allocate(void) {
    for (int i = 0; i < ROUNDS(20, 2); i++) child_prints(exit_while_others_allocate_in_child, AT_EXIT);
}

static void main_thread_that_ends_first(void) {
    child_prints(main_ends_first_in_child, "the main thread has ended\n" AT_EXIT);
}

int main(void) {
    RUN(thread_local_destructors);
    RUN(thread_local_destructors_of_the_main_thread);
    RUN(destructors_of_keys);
    RUN(keys_of_threads_that_never_used_the_pool);
    RUN(threads_that_only_free);
    RUN(exit_of_the_process);
    RUN(exit_called_by_another_thread);
    RUN(exit_while_others_allocate);
    RUN(main_thread_that_ends_first);
    return check_summary();
}
