using FugakuDnn.Native.Threading;

namespace FugakuDnn.Native.Tests.Threading;

public sealed class PartitionTests
{
    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(1, 4, 1)]
    [InlineData(10, 3, 1)]
    [InlineData(48, 48, 1)]
    [InlineData(100, 7, 16)]
    [InlineData(long.MaxValue, 48, 1)]
    [InlineData(6_000_000_000, 5, 64)]
    public void Chunks_cover_the_range_without_gaps_and_differ_by_one_unit(long count, int chunks, long granularity)
    {
        long at = 0, smallest = long.MaxValue, largest = 0;
        for (int i = 0; i < chunks; i++)
        {
            (long begin, long end) = Partition.Chunk(count, chunks, i, granularity);
            Assert.Equal(at, begin);
            Assert.True(end >= begin);
            Assert.True(begin % granularity == 0 || begin == count);
            at = end;
            (smallest, largest) = (Math.Min(smallest, end - begin), Math.Max(largest, end - begin));
        }

        Assert.Equal(count, at);
        Assert.Equal(largest, Partition.LargestChunk(count, chunks, granularity));
        Assert.True(largest - smallest < 2 * granularity);
    }
}
