using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Tests.Memory;

public sealed class SizeClassesTests
{
    [Fact]
    public void The_smallest_size_that_holds_is_taken()
    {
        for (nuint bytes = 0; bytes <= PoolTuning.LargestBlock; bytes++)
        {
            int number = SizeClasses.Of(bytes);
            Assert.InRange(number, 1, SizeClasses.Count);
            Assert.True((nuint)SizeClasses.Bytes(number) >= bytes);
            Assert.True(number == 1 || (nuint)SizeClasses.Bytes(number - 1) < bytes, $"{bytes} bytes would fit a smaller size than {number}");
        }
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
