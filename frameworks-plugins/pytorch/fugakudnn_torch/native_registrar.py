"""The registrar in C++, `registrar.cpp`: the same table, plans and counts as the one in Python, in less time per call.

Its kernels know a kind of call again and carry it out.  A kind they do not know they hand to the Python kernel, by an op of the same
schema in the namespace ``fugakudnn_plan``: that kernel computes the call as ever, or says that it is torch's, and what it found out goes to
C++ for the next one (`_NativeOp`).
"""
import ctypes

import torch
from fugakudnn import _library, native

from . import native_build, state, torch_versions
from .op import MOST_PLANS, TRACING, Op
from .table import TABLE

_NAMESPACE = "fugakudnn_plan"

# c10::ScalarType and c10::MemoryFormat; -1: as it lies, or an argument itself.
_TYPES = {torch.int64: 4, torch.float32: 6, torch.float64: 7}
_FORMATS = {None: -1, torch.contiguous_format: 0, torch.channels_last: 2}
_ARGUMENT = _NOWHERE = -1

_Follow = ctypes.CFUNCTYPE(ctypes.c_int32)


class _Functions(ctypes.Structure):
    _fields_ = [("execute", ctypes.c_void_p), ("destroy", ctypes.c_void_p), ("last_error", ctypes.c_void_p),
                ("allocate", ctypes.c_void_p), ("release", ctypes.c_void_p), ("follow_threads", _Follow), ("most_plans", ctypes.c_size_t)]


def _declare(library):
    text, number, place = ctypes.c_char_p, ctypes.c_int64, ctypes.c_size_t
    for name, result, *arguments in (
            ("begin", None, ctypes.c_void_p), ("threads", None, ctypes.c_int32), ("add", text, text, text), ("register", text), ("unregister", text),
            ("install", ctypes.c_int32, ctypes.c_uint64, ctypes.c_void_p), ("decline", None, text), ("forget_call", None),
            ("fall_through", None, text), ("drop", None), ("forked", None), ("plans", number, place), ("own", number, place, ctypes.c_int32),
            ("reason", ctypes.c_void_p, place, ctypes.c_void_p, ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p)):
        function = library["fugakudnn_registrar_" + name]
        function.restype, function.argtypes = result, arguments
        setattr(library, name, function)
    return library


def _checked(error):
    if error:
        raise RuntimeError(f"fugakudnn_torch: {error.decode()}")


class _Nowhere(dict):
    """The plans of an op whose plans are kept elsewhere."""

    def __setitem__(self, key, plan):
        pass


class _Declined:
    """``declined[reason] += 1`` in a kernel says that the call is torch's, and why."""

    def __init__(self, library):
        self._fall_through = library.fall_through

    def __getitem__(self, reason):
        return 0

    def __setitem__(self, reason, count):
        self._fall_through(reason.encode())


class _NativeOp(Op):
    """An op that C++ has taken over: what a Python kernel finds out goes there, and torch's own kernel is called from there."""

    __slots__ = ("_library",)

    def __init__(self, name, library):
        super().__init__(name)
        self.key, self._library = "CPU", library
        self.plans, self.declined = _Nowhere(), _Declined(library)

    def look_up_torch(self):
        """C++ drops what we return and calls torch's kernel."""
        nothing, results = torch.empty(0), len(self.overload._schema.returns)
        anything = nothing if results == 1 else (nothing,) * results
        self.torch = self.torch_with_number = lambda *args, **kwargs: anything

    def plan(self, key, prepare, *args):
        plan = super().plan(key, prepare, *args)
        reason = plan[0]
        if reason is None:
            primitive = plan[-1].primitive
            if self._library.install(primitive.handle, _described(plan[-1])):
                primitive.release()
        elif reason == TRACING:
            self._library.forget_call()
        else:
            self._library.decline(reason.encode())
        return plan


def _described(work):
    """A `Work` as the numbers that registrar.cpp reads."""
    numbers = [len(work.reads)]
    for argument, word, *form in work.reads:
        numbers += argument, word, _FORMATS[form[0] if form else None]
    numbers.append(len(work.writes))
    for target, word in work.writes:
        numbers.append(_NOWHERE if word is None else word)
        if isinstance(target, torch.Tensor):
            numbers += _TYPES[target.dtype], target.dim(), *target.shape, *target.stride()
        else:
            numbers += _ARGUMENT, target
    return (ctypes.c_int64 * len(numbers))(*numbers)


class NativeRegistrar:
    """`registrar.cpp`, built for the torch at hand."""

    name = "native"

    def __init__(self):
        self._library = library = _declare(native_build.load())
        pointers = [ctypes.cast(_library.lib[name], ctypes.c_void_p) for name in (
            "fdnn_primitive_execute", "fdnn_primitive_destroy", "fdnn_last_error", "fdnn_malloc", "fdnn_free")]
        self._functions = _Functions(*pointers, _Follow(state.follow_threads), MOST_PLANS)
        library.begin(ctypes.byref(self._functions))
        state.on_threads(library.threads)
        self._python = torch.library.Library(_NAMESPACE, "IMPL")  # for as long as the process lives, as are the C++ kernels
        self._ops = []
        for entry in TABLE:
            base, _, overload = entry.name.partition(".")
            _checked(library.add(base.encode(), overload.encode()))
            op = _NativeOp(entry.name, library)
            torch_versions.override(self._python, entry.name, entry.build(op), op.key)
            self._ops.append(op)

    def register(self):
        """Overrides each op: all, or with an error none."""
        _checked(self._library.register())

    def unregister(self):
        """Restores torch's own kernels."""
        _checked(self._library.unregister())

    def counts(self, reset):
        """(name, times computed by the library, times by torch and why) of each op."""
        for index, op in enumerate(self._ops):
            own = self._library.own(index, reset) + op.own  # C++ and Python each count what they compute
            if reset:
                op.own = 0
            yield op.name, own, self._reasons(index, reset)

    def _reasons(self, index, reset):
        result, text, count = {}, ctypes.c_char_p(), ctypes.c_int64()
        reason = self._library.reason(index, None, reset, ctypes.byref(text), ctypes.byref(count))
        while reason:
            if count.value:
                result[text.value.decode()] = result.get(text.value.decode(), 0) + count.value
            reason = self._library.reason(index, reason, reset, ctypes.byref(text), ctypes.byref(count))
        return result

    def plans(self):
        """How many plans each op remembers."""
        return [self._library.plans(index) for index in range(len(self._ops))]

    def forget(self):
        """Plans made before hold no longer."""
        self._library.drop()

    def forked(self):
        """In a forked child: plans of the parent are neither used nor freed."""
        self._library.forked()


assert native.ARGUMENT_WORDS <= 32, "most_argument_words of registrar.cpp"
