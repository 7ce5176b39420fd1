using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Platform;

public sealed unsafe class HugePagesTests
{
    [Fact]
    public void Only_whole_huge_pages_inside_the_block_are_meant()
    {
        long page = HugePages.PageBytes;
        Assert.SkipWhen(page == 0, "this system has no transparent huge pages");
        Assert.SkipWhen(page > 1 << 25, $"a huge page of {page} bytes is too large to test with");
        byte* block = (byte*)NativeMemoryPages.Map(5 * page);
        try
        {
            byte* aligned = (byte*)(((nint)block + (nint)page - 1) / (nint)page * (nint)page);
            Assert.Equal(0, HugePages.Prefer(aligned, page));
            Assert.Equal(3 * page, HugePages.Prefer(aligned, 3 * page + 5));
            Assert.Equal(2 * page, HugePages.Prefer(aligned + 1, 3 * page));
            new Span<byte>(block, (int)(5 * page)).Fill(7);
            Assert.Equal(3 * page, HugePages.Prefer(aligned, 3 * page));
            Assert.True(new ReadOnlySpan<byte>(block, (int)(5 * page)).IndexOfAnyExcept((byte)7) < 0);
        }
        finally
        {
            NativeMemoryPages.Unmap(block, 5 * page);
        }
    }
}
