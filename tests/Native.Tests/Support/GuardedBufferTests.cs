namespace FugakuDnn.Native.Tests.Support;

public sealed unsafe class GuardedBufferTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(4096)]
    [InlineData(70_000)]
    public void The_byte_beside_the_data_cannot_be_accessed(long bytes)
    {
        using GuardedBuffer atEnd = new(bytes), atStart = new(bytes, GuardAt.Start);
        atEnd.As<byte>().Fill(1);
        atStart.As<byte>().Fill(1);
        Assert.True(IsWritable(atEnd.Data + bytes - 1));
        Assert.False(IsWritable(atEnd.Data + bytes));
        Assert.True(IsWritable(atStart.Data));
        Assert.False(IsWritable(atStart.Data - 1));
    }

    [Fact]
    public void A_write_into_the_slack_is_found()
    {
        GuardedBuffer buffer = new(100);
        buffer.Data[-1] ^= 1;
        Assert.ThrowsAny<Exception>(buffer.Dispose);
    }

    // The kernel refuses to write where the page forbids it, instead of killing the process.
    private static bool IsWritable(byte* at)
    {
        using FileStream zeros = new("/dev/zero", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        try
        {
            return zeros.Read(new Span<byte>(at, 1)) == 1;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
