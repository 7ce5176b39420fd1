// The kernels of the table in C++: compiled against the torch at hand by native_registrar.py, which is also where plans come from.
//
// A *call* is what the dispatcher hands over.  Its *key* says everything that a plan may depend on: kinds, data types, numbers and lists
// (the *head*), then sizes and strides (the *shapes*).  A *plan* says how to carry out calls with that key: the library computes it, or torch
// does, for a *reason*.  A call without a plan goes to Python ("fugakudnn_plan::" and the op's name), which carries it out itself, or leaves
// it to torch, and installs a plan for the next one.
//
// - A plan is immutable.  Whoever uses it holds a reference; the library's primitive is destroyed with the last one.  The fast path takes no
//   lock of Python's and waits for nobody but who is putting a plan into the table.
// - A table is replaced, not emptied, in a forked child: another thread may have held its lock, and the primitives are the parent's.
// - Results lie in the library's pool, whatever torch's allocator is: the C library would give their pages back and fetch them again.
// - The kernels that are registered have no state of their own (see `entry`): torch replaces an op's kernel while other threads read it, field
//   by field, so they may meet half of one kernel and half of another.
#include <ATen/EmptyTensor.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/stack.h>
#include <c10/core/GradMode.h>
#include <c10/util/SmallVector.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pool_allocator.h"
#include "registrar_plans.h"
#include "registrar_versions.h"

namespace {

using namespace fugakudnn;

constexpr std::size_t most_ops = 64;
constexpr std::size_t most_argument_words = 32;  // of fdnn_arguments

// ---- from Python, set once before the first call

struct Functions {
  std::int32_t (*execute)(std::uint64_t primitive, const void* arguments);
  Plan::Destroy destroy;
  const char* (*last_error)();
  void* (*allocate)(std::size_t bytes);
  void (*release)(void* block);
  std::int32_t (*follow_threads)();  // makes `followed` torch's number of threads; 0 where it cannot
  std::size_t most_plans;
};

Functions library;
std::atomic<std::int32_t> followed{-1};
PoolAllocator* results_memory;  // for ever: tensors may outlive everything here

// ---- ops

struct Op {
  Op(c10::OperatorHandle aten_op, c10::OperatorHandle plan_op)
      : aten(aten_op), planner(plan_op), arguments(aten_op.schema().arguments().size()) {}

  const c10::OperatorHandle aten, planner;
  const std::size_t arguments;
  std::atomic<const c10::KernelFunction*> torch{nullptr};  // torch's own kernel
  std::atomic<Table*> table{new Table(library.most_plans)};
  std::atomic<std::int64_t> own{0};
  std::atomic<Reason*> reasons{nullptr};

  // Two threads may add the same text: the counts of equal texts are added up by who reads them.
  Reason* reason(const char* text) {
    for (Reason* known = reasons.load(); known != nullptr; known = known->next) {
      if (known->text == text) {
        return known;
      }
    }
    auto* added = new Reason{text, {}, reasons.load()};
    while (!reasons.compare_exchange_weak(added->next, added)) {
    }
    return added;
  }

  // Looks up torch's own kernel, which may be another now.  What was there stays: a thread may be on its way into it.
  void look_up_torch() {
    auto* now = new c10::KernelFunction(entry_of(aten).lookup(c10::DispatchKeySet(c10::DispatchKey::CPU)));
    const auto* before = torch.load();
    if (before != nullptr && std::memcmp(static_cast<const void*>(before), static_cast<const void*>(now), sizeof *now) == 0) {
      delete now;
    } else {
      torch.store(now, std::memory_order_release);
    }
  }
};

Op* ops[most_ops];
std::size_t op_count;
std::vector<c10::RegistrationHandleRAII>* registrations;  // never destroyed: at the end of the process torch may be gone

// A call that Python is asked about.
struct Pending {
  Op& op;
  const Key& key;
  const std::int64_t generation;
  std::shared_ptr<const Plan> plan;  // what was installed; keeps its primitive alive while Python executes it
  Reason* declined = nullptr;
  bool remember = true;
  Pending* outer;
};

thread_local Pending* pending;

void put_back(c10::Stack* stack, const c10::Stack& arguments, std::size_t results) {
  stack->erase(stack->end() - static_cast<std::ptrdiff_t>(results), stack->end());
  stack->insert(stack->end(), arguments.begin(), arguments.end());
}

void call_torch(Op& op, Reason* reason, c10::DispatchKeySet keys, c10::Stack* stack) {
  reason->count.fetch_add(1, std::memory_order_relaxed);
  op.torch.load(std::memory_order_acquire)->callBoxed(op.aten, keys, stack);
}

void ask_python(Op& op, const Key& key, bool remember, c10::DispatchKeySet keys, c10::Stack* stack) {
  Pending call{op, key, op.table.load()->generation(), nullptr, nullptr, remember, pending};
  struct Leave {
    ~Leave() { pending = pending->outer; }
  };
  c10::Stack arguments(stack->end() - static_cast<std::ptrdiff_t>(op.arguments), stack->end());
  {
    pending = &call;
    Leave leave;
    op.planner.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
  }
  if (call.declined != nullptr) {
    put_back(stack, arguments, op.aten.schema().returns().size());
    call_torch(op, call.declined, keys, stack);
  }
}

// ---- calls

enum Kind : std::int64_t { none, tensor, integer, real, boolean, integers };

// Adds the head of an argument; false for what no plan depends on, because only Python can make something of it.
bool add_head(Key& key, const c10::IValue& value, bool grad) {
  if (value.isTensor()) {
    const c10::TensorImpl& x = *value.unsafeToTensorImpl();
    if (!value.toTensor().defined()) {
      key.add(none);
      return true;
    }
    if (!x.is_cpu() || x.layout() != c10::kStrided) {
      return false;
    }
    std::int64_t type = static_cast<std::int64_t>(c10::typeMetaToScalarType(x.dtype()));
    key.add(tensor | type << 8 | std::int64_t{x.is_wrapped_number()} << 16 | std::int64_t{grad && x.requires_grad()} << 17);
  } else if (value.isNone()) {
    key.add(none);
  } else if (value.isInt()) {
    key.add(integer);
    key.add(value.toInt());
  } else if (value.isDouble()) {
    double number = value.toDouble();
    std::int64_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    key.add(real);
    key.add(bits);
  } else if (value.isBool()) {
    key.add(boolean | std::int64_t{value.toBool()} << 8);
  } else if (value.isIntList()) {
    const auto list = value.toIntList();
    key.add(integers | static_cast<std::int64_t>(list.size()) << 8);
    for (std::size_t i = 0; i < list.size(); ++i) {
      key.add(list.get(i));
    }
  } else {
    return false;
  }
  return true;
}

void add_shape(Key& key, const c10::IValue& value) {
  if (!value.isTensor() || !value.toTensor().defined()) {
    return;
  }
  const c10::TensorImpl& x = *value.unsafeToTensorImpl();
  auto sizes = x.sizes(), strides = x.strides();
  key.add(static_cast<std::int64_t>(sizes.size()));
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    key.add(sizes[i]);
    key.add(strides[i]);
  }
}

bool make_key(Key& key, const c10::IValue* arguments, std::size_t count) {
  bool grad = c10::GradMode::is_enabled();
  for (std::size_t i = 0; i < count; ++i) {
    if (!add_head(key, arguments[i], grad)) {
      return false;
    }
  }
  key.end_head();
  for (std::size_t i = 0; i < count; ++i) {
    add_shape(key, arguments[i]);
  }
  return key.fits();
}

// The same memory is fine where it is read as it is written; torch refuses the rest with its own words.
bool may_overlap(const at::Tensor& written, const at::Tensor& read) {
  auto* first = static_cast<const char*>(written.data_ptr());
  auto* second = static_cast<const char*>(read.data_ptr());
  if (first == second) {
    return written.strides() != read.strides();
  }
  return first < second + read.numel() * read.element_size() && second < first + written.numel() * written.element_size();
}

c10::IntArrayRef as_list(const Vector<std::int64_t>& numbers) { return {numbers.data(), numbers.size()}; }

// Whether the library computed it: not where it would write over what it reads.
bool compute(const Plan& plan, std::size_t count, c10::Stack* stack) {
  const c10::IValue* arguments = stack->data() + (stack->size() - count);
  std::uint64_t words[most_argument_words] = {};
  std::vector<at::Tensor> converted;
  for (const Read& read : plan.reads) {
    if (arguments[read.argument].isNone()) {
      continue;
    }
    const at::Tensor& x = arguments[read.argument].toTensor();
    if (!x.defined()) {
      continue;
    }
    if (read.format == as_it_is) {
      words[read.word] = reinterpret_cast<std::uint64_t>(x.data_ptr());
    } else {
      converted.push_back(x.contiguous(static_cast<c10::MemoryFormat>(read.format)));
      words[read.word] = reinterpret_cast<std::uint64_t>(converted.back().data_ptr());
    }
  }
  c10::SmallVector<at::Tensor, 3> results;
  for (const Write& write : plan.writes) {
    if (write.argument < 0) {
      results.emplace_back(at::detail::empty_strided_generic(
          as_list(write.sizes), as_list(write.strides), results_memory, c10::DispatchKeySet(c10::DispatchKey::CPU), write.type));
    } else {
      const at::Tensor& target = arguments[write.argument].toTensor();
      for (const Read& read : plan.reads) {
        if (read.argument != write.argument && may_overlap(target, arguments[read.argument].toTensor())) {
          return false;
        }
      }
      results.emplace_back(target);
    }
    if (write.word != nowhere) {
      words[write.word] = reinterpret_cast<std::uint64_t>(results.back().data_ptr());
    }
  }
  if (library.execute(plan.primitive, words) != 0) {
    const char* message = library.last_error();
    TORCH_CHECK(false, message == nullptr ? "fugakudnn: the library failed" : message);
  }
  stack->erase(stack->end() - static_cast<std::ptrdiff_t>(count), stack->end());
  for (auto& result : results) {
    stack->emplace_back(std::move(result));
  }
  return true;
}

// Whether the library has torch's number of threads.
bool has_threads() { return at::get_num_threads() == followed.load(std::memory_order_relaxed) || library.follow_threads() != 0; }

void call(Op& op, c10::DispatchKeySet keys, c10::Stack* stack) {
  Key key;
  bool has_key = make_key(key, stack->data() + (stack->size() - op.arguments), op.arguments);
  auto plan = has_key ? op.table.load(std::memory_order_acquire)->find(key) : nullptr;
  if (!plan) {
    ask_python(op, key, has_key, keys, stack);
  } else if (plan->reason != nullptr) {
    call_torch(op, plan->reason, keys, stack);
  } else if (has_threads() && compute(*plan, op.arguments, stack)) {
    op.own.fetch_add(1, std::memory_order_relaxed);
  } else {
    ask_python(op, key, false, keys, stack);  // it says what is wrong with this one
  }
}

template <std::size_t Index>
void entry(const c10::OperatorHandle&, c10::DispatchKeySet keys, c10::Stack* stack) {
  call(*ops[Index], keys, stack);
}

template <std::size_t... Indices>
c10::KernelFunction kernel(std::size_t index, std::index_sequence<Indices...>) {
  using Make = c10::KernelFunction (*)();
  static const Make make[] = {&c10::KernelFunction::makeFromBoxedFunction<&entry<Indices>>...};
  return make[index]();
}

// What went wrong, for Python, until this thread's next error.
thread_local std::string error;

template <class Work>
const char* guarded(Work work) {
  try {
    work();
    return nullptr;
  } catch (const c10::Error& e) {
    error = e.what_without_backtrace();
  } catch (const std::exception& e) {
    error = e.what();
  }
  return error.c_str();
}

// {reads, {argument, word, format}…, writes, {word, -1, argument} or {word, type, rank, sizes…, strides…}…}
void read_description(const std::int64_t* at, Plan& plan) {
  for (std::int64_t reads = *at++; reads > 0; --reads, at += 3) {
    plan.reads.push_back({at[0], at[1], at[2]});
  }
  for (std::int64_t writes = *at++; writes > 0; --writes) {
    Write write;
    write.word = at[0];
    if (at[1] < 0) {
      write.argument = at[2];
      at += 3;
    } else {
      write.type = static_cast<c10::ScalarType>(at[1]);
      std::int64_t rank = at[2];
      write.sizes.assign(at + 3, at + 3 + rank);
      write.strides.assign(at + 3 + rank, at + 3 + 2 * rank);
      at += 3 + 2 * rank;
    }
    plan.writes.push_back(std::move(write));
  }
}

bool install(Pending& call, bool head_only, std::shared_ptr<const Plan> plan) {
  call.plan = plan;
  return call.op.table.load()->install(call.key, head_only, std::move(plan), call.generation);
}

}  // namespace

// ---- what native_registrar.py calls; functions that return text return null where all went well

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT void fugakudnn_registrar_begin(const Functions* functions) {
  library = *functions;
  Memory::allocate = library.allocate;
  Memory::release = library.release;
  results_memory = new PoolAllocator({library.allocate, library.release, nullptr}, [] { return c10::GetAllocator(c10::DeviceType::CPU); });
}

EXPORT void fugakudnn_registrar_threads(std::int32_t count) { followed.store(count); }

// Adds an op, number 0, 1, …, and defines the op of the same schema by which Python is asked.
EXPORT const char* fugakudnn_registrar_add(const char* name, const char* overload) {
  return guarded([&] {
    TORCH_CHECK(op_count < most_ops, "the table has more than ", most_ops, " ops");
    auto& dispatcher = c10::Dispatcher::singleton();
    auto aten = dispatcher.findSchemaOrThrow((std::string("aten::") + name).c_str(), overload);
    std::string planner = std::string("fugakudnn_plan::") + name;
    static auto* definitions = new std::vector<c10::RegistrationHandleRAII>;
    definitions->push_back(dispatcher.registerDef(aten.schema().cloneWithName(planner, overload), "fugakudnn_torch"));
    ops[op_count] = new Op(aten, dispatcher.findSchemaOrThrow(planner.c_str(), overload));
    ++op_count;
  });
}

// Overrides all ops, or with an error none.
EXPORT const char* fugakudnn_registrar_register() {
  return guarded([] {
    WithoutWarnings quiet;
    auto handles = std::make_unique<std::vector<c10::RegistrationHandleRAII>>();
    for (std::size_t i = 0; i < op_count; ++i) {
      ops[i]->look_up_torch();
      handles->push_back(c10::Dispatcher::singleton().registerImpl(
          ops[i]->aten.operator_name(), c10::DispatchKey::CPU, kernel(i, std::make_index_sequence<most_ops>()), {}, nullptr, "fugakudnn_torch"));
    }
    registrations = handles.release();
  });
}

EXPORT const char* fugakudnn_registrar_unregister() {
  return guarded([] {
    WithoutWarnings quiet;
    delete std::exchange(registrations, nullptr);
  });
}

// The call that this thread asks Python about gets a plan; whether the primitive is ours now.
EXPORT std::int32_t fugakudnn_registrar_install(std::uint64_t primitive, const std::int64_t* description) {
  if (pending == nullptr || !pending->remember) {
    return 0;
  }
  auto plan = Plan::make();
  read_description(description, *plan);
  plan->primitive = primitive;
  plan->destroy = library.destroy;
  install(*pending, false, std::move(plan));
  return 1;
}

// Calls like that one will be torch's, for a reason.
EXPORT void fugakudnn_registrar_decline(const char* reason) {
  if (pending != nullptr && pending->remember) {
    auto plan = Plan::make();
    plan->reason = pending->op.reason(reason);
    install(*pending, false, std::move(plan));
  }
}

// That call is torch's, and nothing is to be remembered.
EXPORT void fugakudnn_registrar_forget_call() {
  if (pending != nullptr) {
    pending->remember = false;
  }
}

// That call is torch's.  A reason that no plan gives is one of the call's head: calls of other shapes have it too.
EXPORT void fugakudnn_registrar_fall_through(const char* reason) {
  if (pending == nullptr) {
    return;
  }
  pending->declined = pending->op.reason(reason);
  if (pending->remember && !pending->plan) {
    auto plan = Plan::make();
    plan->reason = pending->declined;
    install(*pending, true, std::move(plan));
  }
}

// Plans made before hold no longer.
EXPORT void fugakudnn_registrar_drop() {
  for (std::size_t i = 0; i < op_count; ++i) {
    ops[i]->table.load()->drop();
  }
}

// In a forked child: plans of the parent are neither used nor freed.
EXPORT void fugakudnn_registrar_forked() {
  for (std::size_t i = 0; i < op_count; ++i) {
    ops[i]->table.store(new Table(library.most_plans));
  }
}

EXPORT std::int64_t fugakudnn_registrar_plans(std::size_t op) { return ops[op]->table.load()->size(); }

EXPORT std::int64_t fugakudnn_registrar_own(std::size_t op, std::int32_t reset) {
  return reset ? ops[op]->own.exchange(0) : ops[op]->own.load();
}

// Goes through an op's reasons: give null for the first, then what came back, until that is null.
EXPORT Reason* fugakudnn_registrar_reason(std::size_t op, const Reason* before, std::int32_t reset, const char** text, std::int64_t* count) {
  Reason* reason = before == nullptr ? ops[op]->reasons.load() : before->next;
  if (reason != nullptr) {
    *text = reason->text.c_str();
    *count = reset ? reason->count.exchange(0) : reason->count.load();
  }
  return reason;
}
