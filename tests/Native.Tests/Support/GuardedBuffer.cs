using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>Which end of the data touches a page that may not be accessed.</summary>
public enum GuardAt
{
    /// <summary>The byte after the last one faults.</summary>
    End,

    /// <summary>The byte before the first one faults.</summary>
    Start,
}

/// <summary>
/// Memory between two pages whose access faults: reading or writing one byte past the guarded end kills the process there and then.
/// The slack on the other side is filled and <see cref="Dispose"/> checks it, so a write on the wrong side is found as well.
/// </summary>
public sealed unsafe class GuardedBuffer : IDisposable
{
    private const byte Filling = 0xA5;

    private readonly byte* _mapping;
    private readonly long _mappedBytes, _pageBytes;

    public GuardedBuffer(long bytes, GuardAt guard = GuardAt.End)
    {
        _pageBytes = NativeMemoryPages.PageBytes;
        long usable = Math.Max(NativeMemoryPages.RoundUp(bytes), _pageBytes);
        _mappedBytes = usable + 2 * _pageBytes;
        _mapping = (byte*)NativeMemoryPages.Map(_mappedBytes);
        byte* first = _mapping + _pageBytes;
        Fill(first, usable);
        NativeMemoryPages.Forbid(_mapping, _pageBytes);
        NativeMemoryPages.Forbid(first + usable, _pageBytes);
        ByteCount = bytes;
        Data = guard == GuardAt.Start ? first : first + usable - bytes;
    }

    public byte* Data { get; private set; }

    public long ByteCount { get; }

    /// <summary>The data as elements of T; its address is aligned as the size leaves it.</summary>
    public Span<T> As<T>()
        where T : unmanaged => new(Data, checked((int)(ByteCount / sizeof(T))));

    public void Dispose()
    {
        if (Data == null)
        {
            return;
        }

        byte* first = _mapping + _pageBytes, end = _mapping + _mappedBytes - _pageBytes;
        bool intact = IsFilling(first, Data) && IsFilling(Data + ByteCount, end);
        Data = null;
        NativeMemoryPages.Unmap(_mapping, _mappedBytes);
        Assert.True(intact, "memory beside a guarded buffer was written");
    }

    private static void Fill(byte* at, long bytes)
    {
        for (long i = 0; i < bytes; i++)
        {
            at[i] = Filling;
        }
    }

    private static bool IsFilling(byte* at, byte* end)
    {
        while (at < end && *at == Filling)
        {
            at++;
        }

        return at >= end;
    }
}
