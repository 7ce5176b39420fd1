// Another library's CPU allocator: blocks begin 64 bytes after what malloc gave, so that only its own deleter can free them.
#include <c10/core/Allocator.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace {

std::atomic<int64_t> alive{0};

void release(void* memory) {
  if (memory != nullptr) {
    alive--;
    std::free(static_cast<char*>(memory) - 64);
  }
}

struct Other final : c10::Allocator {
  c10::DataPtr get(std::size_t bytes) const {
    if (bytes > std::size_t{1} << 50) {
      TORCH_CHECK(false, "the other allocator refuses ", bytes);
    }
    void* block = bytes == 0 ? nullptr : std::aligned_alloc(64, (bytes + 127) / 64 * 64);
    alive += block != nullptr;
    void* memory = block == nullptr ? nullptr : static_cast<char*>(block) + 64;
    return {memory, memory, &release, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DataPtr allocate(std::size_t bytes) const { return get(bytes); }
  c10::DataPtr allocate(std::size_t bytes) { return get(bytes); }
  c10::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void* target, const void* source, std::size_t bytes) const { std::memcpy(target, source, bytes); }
};

}  // namespace

extern "C" __attribute__((visibility("default"))) c10::Allocator* other_allocator() {
  static Other* other = new Other;
  return other;
}

extern "C" __attribute__((visibility("default"))) int64_t other_alive() { return alive; }
