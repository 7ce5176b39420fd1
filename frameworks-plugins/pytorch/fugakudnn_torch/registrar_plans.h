// What registrar.cpp remembers: keys, plans, tables of plans.  Nothing here knows an op.
#pragma once

#include <c10/core/ScalarType.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace fugakudnn {

constexpr std::size_t most_key_words = 160;

// What stays lives in the library's pool: between tensors on the C library's heap it would keep their memory apart when they are freed.
struct Memory {
  inline static void* (*allocate)(std::size_t bytes) = nullptr;
  inline static void (*release)(void* block) = nullptr;
};

template <class T>
struct Pooled {
  using value_type = T;

  Pooled() = default;
  template <class U>
  Pooled(const Pooled<U>&) {}

  T* allocate(std::size_t count) {
    void* block = Memory::allocate(count * sizeof(T));
    if (block == nullptr) {
      throw std::bad_alloc();
    }
    return static_cast<T*>(block);
  }
  void deallocate(T* block, std::size_t) { Memory::release(block); }

  template <class U>
  bool operator==(const Pooled<U>&) const { return true; }
  template <class U>
  bool operator!=(const Pooled<U>&) const { return false; }
};

template <class T>
using Vector = std::vector<T, Pooled<T>>;

// Why torch computes calls of a kind, and how many it did.
struct Reason {
  std::string text;
  std::atomic<std::int64_t> count{0};
  Reason* next;
};

struct Read {
  std::int64_t argument, word;
  std::int64_t format;  // a c10::MemoryFormat to bring the tensor into first, or as_it_is
};
constexpr std::int64_t as_it_is = -1;

struct Write {
  std::int64_t word;           // or nowhere, for an output that the library leaves alone
  std::int64_t argument = -1;  // the result is this one
  c10::ScalarType type{};      // else a new tensor
  Vector<std::int64_t> sizes, strides;
};
constexpr std::int64_t nowhere = -1;

struct Plan {
  using Destroy = std::int32_t (*)(std::uint64_t primitive);

  Reason* reason = nullptr;  // why torch computes it; null: the library does
  std::uint64_t primitive = 0;
  Destroy destroy = nullptr;
  Vector<Read> reads;
  Vector<Write> writes;

  Plan() = default;
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  ~Plan() {
    if (primitive != 0) {
      destroy(primitive);
    }
  }

  static std::shared_ptr<Plan> make() { return std::allocate_shared<Plan>(Pooled<Plan>()); }
};

// The words of a call: first the head (kinds, data types, numbers, lists), then the shapes (sizes and strides).
class Key {
 public:
  void add(std::int64_t word) {
    if (size_ < most_key_words) {
      words_[size_] = word;
      hash_ = (hash_ ^ static_cast<std::uint64_t>(word)) * 0x9E3779B97F4A7C15u;
      hash_ ^= hash_ >> 29;
    }
    ++size_;
  }
  void end_head() {
    head_ = size_;
    head_hash_ = hash_;
  }
  bool fits() const { return size_ <= most_key_words; }

  const std::int64_t* words() const { return words_; }
  std::size_t size() const { return size_; }
  std::size_t head() const { return head_; }
  std::uint64_t hash() const { return hash_; }
  std::uint64_t head_hash() const { return head_hash_; }

 private:
  std::int64_t words_[most_key_words];
  std::size_t size_ = 0, head_ = 0;
  std::uint64_t hash_ = 0, head_hash_ = 0;
};

// The plans of an op by key.  Readers do not wait for each other, and plans are destroyed outside of the lock.
class Table {
 public:
  explicit Table(std::size_t most_plans) : most_plans_(most_plans) {}

  // The plan for a key, or for all keys with its head.
  std::shared_ptr<const Plan> find(const Key& key) const {
    std::shared_lock<std::shared_mutex> lock(mutex_);
    auto found = at(key, key.size(), key.hash());
    if (found == plans_.end()) {
      found = at(key, key.head(), key.head_hash());
    }
    return found == plans_.end() ? nullptr : found->second.plan;
  }

  // Not taken where the plans were dropped since `generation`.
  bool install(const Key& key, bool head_only, std::shared_ptr<const Plan> plan, std::int64_t generation) {
    Plans dropped;
    std::unique_lock<std::shared_mutex> lock(mutex_);
    if (generation != generation_) {
      return false;
    }
    if (plans_.size() >= most_plans_) {
      dropped.swap(plans_);
    }
    auto size = head_only ? key.head() : key.size();
    auto hash = head_only ? key.head_hash() : key.hash();
    if (auto known = at(key, size, hash); known != plans_.end()) {
      std::swap(known->second.plan, plan);
    } else {
      plans_.emplace(hash, Entry{{key.words(), key.words() + size}, std::move(plan)});
    }
    lock.unlock();
    return true;
  }

  void drop() {
    Plans dropped;
    std::unique_lock<std::shared_mutex> lock(mutex_);
    dropped.swap(plans_);
    ++generation_;
    lock.unlock();
  }

  std::int64_t generation() const {
    std::shared_lock<std::shared_mutex> lock(mutex_);
    return generation_;
  }

  std::int64_t size() const {
    std::shared_lock<std::shared_mutex> lock(mutex_);
    return static_cast<std::int64_t>(plans_.size());
  }

 private:
  struct Entry {
    Vector<std::int64_t> key;
    std::shared_ptr<const Plan> plan;
  };
  using Plans = std::unordered_multimap<std::uint64_t, Entry, std::hash<std::uint64_t>, std::equal_to<std::uint64_t>,
                                        Pooled<std::pair<const std::uint64_t, Entry>>>;

  Plans::const_iterator at(const Key& key, std::size_t size, std::uint64_t hash) const { return at(plans_, key, size, hash); }
  Plans::iterator at(const Key& key, std::size_t size, std::uint64_t hash) { return at(plans_, key, size, hash); }

  template <class AnyPlans>
  static auto at(AnyPlans& plans, const Key& key, std::size_t size, std::uint64_t hash) -> decltype(plans.begin()) {
    auto range = plans.equal_range(hash);
    for (auto place = range.first; place != range.second; ++place) {
      const auto& words = place->second.key;
      if (words.size() == size && std::memcmp(words.data(), key.words(), size * sizeof(std::int64_t)) == 0) {
        return place;
      }
    }
    return plans.end();
  }

  const std::size_t most_plans_;
  mutable std::shared_mutex mutex_;
  Plans plans_;
  std::int64_t generation_ = 0;
};

}  // namespace fugakudnn
