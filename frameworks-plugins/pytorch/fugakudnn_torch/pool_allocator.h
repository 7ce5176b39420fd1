// The pool as a c10::Allocator, for whichever torch this is compiled against.
#pragma once

#include <c10/core/Allocator.h>

#include <cstddef>
#include <cstring>

namespace fugakudnn {

struct PoolFunctions {
  using Deleter = void (*)(void* memory);

  void* (*allocate)(std::size_t bytes);  // null where it has no memory to give
  Deleter release;                       // frees what `allocate` gave
  Deleter release_raw;                   // frees what `allocate` or the allocator below gave, or null
};

// Takes memory from the pool, and from the allocator below what the pool does not give: no bytes, exhaustion (so that the error is torch's own).
// Both forms of `allocate` and `copy_data` are declared without `override`, so that whichever torch has is overridden.
class PoolAllocator final : public c10::Allocator {
 public:
  using Below = c10::Allocator* (*)();

  // Without `functions.allocate` all comes from below.
  PoolAllocator(const PoolFunctions& functions, Below below) : functions_(functions), below_(below) {}

  c10::DataPtr allocate(std::size_t bytes) const { return get(bytes); }
  c10::DataPtr allocate(std::size_t bytes) { return get(bytes); }
  c10::DeleterFnPtr raw_deleter() const override { return functions_.release_raw; }
  void copy_data(void* target, const void* source, std::size_t bytes) const { std::memcpy(target, source, bytes); }

 private:
  c10::DataPtr get(std::size_t bytes) const {
    void* memory = functions_.allocate != nullptr && bytes != 0 ? functions_.allocate(bytes) : nullptr;
    if (memory == nullptr) {
      return below_()->allocate(bytes);
    }
    return {memory, memory, functions_.release, c10::Device(c10::DeviceType::CPU)};
  }

  const PoolFunctions functions_;
  const Below below_;
};

}  // namespace fugakudnn
