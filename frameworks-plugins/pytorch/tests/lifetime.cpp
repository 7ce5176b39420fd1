// Tensors that live in every place where C++ code keeps them, and die when that place does.  Only c10 is used: a TensorImpl with a
// storage from GetCPUAllocator() is what at::empty() makes, and compiles in a fraction of the time.
#include <c10/core/CPUAllocator.h>
#include <c10/core/Storage.h>
#include <c10/core/TensorImpl.h>

#include <pthread.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {

using Tensor = c10::intrusive_ptr<c10::TensorImpl>;

// Small, a page, and one that no thread keeps to itself.
constexpr std::size_t kSizes[] = {40, 4096, 3 << 20};

Tensor make(std::size_t bytes) {
  c10::Allocator* allocator = c10::GetCPUAllocator();
  c10::Storage storage(c10::Storage::use_byte_size_t(), bytes, allocator, /*resizable=*/true);
  Tensor tensor = c10::make_intrusive<c10::TensorImpl>(
      std::move(storage), c10::DispatchKeySet(c10::DispatchKey::CPU), caffe2::TypeMeta::Make<float>());
  tensor->set_sizes_contiguous({static_cast<int64_t>(bytes / sizeof(float))});
  std::memset(const_cast<void*>(tensor->storage().data()), 0x5a, bytes);
  return tensor;
}

void fill(std::vector<Tensor>& tensors, int count) {
  for (int i = 0; i < count; i++) {
    tensors.push_back(make(kSizes[i % 3]));
  }
}

std::vector<Tensor>& in_static() {
  static std::vector<Tensor> tensors;
  return tensors;
}

thread_local std::vector<Tensor> in_thread;

// Freed, and replaced by a new one, in each of the rounds in which a thread's keys are destroyed, the last one included.
struct Round {
  pthread_key_t key;
  int left;
  Tensor tensor;
};

void end_round(void* value) {
  Round* round = static_cast<Round*>(value);
  round->tensor = Tensor();
  if (--round->left == 0) {
    delete round;
    return;
  }
  round->tensor = make(4096);
  pthread_setspecific(round->key, round);
}

void (*enter_library)();

void at_exit() {
  std::vector<Tensor> tensors;
  fill(tensors, 9);
  in_static().clear();
  fill(in_static(), 9);
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

// The calling thread keeps tensors until it ends.
EXPORT void keep_in_thread(int count) { fill(in_thread, count); }

// So does a thread that Python knows nothing of; with `enter` it has been inside the library's managed code.
EXPORT void thread_keeps(int count, void (*enter)()) {
  std::thread([=] {
    if (enter != nullptr) {
      enter();
    }
    fill(in_thread, count);
  }).join();
}

// The process keeps tensors until its static objects are destroyed.
EXPORT void keep_in_static(int count) { fill(in_static(), count); }

// Tensors made here die on a thread that never allocated.
EXPORT void die_elsewhere(int count) {
  std::vector<Tensor> tensors;
  fill(tensors, count);
  std::thread([moved = std::move(tensors)]() mutable { moved.clear(); }).join();
}

// Tensors made on a thread that has ended die here.
EXPORT void outlive_thread(int count) {
  std::vector<Tensor> tensors;
  std::thread([&] { fill(tensors, count); }).join();
  tensors.clear();
}

// A thread frees and allocates while its thread-specific data are destroyed.
EXPORT void thread_ends_slowly(void (*enter)()) {
  pthread_key_t key;
  pthread_key_create(&key, end_round);
  std::thread([=] {
    if (enter != nullptr) {
      enter();
    }
    pthread_setspecific(key, new Round{key, PTHREAD_DESTRUCTOR_ITERATIONS, make(4096)});
  }).join();
}

// exit() frees and allocates.
EXPORT void use_at_exit() { std::atexit(at_exit); }

// Threads go on allocating while the process ends.
EXPORT void never_stop(int threads) {
  for (int i = 0; i < threads; i++) {
    std::thread([] {
      for (;;) {
        std::vector<Tensor> tensors;
        fill(tensors, 30);
      }
    }).detach();
  }
}
