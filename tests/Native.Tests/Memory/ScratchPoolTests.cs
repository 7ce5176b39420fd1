using FugakuDnn.Native.Memory;

namespace FugakuDnn.Native.Tests.Memory;

public sealed unsafe class ScratchPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(1_000_000)]
    public void Block_IsAlignedAndWritable(long bytes)
    {
        using ScratchPool.Lease lease = ScratchPool.Rent(bytes);
        Assert.Equal(0, (nint)lease.Pointer % ScratchPool.Alignment);
        new Span<byte>(lease.Pointer, (int)bytes).Fill(1);
    }

    [Fact]
    public void Nothing_IsNull()
    {
        using ScratchPool.Lease lease = ScratchPool.Rent(0);
        Assert.True(lease.Pointer == null);
    }

    [Fact]
    public void Block_ComesAgain()
    {
        void* first;
        using (ScratchPool.Lease lease = ScratchPool.Rent(3_000_000))
        {
            first = lease.Pointer;
        }

        using (ScratchPool.Lease lease = ScratchPool.Rent(3_000_000))
        {
            Assert.True(lease.Pointer == first);
        }
    }

    [Fact]
    public void SecondLease_HasItsOwnMemory()
    {
        using ScratchPool.Lease outer = ScratchPool.Rent(4096);
        using ScratchPool.Lease inner = ScratchPool.Rent(4096);
        Assert.True(inner.Pointer != null && inner.Pointer != outer.Pointer);
    }

    [Fact]
    public void AfterTheFirst_NothingIsAllocated()
    {
        Rent();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Rent();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Rent()
        {
            using ScratchPool.Lease lease = ScratchPool.Rent(10_000);
        }
    }
}
