// What differs between the versions of torch for registrar.cpp; FUGAKUDNN_WARNINGS is the namespace that torch_versions.py finds.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/util/Exception.h>

namespace fugakudnn {

// An op's table of kernels.
const c10::impl::OperatorEntry& entry_of(const c10::OperatorHandle& op);

// Newer torch has OperatorHandle::getComputedKernelForDispatchKey, older torch keeps the table to itself; explicit instantiation may name what
// is private.
template <auto Definition>
struct Reveal {
  friend const c10::impl::OperatorEntry& entry_of(const c10::OperatorHandle& op) { return (op.*Definition)->op; }
};
template struct Reveal<&c10::OperatorHandle::operatorDef_>;

// c10::WarningHandler::process takes one warning, or, in older torch, its parts.
template <class Process>
struct Ignore;
template <class... Warning>
struct Ignore<void (c10::WarningHandler::*)(Warning...)> final : c10::WarningHandler {
  void process(Warning...) override {}
};

// torch warns that a kernel is overridden: that is what we are here for.
struct WithoutWarnings {
  Ignore<decltype(&c10::WarningHandler::process)> handler;
  c10::FUGAKUDNN_WARNINGS::WarningHandlerGuard guard{&handler};
};

}  // namespace fugakudnn
