using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Memory;

/// <summary>The pool as NumPy's memory handler (NEP 49): addresses of functions.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PoolHookFunctions
{
    /// <summary>Bytes of this struct.</summary>
    public long StructSize;

    /// <summary>void* (void* context, size_t bytes)</summary>
    public ulong NumpyMalloc;

    /// <summary>void* (void* context, size_t count, size_t bytes)</summary>
    public ulong NumpyCalloc;

    /// <summary>void* (void* context, void* memory, size_t bytes)</summary>
    public ulong NumpyRealloc;

    /// <summary>void (void* context, void* memory, size_t bytes)</summary>
    public ulong NumpyFree;
}

/// <summary>Hands out the pool's machine code.</summary>
internal static unsafe class PoolEntries
{
    private static readonly string[] Family =
    [
        "pool_malloc", "pool_free", "pool_calloc", "pool_realloc", "pool_aligned_alloc", "pool_usable_size", "pool_free",
    ];

    /// <summary>Fills the table of the C ABI's malloc family, in the order of Exports/NativeEntry/pool.S.</summary>
    public static void Fill(void** functions)
    {
        for (int i = 0; i < Family.Length; i++)
        {
            functions[i] = PoolThunks.Available ? PoolThunks.Entry(Family[i]) : PoolThunks.Managed(Family[i]);
        }
    }

    /// <exception cref="FdnnException">Where the pool's machine code cannot be executed.</exception>
    public static PoolHookFunctions Hooks() => new()
    {
        StructSize = sizeof(PoolHookFunctions),
        NumpyMalloc = Needed("numpy_malloc"),
        NumpyCalloc = Needed("numpy_calloc"),
        NumpyRealloc = Needed("numpy_realloc"),
        NumpyFree = Needed("numpy_free"),
    };

    /// <summary>The address of a function that a framework will call.</summary>
    /// <exception cref="FdnnException">Where the pool's machine code cannot be executed.</exception>
    public static ulong Needed(string label) => PoolThunks.Entry(label) is var at && at != null
        ? (ulong)at
        : throw new FdnnException(
            Status.Unsupported, "pool: frameworks cannot use it here: executable memory is forbidden, and they may free tensors "
            + "on threads that managed code cannot run on");
}
