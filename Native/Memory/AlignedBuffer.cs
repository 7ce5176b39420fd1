using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Memory;

/// <summary>Unmanaged memory from the pool, with a chosen alignment and a 64-bit size; not zeroed.</summary>
internal sealed unsafe class AlignedBuffer : IDisposable
{
    /// <summary>A cache line of A64FX, and the alignment that generated code asks of scratch and packed weights.</summary>
    internal const int DefaultAlignment = 256;

    private void* _data;

    /// <exception cref="FdnnException">With <see cref="Status.OutOfMemory"/>, naming the bytes.</exception>
    internal AlignedBuffer(long bytes, int alignment = DefaultAlignment)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ByteCount = bytes;
        _data = Pool.AllocateAligned((nuint)alignment, (nuint)bytes);
        if (_data == null)
        {
            throw new FdnnException(Status.OutOfMemory, $"memory: {bytes} bytes with alignment {alignment} could not be had");
        }
    }

    ~AlignedBuffer() => Free();

    internal long ByteCount { get; }

    /// <summary>The first byte.</summary>
    internal void* Data
    {
        get
        {
            ObjectDisposedException.ThrowIf(_data == null, this);
            return _data;
        }
    }

    /// <summary>Sets every byte to zero.</summary>
    internal void Clear() => NativeMemory.Clear(Data, (nuint)ByteCount);

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        void* data = _data;
        _data = null;
        Pool.Free(data);
    }
}
