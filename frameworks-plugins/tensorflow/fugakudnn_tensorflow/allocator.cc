// TensorFlow's memory from the pool: an allocator for the registry of TensorFlow's CPU allocators.
//
// Built on the user's machine against the headers of the TensorFlow that is installed (shim.py), so that the layouts of its classes
// are always those of the process. It is linked to TensorFlow only: the pool comes as addresses.
//
// Vocabulary
//   registered  the factory is in the registry. For good: the registry takes nothing back.
//   on          new memory comes from the pool, otherwise from the C library. Memory is freed by whoever it came from: fdnn_free knows
//               the pool's and hands everything else to the C library, so tensors may outlive the switch in both directions.
//   late        somebody has got an allocator from the registry. Register() aborts the process from then on.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "tensorflow/core/framework/allocator.h"
#include "tensorflow/core/framework/allocator_registry.h"

extern "C" {

// What the shim calls of the pool; addresses stay valid to the end of the process.
struct fdnn_tf_pool {
  void* (*malloc)(size_t bytes);  // aligned to 64, and quicker than aligned_alloc
  void* (*aligned_alloc)(size_t alignment, size_t bytes);
  void (*free)(void* memory);  // the C library's memory too
  size_t (*usable_size)(void* memory);
};

struct fdnn_tf_state {
  int32_t registered, on, late;
  int32_t asked;  // TensorFlow took this allocator, and not another one of a higher priority
};
}

namespace {

constexpr size_t kUsualAlignment = tensorflow::Allocator::kAllocatorAlignment;
static_assert(kUsualAlignment <= 64, "the pool's malloc aligns to 64");
constexpr int kPriority = 1000;  // the default has 100, oneDNN's 200

struct fdnn_tf_pool pool;
std::atomic<bool> registered{false}, on{false}, asked{false};

// ---- What only a member knows ----
// The registry checks `first_alloc_made_` in Register() and offers no question for it. The argument of an explicit instantiation may
// name a private member (C++17, [temp.explicit]), so this reads the very thing that is checked, and does not compile where it is gone.
using Registry = tensorflow::AllocatorFactoryRegistry;

template <bool Registry::*kMember>
struct Reveal {
  friend bool IsLate(Registry* registry) { return registry->*kMember; }
};
bool IsLate(Registry* registry);
template struct Reveal<&Registry::first_alloc_made_>;

// ---- Memory ----

void* FromTheCLibrary(size_t alignment, size_t bytes) {
  void* memory = nullptr;
  return posix_memalign(&memory, alignment < sizeof(void*) ? sizeof(void*) : alignment, bytes) == 0 ? memory : nullptr;
}

void* Allocate(size_t alignment, size_t bytes) {
  if (!on.load(std::memory_order_relaxed)) return FromTheCLibrary(alignment, bytes);
  return alignment <= kUsualAlignment ? pool.malloc(bytes) : pool.aligned_alloc(alignment, bytes);
}

// Counts as TensorFlow's own CPU allocator does: only while tsl::EnableCPUAllocatorStats() says so.
class Counters {
 public:
  void Add(void* memory) {
    int64_t bytes = pool.usable_size(memory), now = in_use_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    allocations_.fetch_add(1, std::memory_order_relaxed);
    Raise(&peak_, now);
    Raise(&largest_, bytes);
  }

  void Subtract(void* memory) { in_use_.fetch_sub(pool.usable_size(memory), std::memory_order_relaxed); }

  tensorflow::AllocatorStats Read() const {
    tensorflow::AllocatorStats stats;
    stats.num_allocs = allocations_.load(std::memory_order_relaxed);
    stats.bytes_in_use = in_use_.load(std::memory_order_relaxed);
    stats.peak_bytes_in_use = peak_.load(std::memory_order_relaxed);
    stats.largest_alloc_size = largest_.load(std::memory_order_relaxed);
    return stats;
  }

  void Clear() {
    allocations_.store(0, std::memory_order_relaxed);
    peak_.store(in_use_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    largest_.store(0, std::memory_order_relaxed);
  }

 private:
  static void Raise(std::atomic<int64_t>* most, int64_t value) {
    int64_t seen = most->load(std::memory_order_relaxed);
    while (seen < value && !most->compare_exchange_weak(seen, value, std::memory_order_relaxed)) {
    }
  }

  std::atomic<int64_t> allocations_{0}, in_use_{0}, peak_{0}, largest_{0};
};

// Null means exhausted to TensorFlow: it raises its own ResourceExhaustedError, which names shape and allocator.
class PoolAllocator : public tensorflow::Allocator {
 public:
  std::string Name() override { return "fugakudnn"; }

  void* AllocateRaw(size_t alignment, size_t bytes) override {
    void* memory = Allocate(alignment, bytes);
    if (memory != nullptr && tsl::CPUAllocatorStatsEnabled()) counters_.Add(memory);
    return memory;
  }

  void DeallocateRaw(void* memory) override {
    if (memory != nullptr && tsl::CPUAllocatorStatsEnabled()) counters_.Subtract(memory);
    pool.free(memory);
  }

  size_t AllocatedSizeSlow(const void* memory) const override { return pool.usable_size(const_cast<void*>(memory)); }

  std::optional<tensorflow::AllocatorStats> GetStats() override {
    return tsl::CPUAllocatorStatsEnabled() ? std::optional<tensorflow::AllocatorStats>(counters_.Read()) : std::nullopt;
  }

  bool ClearStats() override {
    if (!tsl::CPUAllocatorStatsEnabled()) return false;
    counters_.Clear();
    return true;
  }

  tensorflow::AllocatorMemoryType GetMemoryType() const override { return tensorflow::AllocatorMemoryType::kHostPageable; }

 private:
  Counters counters_;
};

// The large pieces of TensorFlow's own pools, where it is told to use one (TF_CPU_ALLOCATOR_USE_BFC, GPU hosts).
class PoolSubAllocator : public tensorflow::SubAllocator {
 public:
  PoolSubAllocator() : SubAllocator({}, {}) {}

  void* Alloc(size_t alignment, size_t bytes, size_t* received) override {
    void* memory = bytes == 0 ? nullptr : Allocate(alignment, bytes);
    *received = memory == nullptr ? 0 : bytes;
    return memory;
  }

  void Free(void* memory, size_t) override { pool.free(memory); }
  bool SupportsCoalescing() const override { return false; }
  tensorflow::AllocatorMemoryType GetMemoryType() const override { return tensorflow::AllocatorMemoryType::kHostPageable; }
};

class PoolFactory : public tensorflow::AllocatorFactory {
 public:
  tensorflow::Allocator* CreateAllocator() override {
    asked = true;
    return new PoolAllocator;
  }

  tensorflow::SubAllocator* CreateSubAllocator(int) override {
    asked = true;
    return new PoolSubAllocator;
  }
};

}  // namespace

extern "C" {

void fdnn_tf_get_state(struct fdnn_tf_state* state) {
  *state = {registered, on, IsLate(Registry::singleton()), asked};
}

// 1: registered now or before. 0: it is too late, and nothing was done.
int32_t fdnn_tf_register(const struct fdnn_tf_pool* functions) {
  if (registered) return 1;
  Registry* registry = Registry::singleton();
  if (IsLate(registry)) return 0;
  pool = *functions;
  registry->Register(__FILE__, __LINE__, "fugakudnn", kPriority, new PoolFactory);
  registered = true;
  return 1;
}

void fdnn_tf_switch(int32_t value) { on = value != 0; }

void fdnn_tf_count(int32_t value) { value ? tsl::EnableCPUAllocatorStats() : tsl::DisableCPUAllocatorStats(); }
}
