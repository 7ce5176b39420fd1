using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// Native scratch memory for calls that bring none: one block a thread, kept between calls, grown when a call needs more. After
/// the first call of its size a thread neither allocates nor frees. Blocks are 256-byte aligned; their content is undefined.
/// </summary>
internal static unsafe class ScratchPool
{
    /// <summary>Alignment of every block, in bytes.</summary>
    public const int Alignment = 256;

    /// <summary>A thread keeps no more than this; larger blocks are freed when the call ends.</summary>
    public const long LargestKept = 256L << 20;

    [ThreadStatic]
    private static Block? t_block;

    /// <summary>Takes at least <paramref name="bytes"/> bytes until the lease is disposed, on the same thread.</summary>
    public static Lease Rent(long bytes)
    {
        if (bytes <= 0)
        {
            return default;
        }

        Block block = t_block ??= new Block();
        return block.InUse || bytes > LargestKept ? new Lease(Allocate(bytes), null) : new Lease(block.Take(bytes), block);
    }

    /// <summary>Bytes that the calling thread keeps.</summary>
    internal static long KeptByThread => t_block?.Bytes ?? 0;

    private static void* Allocate(long bytes)
    {
        try
        {
            return NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
        }
        catch (OutOfMemoryException)
        {
            throw new FdnnException(Status.OutOfMemory, $"scratch memory: {bytes} bytes could not be had");
        }
    }

    /// <summary>Scratch memory in use. Dispose it once, on the thread that rented it.</summary>
    internal readonly ref struct Lease
    {
        private readonly Block? _owner;

        internal Lease(void* pointer, Block? owner)
        {
            Pointer = pointer;
            _owner = owner;
        }

        /// <summary>Start of the block; null if nothing was asked for.</summary>
        public void* Pointer { get; }

        /// <summary>Gives the memory back.</summary>
        public void Dispose()
        {
            if (_owner is not null)
            {
                _owner.InUse = false;
            }
            else if (Pointer is not null)
            {
                NativeMemory.AlignedFree(Pointer);
            }
        }
    }

    /// <summary>A thread's block; freed by its finalizer after the thread has ended.</summary>
    internal sealed class Block
    {
        private void* _pointer;

        public long Bytes { get; private set; }

        public bool InUse { get; set; }

        ~Block() => NativeMemory.AlignedFree(_pointer);

        public void* Take(long bytes)
        {
            if (bytes > Bytes)
            {
                NativeMemory.AlignedFree(_pointer);
                _pointer = null;
                Bytes = 0;
                long rounded = (bytes + 0xFFFF) & ~0xFFFFL; // so that slowly growing shapes do not reallocate every time
                _pointer = Allocate(rounded);
                Bytes = rounded;
            }

            InUse = true;
            return _pointer;
        }
    }
}
