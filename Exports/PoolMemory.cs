using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Memory;

namespace FugakuDnn.Exports;

/// <summary>
/// The malloc family over the pool. All may be called at any time, from any thread: in destructors of thread-local and static objects, at
/// exit, and in a forked child, where memory comes from the C library and inherited blocks stay as they are when freed.
/// </summary>
public static unsafe class PoolMemory
{
    /// <summary>
    /// Allocates memory aligned to 64 bytes, on CPUs with longer cache lines to those (A64FX: 256) unless the C library serves; not zeroed. Null where
    /// there is no more, after all idle memory was given back.
    /// </summary>
    /// <param name="bytes">Size; 0 gives a pointer that can be freed.</param>
#if DNNE
    [UnmanagedCallersOnly(EntryPoint = "fdnn_malloc")]
#endif
    [NativeEntry("fdnn_malloc")]
    [return: C99Type("void*")]
    public static void* Malloc(nuint bytes) => Pool.Allocate(bytes);

    /// <summary>Allocates zeroed memory aligned to 64 bytes, without touching pages that are fresh from the system. Null also where the product overflows.</summary>
    /// <param name="count">Number of elements.</param>
    /// <param name="bytes">Bytes of an element.</param>
#if DNNE
    [UnmanagedCallersOnly(EntryPoint = "fdnn_calloc")]
#endif
    [NativeEntry("fdnn_calloc")]
    [return: C99Type("void*")]
    public static void* Calloc(nuint count, nuint bytes) => Pool.AllocateZeroed(count, bytes);

    /// <summary>
    /// Changes the size of a block; its content stays, as far as it fits. Null, with the block as it was, where there is no more memory, and
    /// for a block of the pool's on a thread that has ended.
    /// </summary>
    /// <param name="memory">Pointer of this family's, of the C library's malloc, or null.</param>
    /// <param name="bytes">New size.</param>
#if DNNE
    [UnmanagedCallersOnly(EntryPoint = "fdnn_realloc")]
#endif
    [NativeEntry("fdnn_realloc")]
    [return: C99Type("void*")]
    public static void* Realloc([C99Type("void*")] void* memory, nuint bytes) => Pool.Reallocate(memory, bytes);

    /// <summary>Allocates memory with a chosen alignment; not zeroed. Null also for an alignment that is no power of two.</summary>
    /// <param name="alignment">Power of two.</param>
    /// <param name="bytes">Size; need not be a multiple of the alignment.</param>
#if DNNE
    [UnmanagedCallersOnly(EntryPoint = "fdnn_aligned_alloc")]
#endif
    [NativeEntry("fdnn_aligned_alloc")]
    [return: C99Type("void*")]
    public static void* AlignedAlloc(nuint alignment, nuint bytes) => Pool.AllocateAligned(alignment, bytes);

    /// <summary>Frees memory of this family; null is nothing. Memory that is not the pool's goes to the C library's free.</summary>
    /// <param name="memory">Pointer.</param>
#if DNNE
    [UnmanagedCallersOnly(EntryPoint = "fdnn_free")]
#endif
    [NativeEntry("fdnn_free")]
    public static void Free([C99Type("void*")] void* memory) => Pool.Free(memory);

    /// <summary>As fdnn_free, for callers that know the size.</summary>
    /// <param name="memory">Pointer.</param>
    /// <param name="bytes">Size that was asked for.</param>
#if DNNE
    [UnmanagedCallersOnly(EntryPoint = "fdnn_free_sized")]
#endif
    [NativeEntry("fdnn_free_sized")]
    public static void FreeSized([C99Type("void*")] void* memory, nuint bytes) => Pool.Free(memory);

    /// <summary>Bytes that may be used at a pointer of this family: at least what was asked for. 0 for null.</summary>
    /// <param name="memory">Pointer.</param>
#if DNNE
    [UnmanagedCallersOnly(EntryPoint = "fdnn_malloc_usable_size")]
#endif
    [NativeEntry("fdnn_malloc_usable_size")]
    public static nuint MallocUsableSize([C99Type("void*")] void* memory) => memory == null ? 0 : Pool.UsableBytes(memory);

#if !DNNE
    /// <summary>Readies the pool and fills the table of its functions; called by the first of them.</summary>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_internal_pool_start")]
    public static void Start(void** functions)
    {
        using Entered call = Entered.Here();
        PoolEntries.Fill(functions);
    }
#endif
}
