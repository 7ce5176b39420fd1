"""What differs between the versions of torch, 1.13 to 2.14: here, and nowhere else.

Asked for is always the feature, never the number of the version.

=====================  ================================================  =====================================================
what                   newer torch                                       older torch
=====================  ================================================  =====================================================
torch's own kernel of  ``torch.library.get_kernel``, taken before we     an op of its own that calls the same kernel
an op we override      override
same, native_batch_    above, or (2.0 to 2.x) `_native_batch_norm_legit`  the override sits at BackendSelect, above the kernel
norm
shapes of our ops      ``torch.library.register_fake``                   kernels at ``Meta`` and ``AutogradMeta``
a second override of   allowed                                           refused by torch
an op from Python
torch.compile          `is_compiling`, `outside_compilation`             there is none
=====================  ================================================  =====================================================
"""
import functools
import os
import pathlib

import torch

#: For messages only.
VERSION = torch.__version__

#: What tells one build of torch from another.
BUILD = (torch.__version__, torch.version.git_version)

#: Whether torch's C++ uses the newer of libstdc++'s two kinds of strings; torch that does not say so does.
CXX11_ABI = int(getattr(torch._C, "_GLIBCXX_USE_CXX11_ABI", True))

_KEY = torch._C.DispatchKey
_aten = torch.ops.aten
_has_kernel = torch._C._dispatch_has_kernel_for_dispatch_key


def registration_key(name):
    """The dispatch key at which the kernel of ``aten::name`` is overridden: CPU where torch's own can still be reached then."""
    return "CPU" if name != "native_batch_norm" or _get_kernel() is not None or _has_legit_batch_norm() else "BackendSelect"


def way_back(name, overload):
    """torch's own kernel of ``aten::name`` on CPU, which an override at `registration_key` does not hide.

    Where there is ``get_kernel`` it is the kernel of this moment, so ask while the op is not overridden by us.  It takes what
    the dispatcher gave our kernel, but no number in the place of a tensor: for those see `number_way_back`.
    """
    get_kernel = _get_kernel()
    if get_kernel is not None:
        kernel = get_kernel("aten::" + name, "CPU")
        return functools.partial(kernel.call_boxed, torch._C.DispatchKeySet(_KEY.CPU))
    detour = _DETOURS.get(name, _structured)
    return detour(name, overload)


def number_way_back(name, overload):
    """As `way_back`, for calls in which a number stands for a tensor, as in ``x + 2``; None where the op has no such calls."""
    return _structured(name, overload) if name in _TAKES_NUMBERS else None


def taken_apart(way_back):
    """(function, arguments to append) of a way back: what `way_back` calls, without the Python in between."""
    return (way_back.function, way_back.appended) if isinstance(way_back, _Appending) else (way_back, ())


def into_outputs(way_back):
    """(function that takes ``out=(values, indices)``, makers of values by data type): none where the way back is another."""
    return (way_back.function, EMPTY) if isinstance(way_back, _PoolInto) else (None, {})


def of_dense_cpu(way_back):
    """What a way back comes to for dense CPU tensors."""
    return way_back.cpu if isinstance(way_back, _ByDevice) else way_back


def override(library, name, function, key):
    """Registers a function for an op of ATen that has a kernel already."""
    try:
        library.impl(name, function, key)
    except RuntimeError as error:
        if "already a kernel registered from python" not in str(error):
            raise
        raise RuntimeError(f"fugakudnn_torch: another library overrides aten::{name} from Python already, and torch "
                           f"{torch.__version__} lets only one; call enable() without it") from error


def destroy(library):
    """Takes a library's registrations out of the dispatcher."""
    if hasattr(library, "_destroy"):
        library._destroy()
    # Older ones do so when the last reference goes.


def define_shapes(library, name, function):
    """Says what an op of ``library`` returns, as a function on tensors without data."""
    if hasattr(torch.library, "register_fake"):
        torch.library.register_fake(f"{library.ns}::{name}", function, lib=library)
    else:
        library.impl(name, function, "Meta")
        # These versions let no op pass at this key unless it says so.
        library.impl(name, function, "AutogradMeta")


#: Whether torch.compile or torch.export is reading the Python that asks.
is_compiling = getattr(getattr(torch, "compiler", None), "is_compiling", lambda: False)


def outside_compilation(function):
    """The function, which torch.compile then calls and does not read.

    The public ``torch.compiler.disable`` loads the compiler, which takes seconds, at once and for everybody; torch's own modules
    use this one, which loads it when the function is called.
    """
    disable = getattr(torch, "_disable_dynamo", None)
    return function if disable is None else disable(function)


def loaded_file(name):
    """The file of torch's library ``name``, such as "libc10.so", that this process has loaded."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        for line in maps:
            path = line.rstrip("\n").split(maxsplit=5)[5:]
            if path and os.path.basename(path[0]).startswith(name):
                return path[0]
    raise RuntimeError(f"fugakudnn_torch: {name} of torch {VERSION} is not loaded")


def registrar_flags(header):
    """What `registrar.cpp` is told about torch: the namespace, inside of c10, of the functions for warnings, from their header, if there is one."""
    text = pathlib.Path(header).read_text(encoding="utf-8") if header else ""
    return ["-DFUGAKUDNN_WARNINGS=" + ("WarningUtils" if "namespace WarningUtils" in text else "Warning")]


def _get_kernel():
    return getattr(torch.library, "get_kernel", None)


def _has_legit_batch_norm():
    return hasattr(_aten, "_native_batch_norm_legit") and _has_kernel("aten::_native_batch_norm_legit", "CPU")


def _at_key(overload, key):
    return functools.partial(overload._op_dk, key)


def _structured(name, overload):
    """Structured ops have a second kernel, which makes the output and calls the .out overload."""
    for key in ("CompositeExplicitAutograd", "CompositeExplicitAutogradNonFunctional"):
        if _has_kernel("aten::" + name, key):
            return _at_key(overload, getattr(_KEY, key))
    raise RuntimeError(f"fugakudnn_torch: no way back to torch's own {name} in torch {torch.__version__}")


def _convolution(name, overload):
    """torch's convolution is _convolution with the global cuDNN flags, which mean nothing on CPU."""
    return _Appending(torch._convolution, False, False, True, True)


class _Appending:
    """A function called with more arguments at the end."""

    def __init__(self, function, *appended):
        self.function, self.appended = function, appended

    def __call__(self, *args):
        return self.function(*args, *self.appended)


def _hardtanh(name, overload):
    """torch's hardtanh is its .out overload with an output like the input; hardtanh_ the one with its input."""
    out = _aten.hardtanh.out
    if name.endswith("_"):
        return lambda x, *bounds: out(x, *bounds, out=x)
    return lambda x, *bounds: out(x, *bounds, out=torch.empty_like(x))


def _adaptive_avg_pool2d(name, overload):
    """torch's _adaptive_avg_pool2d is adaptive_avg_pool2d.out with a new output."""
    out = _aten.adaptive_avg_pool2d.out
    return lambda x, size: out(x, size, out=torch.empty(0, dtype=x.dtype, device=x.device))


def _batch_norm(name, overload):
    """torch 2 has the kernel under a second name; before, the override hands on to the back end by device."""
    if not _has_legit_batch_norm():
        return _ByDevice(overload)
    legit = _aten._native_batch_norm_legit

    def call(x, weight, bias, mean, variance, training, momentum, epsilon):
        if mean is None:
            return legit.no_stats(x, weight, bias, training, momentum, epsilon)
        return legit.default(x, weight, bias, mean, variance, training, momentum, epsilon)

    return call


class _ByDevice:
    """The kernel for the kind of tensor at hand; ``cpu`` is that of dense tensors."""

    def __init__(self, overload):
        self._overload, self._kernels = overload, {}
        self.cpu = self._kernel("CPU")

    def __call__(self, x, *args):
        return self._kernel("MkldnnCPU" if x.is_mkldnn else "Meta" if x.is_meta else x.device.type.upper())(x, *args)

    def _kernel(self, name):
        kernel = self._kernels.get(name)
        if kernel is None:
            kernel = self._kernels[name] = _at_key(self._overload, torch._C._dispatch_key_parse(name))
        return kernel


#: Makes a new tensor without elements in the quickest way there is.
EMPTY = {
    torch.float32: torch.FloatTensor, torch.float64: torch.DoubleTensor, torch.bfloat16: torch.BFloat16Tensor, torch.float16: torch.HalfTensor}


def _max_pool2d_with_indices(name, overload):
    """The .out overload with new outputs is quicker to reach than a second kernel, which calls it too."""
    return _PoolInto(torch._C._nn.max_pool2d_with_indices, _structured(name, overload))


class _PoolInto:
    """A pooling that gets its outputs, values and indices; ``structured`` makes them itself."""

    def __init__(self, function, structured):
        self.function, self.structured = function, structured

    def __call__(self, *args):
        dtype = args[0].dtype
        return self.function(*args, out=(EMPTY[dtype](), torch.LongTensor())) if dtype in EMPTY else self.structured(*args)


def _mean_dim(name, overload):
    """As the way to max_pool2d_with_indices."""
    structured, out = _structured(name, overload), torch.mean

    def call(x, *args, **keywords):
        if x.dtype in EMPTY and args and args[0] is not None and not keywords:
            return out(x, *args, out=EMPTY[x.dtype]())
        return structured(x, *args, **keywords)

    return call


#: Ops that are not structured, or quicker to reach by another way.
_DETOURS = {
    "max_pool2d_with_indices": _max_pool2d_with_indices,
    "mean.dim": _mean_dim,
    "native_batch_norm": _batch_norm,
    "convolution": _convolution,
    "hardtanh": _hardtanh,
    "hardtanh_": _hardtanh,
    "_adaptive_avg_pool2d": _adaptive_avg_pool2d,
}

_TAKES_NUMBERS = ("add.Tensor", "add_.Tensor", "mul.Tensor", "mul_.Tensor")
