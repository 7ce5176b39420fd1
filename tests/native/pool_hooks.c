/* The pool as frameworks see it: NumPy's memory handler, and PyTorch's c10::Allocator, whose C++ classes are laid out by hand here. */
#define _GNU_SOURCE
#include "pool_blocks.h"

static void numpy_handler(void) {
    fdnn_pool_hook_functions hooks = {.struct_size = sizeof hooks};
    if (!OK(fdnn_pool_hooks(&hooks))) return;
    void* (*take)(void*, size_t) = (void* (*)(void*, size_t))hooks.numpy_malloc;
    void* (*zeroed)(void*, size_t, size_t) = (void* (*)(void*, size_t, size_t))hooks.numpy_calloc;
    void* (*resize)(void*, void*, size_t) = (void* (*)(void*, void*, size_t))hooks.numpy_realloc;
    void (*give)(void*, void*, size_t) = (void (*)(void*, void*, size_t))hooks.numpy_free;
    void* context = &hooks;
    fdnn_pool_statistics before = pool_statistics();
    for (size_t i = 0; i < COUNT(sizes_of_all_kinds); i++) {
        size_t bytes = sizes_of_all_kinds[i];
        void *block = take(context, bytes), *zeros = zeroed(context, 3, bytes);
        CHECK(block != NULL && (uintptr_t)block % 64 == 0 && fdnn_malloc_usable_size(block) >= bytes);
        CHECK(zeros != NULL && is_zero(zeros, 3 * bytes));
        fill(block, bytes);
        uint64_t pattern = pattern_of(block, bytes);
        block = resize(context, block, 2 * bytes);
        CHECK(block != NULL && is_filled_with(block, bytes, pattern));
        give(context, block, 2 * bytes);
        give(context, zeros, 3 * bytes);
    }
    /* NumPy's own blocks, from before the handler was set, and its way with nothing. */
    give(context, malloc(100), 100);
    give(context, resize(context, malloc(100), 200), 200);
    give(context, NULL, 0);
    give(context, resize(context, NULL, 100), 100);
    CHECK(take(context, SIZE_MAX) == NULL && zeroed(context, SIZE_MAX, 2) == NULL);
    fdnn_pool_statistics after = pool_statistics();
    CHECK(after.live_blocks == before.live_blocks && after.live_bytes == before.live_bytes);
    hooks.struct_size = 0;
    REFUSED(fdnn_pool_hooks(&hooks), FDNN_STATUS_INVALID_ARGUMENT, "functions.struct_size must be");
    REFUSED(fdnn_pool_hooks(NULL), FDNN_STATUS_INVALID_ARGUMENT, "functions must not be null");
}

/* c10::DataPtr, c10::Allocator and its table of virtual functions. */
typedef struct {
    void* data;
    void (*deleter)(void*);
    void* context;
    int8_t device_type, device_index;
} data_ptr;

typedef void (*function)(void);

typedef struct allocator {
    const function* table;
} allocator;

enum { D1, D0, ALLOCATE, RAW_DELETER_0, RAW_DELETER_1, TABLE };

static size_t stock_asked, stock_bytes;
static int type_information;

static void stock_free(void* memory) { free(memory); }

/* A class returned in memory: as C returns a struct of this size. */
static data_ptr stock_allocate(allocator* self, size_t bytes) {
    (void)self;
    stock_asked++;
    stock_bytes = bytes;
    void* memory = bytes == 0 || bytes > (size_t)1 << 40 ? NULL : malloc(bytes);
    return (data_ptr){memory, stock_free, memory, 0, -1};
}

typedef void (*deleter)(void*);

static deleter stock_raw_deleter(const allocator* self) {
    (void)self;
    return stock_free;
}

static const void* stock_words[2 + TABLE + 1] = {NULL, &type_information};

static allocator* stock(void) {
    static allocator made;
    function* table = (function*)(stock_words + 2);
    table[ALLOCATE] = (function)stock_allocate;
    table[RAW_DELETER_0] = table[RAW_DELETER_1] = (function)stock_raw_deleter; /* its place in either layout */
    made.table = table;
    return &made;
}

static data_ptr allocate(allocator* from, size_t bytes) {
    return ((data_ptr(*)(allocator*, size_t))from->table[ALLOCATE])(from, bytes);
}

static deleter raw_deleter_of(int layout, allocator* of) {
    return ((deleter (*)(const allocator*))of->table[layout == 0 ? RAW_DELETER_0 : RAW_DELETER_1])(of);
}

static void allocates_as(int layout, allocator* pool) {
    fdnn_pool_statistics before = pool_statistics();
    size_t asked = stock_asked;
    CHECK(((const void* const*)pool->table)[-1] == &type_information); /* of the stock allocator's kind, for a dynamic_cast */
    for (size_t i = 0; i < COUNT(sizes_of_all_kinds); i++) {
        size_t bytes = sizes_of_all_kinds[i];
        data_ptr tensor = allocate(pool, bytes);
        CHECK(tensor.data != NULL && (uintptr_t)tensor.data % 64 == 0 && tensor.context == tensor.data && tensor.deleter != NULL);
        CHECK(tensor.device_type == 0 && tensor.device_index == -1);
        CHECK(fdnn_malloc_usable_size(tensor.data) >= bytes);
        fill(tensor.data, bytes);
        CHECK(is_filled(tensor.data, bytes));
        if (i % 2 == 0) tensor.deleter(tensor.data);
        else raw_deleter_of(layout, pool)(tensor.data);
    }
    CHECK(stock_asked == asked);
    fdnn_pool_statistics after = pool_statistics();
    CHECK(after.live_blocks == before.live_blocks && after.allocations >= before.allocations + (int64_t)COUNT(sizes_of_all_kinds));

    /* What the pool has no answer to is the stock allocator's to answer, or to complain of. */
    data_ptr nothing = allocate(pool, 0);
    CHECK(stock_asked == asked + 1 && stock_bytes == 0 && nothing.data == NULL && nothing.deleter == stock_free);
    const size_t impossible = SIZE_MAX / 2;
    nothing = allocate(pool, impossible);
    CHECK(stock_asked == asked + 2 && stock_bytes == impossible && nothing.data == NULL && nothing.deleter == stock_free);
}

static void pytorch_allocator(void) {
    for (int layout = 0; layout < 2; layout++) {
        void *made = NULL, *again = NULL;
        if (!OK(fdnn_c10_allocator(layout, stock(), &made)) || !OK(fdnn_c10_allocator(layout, stock(), &again))) return;
        CHECK(made != NULL && made == again);
        allocator* pool = made;
        allocates_as(layout, pool);
        if (layout == 1) {
            data_ptr tensor = allocate(pool, 100), other = tensor;
            other.context = &other;
            int (*is_simple)(allocator*, const data_ptr*) = (int (*)(allocator*, const data_ptr*))pool->table[3];
            void (*copy)(allocator*, void*, const void*, size_t) = (void (*)(allocator*, void*, const void*, size_t))pool->table[5];
            char text[100] = "";
            CHECK((is_simple(pool, &tensor) & 1) == 1 && (is_simple(pool, &other) & 1) == 0);
            fill(tensor.data, 100);
            copy(pool, text, tensor.data, sizeof text);
            CHECK(memcmp(text, tensor.data, sizeof text) == 0);
            copy(pool, text, tensor.data, 0);
            tensor.deleter(tensor.data);
        }
        ((void (*)(allocator*))pool->table[D1])(pool); /* the object stays */
        data_ptr tensor = allocate(pool, 1000);
        CHECK(tensor.data != NULL);
        tensor.deleter(tensor.data);
    }
}

/* What stays when the pool leaves: it allocates as the stock allocator, and knows the memory of both. */
static void bystander(void) {
    for (int layout = 0; layout < 2; layout++) {
        void *made = NULL, *active = NULL;
        if (!OK(fdnn_c10_bystander(layout, stock(), &made)) || !OK(fdnn_c10_allocator(layout, stock(), &active))) return;
        CHECK(made != active);
        size_t asked = stock_asked;
        data_ptr of_stock = allocate(made, 1000), of_pool = allocate(active, 1000);
        CHECK(stock_asked == asked + 1 && of_stock.data != NULL && of_stock.deleter == stock_free && of_pool.deleter != stock_free);
        int64_t live = pool_statistics().live_blocks;
        raw_deleter_of(layout, made)(of_pool.data);
        CHECK(pool_statistics().live_blocks == live - 1);
        raw_deleter_of(layout, active)(of_stock.data);
    }
}

/* What a class compiled for the user's PyTorch is made of. */
static void functions_for_a_class(void) {
    void *allocate_function = NULL, *free_function = NULL, *raw_free_function = NULL;
    if (!OK(fdnn_c10_functions((void*)stock_free, &allocate_function, &free_function, &raw_free_function))) return;
    void* (*take)(size_t) = (void* (*)(size_t))allocate_function;
    deleter give = (deleter)free_function, raw_give = (deleter)raw_free_function;
    char *one = take(1000), *other = take(1000), *foreign = malloc(100);
    CHECK(one != NULL && other != NULL && (uintptr_t)one % 64 == 0);
    CHECK(fdnn_pool_owns(one) == 1 && fdnn_pool_owns(other + 999) == 1 && fdnn_pool_owns(foreign) == 0 && fdnn_pool_owns(NULL) == 0);
    int64_t live = pool_statistics().live_blocks;
    give(one);
    raw_give(other);
    CHECK(pool_statistics().live_blocks == live - 2);
    raw_give(foreign);
    CHECK(take(SIZE_MAX / 2) == NULL);
    REFUSED(fdnn_c10_functions((void*)stock_free, NULL, &free_function, &raw_free_function), FDNN_STATUS_INVALID_ARGUMENT, "must not be null");
}

static void refused_allocators(void) {
    void* made = NULL;
    REFUSED(fdnn_c10_bystander(2, stock(), &made), FDNN_STATUS_INVALID_ARGUMENT, "pool: layout must be in [0, 2), got 2");
    REFUSED(fdnn_c10_allocator(2, stock(), &made), FDNN_STATUS_INVALID_ARGUMENT, "pool: layout must be in [0, 2), got 2");
    REFUSED(fdnn_c10_allocator(-1, stock(), &made), FDNN_STATUS_INVALID_ARGUMENT, "got -1");
    REFUSED(fdnn_c10_allocator(0, NULL, &made), FDNN_STATUS_INVALID_ARGUMENT, "stock must not be null");
    REFUSED(fdnn_c10_allocator(0, stock(), NULL), FDNN_STATUS_INVALID_ARGUMENT, "allocator must not be null");
    CHECK(made == NULL);
}

/* One that can be served is compiled in python/tests/test_allocator_serve.py. */
static void refused_libraries(void) {
    REFUSED(fdnn_pool_serve(NULL, 1), FDNN_STATUS_INVALID_ARGUMENT, "library must not be null");
    REFUSED(fdnn_pool_serve("", 1), FDNN_STATUS_INVALID_ARGUMENT, "library must be the start of a file name");
    REFUSED(fdnn_pool_serve("libc.so", 2), FDNN_STATUS_INVALID_ARGUMENT, "on must be 0 or 1, got 2");
    REFUSED(fdnn_pool_serve("libthere-is-none.so", 1), FDNN_STATUS_UNSUPPORTED, "libthere-is-none.so is not loaded");
    REFUSED(fdnn_pool_serve("libc.so", 1), FDNN_STATUS_UNSUPPORTED, "libc.so does not import posix_memalign and free");
}

int main(void) {
    RUN(numpy_handler);
    RUN(pytorch_allocator);
    RUN(bystander);
    RUN(functions_for_a_class);
    RUN(refused_allocators);
    RUN(refused_libraries);
    return check_summary();
}
