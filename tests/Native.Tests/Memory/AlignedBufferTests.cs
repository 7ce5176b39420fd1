using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Memory;

public sealed unsafe class AlignedBufferTests
{
    [Theory]
    [InlineData(0, 64)]
    [InlineData(1, 64)]
    [InlineData(1000, 256)]
    [InlineData(5, 4096)]
    public void Memory_is_aligned_and_writable(long bytes, int alignment)
    {
        using AlignedBuffer buffer = new(bytes, alignment);
        Assert.Equal(0, (nint)buffer.Data % alignment);
        Assert.Equal(bytes, buffer.ByteCount);
        new Span<byte>(buffer.Data, (int)bytes).Fill(1);
        buffer.Clear();
        Assert.True(new ReadOnlySpan<byte>(buffer.Data, (int)bytes).IndexOfAnyExcept((byte)0) < 0);
    }

    [Fact]
    public void What_cannot_be_had_is_refused_with_its_size()
    {
        const long TooMuch = 1L << 60;
        FdnnException buffer = Assert.Throws<FdnnException>(() => new AlignedBuffer(TooMuch));
        Assert.Equal(Status.OutOfMemory, buffer.Status);
        Assert.Contains("1152921504606846976 bytes", buffer.Message);
        FdnnException pages = Assert.Throws<FdnnException>(() => (nint)NativeMemoryPages.Map(TooMuch));
        Assert.Equal(Status.OutOfMemory, pages.Status);
        Assert.Contains("1152921504606846976 bytes", pages.Message);
    }

    [Fact]
    public void Use_after_disposal_is_refused()
    {
        AlignedBuffer buffer = new(10);
        buffer.Dispose();
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => (nint)buffer.Data);
    }
}
