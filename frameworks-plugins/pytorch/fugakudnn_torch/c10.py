"""torch's CPU allocator as ctypes sees it: which one is installed, installing another, and how its class is laid out.

A ``c10::Allocator`` is a pointer to a table of functions (Itanium C++ ABI; D1, D0: its destructors), and ``allocate`` returns a
``c10::DataPtr`` by value: 32 bytes ``{data, deleter, context, device}`` (libstdc++ keeps a unique_ptr's deleter before its pointer).

======  ============================================================================  ==============
layout  functions of the table                                                        versions
======  ============================================================================  ==============
0       D1, D0, allocate, raw_deleter                                                 1.13 to 2.2
1       D1, D0, allocate, is_simple_data_ptr, raw_deleter, copy_data                  2.3 to 2.14
======  ============================================================================  ==============

Seen in the headers of 1.13.1, 2.2.2, 2.6.0, 2.14.0 and 2.14.1 (``c10/core/Allocator.h``) and in the tables of libc10.so of 1.13.1, 2.6.0,
2.10.0 and 2.14.1; both new functions came with pytorch's pull request 113396, after 2.2 and before 2.3.  ``allocate`` lost its ``const`` in
2.3 (pull request 120969), which changes no table; DataPtr is the same in all.  `layout` asks the library at hand and not its version: the
size of the table of torch's own allocator, where ``Allocator::is_simple_data_ptr`` is in it, and what a call of ``allocate`` returns.

What else matters to an allocator that takes over, in all of these versions:

- ``SetCPUAllocator(allocator, priority)`` does nothing, silently, when the priority is below the highest that anybody used; else the
  allocator is installed and the priority kept.  It is one store without a lock, and ``GetCPUAllocator`` one load.
- torch's own allocator gives 0 bytes a DataPtr without memory, refuses sizes above 2^63 - 1, and raises RuntimeError
  ("DefaultCPUAllocator: can't allocate memory: you tried to allocate N bytes") when the C library gives none.
- ``raw_allocate`` and ``raw_deallocate`` are not virtual: they call ``allocate``, and the function that ``raw_deleter`` gives *then*.  oneDNN's
  tensors (``to_mkldnn()``, packed weights of torch.compile) live in such memory, taken from whatever allocator was installed and
  given to whatever is installed when they die.  So ``raw_deleter`` of an allocator that takes over, and of what stays behind when it
  leaves, must know both kinds of memory.  torch's own kind need not be the C library's: mimalloc's on aarch64 from 2.10 (pull request 164741).
- A storage remembers the allocator that made it, and ``resize_`` asks that one: allocator objects must live for ever.
- Not asked, but torch's own (``GetDefaultCPUAllocator``): for storages that are unpickled, copied by ``copy.deepcopy``, or made without a tensor.  Its
  memory is libc10.so's posix_memalign, in some builds mimalloc's.
- Not asked at all: shared memory, memory mapped files, NumPy's and other foreign memory, pinned memory (CUDA's), and what MKL, oneDNN or
  OpenBLAS take for themselves.
- Nothing in torch looks at an allocator's type information.
- torch's profiler (``profile_memory=True``) is told of memory by torch's own allocator, so it does not see the pool's.
"""
import ctypes
import functools

import torch

from . import torch_versions

_SET = "_ZN3c1015SetCPUAllocatorEPNS_9AllocatorEh"
_GET = "_ZN3c1015GetCPUAllocatorEv"
_GET_DEFAULT = "_ZN3c1022GetDefaultCPUAllocatorEv"
_DEFAULT_TABLE = "_ZTVN3c1019DefaultCPUAllocatorE"
_IS_SIMPLE = "_ZNK3c109Allocator18is_simple_data_ptrERKNS_7DataPtrE"

#: Places of functions in the table, by layout.
_ALLOCATE = 2
_RAW_DELETER = {0: 3, 1: 4}
_FUNCTIONS = {4: 0, 6: 1}
_IS_SIMPLE_PLACE = 3

_WORD = ctypes.sizeof(ctypes.c_void_p)
_BEFORE_THE_FUNCTIONS = 2   # words of a table: offset to the top, type information
_PROBE = 64                 # bytes
_RTLD_DL_SYMENT = 1


class _DataPtr(ctypes.Structure):
    # `more` is not torch's: a larger DataPtr than we know would be written there.
    _fields_ = [("data", ctypes.c_void_p), ("deleter", ctypes.c_void_p), ("context", ctypes.c_void_p), ("device", ctypes.c_int8 * 2),
                ("more", ctypes.c_uint8 * 256)]


class _SymbolInfo(ctypes.Structure):
    _fields_ = [("file", ctypes.c_char_p), ("base", ctypes.c_void_p), ("name", ctypes.c_char_p), ("address", ctypes.c_void_p)]


class _Elf64Symbol(ctypes.Structure):
    _fields_ = [("name", ctypes.c_uint32), ("info", ctypes.c_uint8), ("other", ctypes.c_uint8), ("section", ctypes.c_uint16),
                ("value", ctypes.c_uint64), ("size", ctypes.c_uint64)]


@functools.lru_cache(None)
def _library():
    """torch's extension module, by which all of torch's libraries are looked through."""
    return ctypes.CDLL(torch._C.__file__)


@functools.lru_cache(None)
def _function(symbol, result, *arguments):
    try:
        function = _library()[symbol]
    except AttributeError:
        raise RuntimeError(f"fugakudnn_torch: torch {torch_versions.VERSION} has no symbol {symbol}: its CPU allocator can't be replaced") from None
    function.restype, function.argtypes = result, arguments
    return function


def installed():
    """The address of the allocator that torch uses now."""
    return _function(_GET, ctypes.c_void_p)()


def install(allocator):
    """Lets torch use the allocator at an address from now on; whether it does."""
    _function(_SET, None, ctypes.c_void_p, ctypes.c_uint8)(allocator, 0)
    return installed() == allocator


@functools.lru_cache(None)
def layout():
    """(number of the layout, None), or (None, why it is none that we know)."""
    try:
        default = _function(_GET_DEFAULT, ctypes.c_void_p)()
        table = ctypes.addressof(ctypes.c_char.in_dll(_library(), _DEFAULT_TABLE))
    except (ValueError, RuntimeError) as error:
        return None, str(error)
    functions = _symbol_bytes(table) // _WORD - _BEFORE_THE_FUNCTIONS
    if functions not in _FUNCTIONS:
        return None, f"its allocator has {functions} virtual functions"
    number = _FUNCTIONS[functions]
    if _words(default, 1)[0] != table + _BEFORE_THE_FUNCTIONS * _WORD:
        return None, "its default allocator is of another class"
    words = _words(table, _BEFORE_THE_FUNCTIONS + functions)[_BEFORE_THE_FUNCTIONS:]
    if number == 1 and words[_IS_SIMPLE_PLACE] != _address(_IS_SIMPLE):
        return None, "is_simple_data_ptr has another place among its virtual functions"
    return (number, None) if _agrees(default, words, number) else (None, "what its allocator returns is not the DataPtr that is known")


def _agrees(allocator, words, number):
    """Whether a block of memory comes as we think it does."""
    allocate = ctypes.CFUNCTYPE(_DataPtr, ctypes.c_void_p, ctypes.c_size_t)(words[_ALLOCATE])
    raw_deleter = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(words[_RAW_DELETER[number]])
    block = allocate(allocator, _PROBE)
    if not block.data or block.data != block.context or block.deleter != raw_deleter(allocator) or tuple(block.device) != (0, -1):
        return False  # and the block is lost: nobody knows how to free it
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(block.deleter)(block.context)
    return True


def _words(address, count):
    return list((ctypes.c_uint64 * count).from_address(address))


def _address(symbol):
    try:
        return ctypes.cast(_library()[symbol], ctypes.c_void_p).value
    except AttributeError:
        return None


def _symbol_bytes(address):
    """The size of the symbol at an address, as the dynamic loader knows it; else 0."""
    info, entry = _SymbolInfo(), ctypes.POINTER(_Elf64Symbol)()
    dladdr1 = ctypes.CDLL(None).dladdr1
    dladdr1.argtypes = [ctypes.c_void_p, ctypes.POINTER(_SymbolInfo), ctypes.c_void_p, ctypes.c_int]
    found = dladdr1(ctypes.cast(address, ctypes.c_void_p), ctypes.byref(info), ctypes.byref(entry), _RTLD_DL_SYMENT)
    return entry.contents.size if found and entry else 0
