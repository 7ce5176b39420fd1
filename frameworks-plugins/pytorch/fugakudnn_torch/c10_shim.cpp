// The pool as a c10::Allocator, for a torch whose allocator class FugakuDnn does not know: compiled against that torch's headers
// by shim.py.  Both forms of `allocate` and `copy_data` are declared without `override`, so that whichever torch has is overridden.
#include <c10/core/Allocator.h>

#include <cstddef>
#include <cstring>

namespace {

using Deleter = void (*)(void* memory);

// From fdnn_c10_functions; set once, before the first allocation.
void* (*allocate_block)(std::size_t bytes);
Deleter free_block;
Deleter free_raw;

// The allocator of torch below this one.
c10::Allocator* stock;

class PoolAllocator final : public c10::Allocator {
 public:
  explicit PoolAllocator(bool active) : active_(active) {}

  c10::DataPtr allocate(std::size_t bytes) const { return get(bytes); }
  c10::DataPtr allocate(std::size_t bytes) { return get(bytes); }
  c10::DeleterFnPtr raw_deleter() const override { return free_raw; }
  void copy_data(void* target, const void* source, std::size_t bytes) const { std::memcpy(target, source, bytes); }

 private:
  c10::DataPtr get(std::size_t bytes) const {
    void* memory = active_ && bytes != 0 ? allocate_block(bytes) : nullptr;
    if (memory == nullptr) {
      return stock->allocate(bytes);  // raises torch's own error, which names the size
    }
    return {memory, memory, free_block, c10::Device(c10::DeviceType::CPU)};
  }

  const bool active_;
};

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT Deleter fugakudnn_c10_raw_deleter(const c10::Allocator* allocator) { return allocator->raw_deleter(); }

EXPORT void fugakudnn_c10_shim(
    c10::Allocator* stock_allocator, decltype(allocate_block) allocate, Deleter free, Deleter raw, c10::Allocator** active, c10::Allocator** bystander) {
  stock = stock_allocator;
  allocate_block = allocate;
  free_block = free;
  free_raw = raw;
  *active = new PoolAllocator(true);
  *bystander = new PoolAllocator(false);
}
