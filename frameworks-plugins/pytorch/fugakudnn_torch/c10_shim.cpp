// The pool as torch's CPU allocator, for a torch whose allocator class FugakuDnn does not know: compiled against that torch's headers
// by shim.py, and loaded once for each allocator of torch that the pool comes above.
#include "pool_allocator.h"

namespace {

c10::Allocator* stock;

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT fugakudnn::PoolFunctions::Deleter fugakudnn_c10_raw_deleter(const c10::Allocator* allocator) { return allocator->raw_deleter(); }

// From fdnn_c10_functions; called once, before the first allocation.
EXPORT void fugakudnn_c10_shim(
    c10::Allocator* stock_allocator, void* (*allocate)(std::size_t bytes), void (*release)(void* memory), void (*release_raw)(void* memory),
    c10::Allocator** active, c10::Allocator** bystander) {
  stock = stock_allocator;
  auto below = [] { return stock; };
  *active = new fugakudnn::PoolAllocator({allocate, release, release_raw}, below);
  *bystander = new fugakudnn::PoolAllocator({nullptr, release, release_raw}, below);
}
