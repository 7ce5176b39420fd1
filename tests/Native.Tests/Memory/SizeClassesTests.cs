using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Tests.Memory;

public sealed class SizeClassesTests
{
    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(256)]
    public void The_smallest_size_of_whole_lines_that_holds_is_taken(int line)
    {
        int[] sizes = [.. Enumerable.Range(1, SizeClasses.Count).Where(number => SizeClasses.Bytes(number) % line == 0)];
        int next = 0;
        for (nuint bytes = 0; bytes <= PoolTuning.LargestBlock; bytes++)
        {
            next += (nuint)SizeClasses.Bytes(sizes[next]) < bytes ? 1 : 0;
            Assert.Equal(sizes[next], SizeClasses.Of(bytes, (nuint)line));
        }
    }

    [Theory]
    [InlineData(-1, 64)]
    [InlineData(0, 64)]
    [InlineData(32, 64)]
    [InlineData(64, 64)]
    [InlineData(96, 64)]
    [InlineData(128, 128)]
    [InlineData(256, 256)]
    [InlineData(2048, 256)]
    public void Lines_are_as_long_as_the_system_says_within_bounds(int said, int line) => Assert.Equal((nuint)line, SizeClasses.LineOf(said));

    [Fact]
    public void Blocks_are_aligned_to_this_CPUs_lines()
    {
        Assert.Equal(SizeClasses.LineOf(LibC.DataCacheLineBytes), SizeClasses.LineBytes);
        Assert.Equal(SizeClasses.Of(1), SizeClasses.Of(SizeClasses.LineBytes));
        Assert.True(CpuFeatures.Current.SveBytes != 64 || SizeClasses.LineBytes == 256, "A64FX, the one CPU with such vectors, has lines of 256 bytes");
    }

    [Fact]
    public void Sizes_are_aligned_and_waste_little()
    {
        for (int number = 1; number <= SizeClasses.Count; number++)
        {
            int bytes = SizeClasses.Bytes(number);
            Assert.Equal(0, bytes % PoolTuning.Alignment);
            Assert.True(number == 1 || bytes - SizeClasses.Bytes(number - 1) <= Math.Max(PoolTuning.Alignment, bytes / (bytes <= PoolTuning.LargestQuickBlock ? 8 : 4)));
            long span = (long)SizeClasses.Slices(number) * PoolTuning.SliceBytes;
            Assert.InRange(span % bytes, 0, span / 8);
            Assert.InRange(2 * SizeClasses.Batch(number), 2, SizeClasses.MostCached(number));
        }

        Assert.Equal(PoolTuning.LargestBlock, SizeClasses.Bytes(SizeClasses.Count));
        Assert.InRange(SizeClasses.Marks, 1, 256);
    }
}
