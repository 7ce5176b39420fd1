using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// Native scratch memory for calls that bring none, from the pool: it comes back with its pages, so that after the first calls of a kind
/// nothing is asked of the system. Blocks are 256-byte aligned; their content is undefined.
/// </summary>
internal static unsafe class ScratchPool
{
    /// <summary>Alignment of every block, in bytes.</summary>
    public const int Alignment = 256;

    /// <summary>Takes at least <paramref name="bytes"/> bytes until the lease is disposed.</summary>
    /// <exception cref="FdnnException">With <see cref="Status.OutOfMemory"/>, naming the bytes.</exception>
    public static Lease Rent(long bytes)
    {
        if (bytes <= 0)
        {
            return default;
        }

        void* block = Pool.AllocateAligned(Alignment, (nuint)bytes);
        return block != null
            ? new Lease(block)
            : throw new FdnnException(Status.OutOfMemory, $"scratch memory: {bytes} bytes could not be had");
    }

    /// <summary>Scratch memory in use. Dispose it once.</summary>
    internal readonly ref struct Lease
    {
        internal Lease(void* pointer) => Pointer = pointer;

        /// <summary>Start of the block; null if nothing was asked for.</summary>
        public void* Pointer { get; }

        /// <summary>Gives the memory back.</summary>
        public void Dispose() => Pool.Free(Pointer);
    }
}
