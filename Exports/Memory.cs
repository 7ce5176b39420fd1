using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Exports;

/// <summary>Aligned memory from the pool, for scratch and activations.</summary>
public static unsafe class Memory
{
    /// <summary>Allocates memory aligned to 256 bytes; not zeroed.</summary>
    /// <param name="bytes">Size; 0 gives a pointer that can be freed.</param>
    /// <param name="memory">Gets the pointer.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_memory_allocate")]
    public static int Allocate(long bytes, [C99Type("void**")] void** memory) => Boundary.Call(() =>
    {
        Boundary.Given(memory, "memory", "memory", sizeof(void*));
        Native.Primitives.Check.NotNegative(bytes, "memory", "bytes");
        void* block = Pool.AllocateAligned(Native.Primitives.ArgumentRules.BlockAlignment, (nuint)bytes);
        *memory = block != null ? block : throw new FdnnException(Status.OutOfMemory, $"memory: {bytes} bytes could not be had");
    });

    /// <summary>Frees what fdnn_memory_allocate gave; null is nothing. Cannot fail.</summary>
    /// <param name="memory">Pointer.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_memory_free")]
    public static int Free([C99Type("void*")] void* memory)
    {
        using Entered call = Entered.Here();
        Pool.Free(memory);
        return (int)Status.Success;
    }
}
