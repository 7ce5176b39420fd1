using System.Runtime.InteropServices;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Memory;

/// <summary>The object that PyTorch gets, called through its table as C++ calls it, above a stock allocator made here.</summary>
[Collection("WorkerTeam")] // the pool's counters are the whole process's
public sealed unsafe class C10AllocatorTests
{
    private const int Destroy = 0, Allocate = 2, IsSimple = 3, CopyData = 5;
    private const nint TypeInformation = 0x7177;

    private static readonly delegate* unmanaged<void*, void> PoolFree = (delegate* unmanaged<void*, void>)PoolThunks.Entry("pool_free");

    private static int s_stockAllocations, s_stockFrees;
    private static nuint s_stockBytes;

    [StructLayout(LayoutKind.Sequential)]
    private struct DataPtr
    {
        public void* Data, Deleter, Context;
        public sbyte DeviceType, DeviceIndex;
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 4)]
    public void Memory_is_the_pools_and_a_bystanders_is_the_stocks(int layout, int rawDeleter)
    {
        void** stock = Stock(layout);
        foreach (bool active in new[] { true, false })
        {
            void** allocator = (void**)C10Allocator.For(layout, stock, active);
            Assert.True(allocator == C10Allocator.For(layout, stock, active));
            foreach (nuint bytes in new nuint[] { 1, 64, 3000, 100_000, 5_000_000 })
            {
                int before = s_stockAllocations;
                DataPtr got = Call(allocator, bytes);
                Assert.Equal(active, PageMap.Mark(got.Data) != 0);
                Assert.Equal(active ? before : before + 1, s_stockAllocations);
                Assert.True(got.Data == got.Context && (nuint)got.Data % 64 == 0);
                Assert.Equal((0, -1), (got.DeviceType, got.DeviceIndex));
                Assert.True(got.Deleter == (active ? PoolFree : (delegate* unmanaged<void*, void>)&StockFree));
                new Span<byte>(got.Data, (int)bytes).Fill(7);
                ((delegate* unmanaged<void*, void>)got.Deleter)(got.Context);
            }

            Assert.True(Call(allocator, 0).Data == null);
            Assert.Equal((nuint)0, s_stockBytes);
            Assert.Equal(TypeInformation, (nint)((void**)*allocator)[-1]);
            Assert.True(((void**)*allocator)[rawDeleter] != null);
            ((delegate* unmanaged<void*, void>)((void**)*allocator)[Destroy])(allocator);
        }
    }

    [Fact]
    public void What_the_pool_cannot_give_is_asked_of_the_stock()
    {
        void** allocator = (void**)C10Allocator.For(1, Stock(1), active: true);
        nuint tooMuch = (nuint)1 << 60;
        Assert.True(Call(allocator, tooMuch).Data == null);
        Assert.Equal(tooMuch, s_stockBytes);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 4)]
    public void Raw_deleters_free_both_kinds_of_memory(int layout, int rawDeleter)
    {
        void** stock = Stock(layout);
        void** active = (void**)C10Allocator.For(layout, stock, active: true), bystander = (void**)C10Allocator.For(layout, stock, active: false);
        foreach (nint freeing in new[] { (nint)active, (nint)bystander })
        {
            void** table = (void**)*(void**)freeing;
            var free = (delegate* unmanaged<void*, void>)((delegate* unmanaged<void*, void*>)table[rawDeleter])((void*)freeing);
            foreach (nuint bytes in new nuint[] { 100, 5_000_000 })
            {
                long live = PoolCounters.All().LiveBlocks;
                int before = s_stockFrees;
                free(Call(active, bytes).Context);
                Assert.Equal((live, before), (PoolCounters.All().LiveBlocks, s_stockFrees));
                free(Call(bystander, bytes).Context);
                Assert.Equal((live, before + 1), (PoolCounters.All().LiveBlocks, s_stockFrees));
            }

            free(null);
        }
    }

    [Fact]
    public void Each_stock_gets_its_own_memory_back()
    {
        void** first = Stock(0), second = Stock(0, raw: &NoRawDeleter);
        void** above = (void**)C10Allocator.For(0, second, active: true);
        Assert.True(above != C10Allocator.For(0, first, active: true));
        var free = (delegate* unmanaged<void*, void>)((delegate* unmanaged<void*, void*>)((void**)*above)[3])(above);
        int before = s_stockFrees;
        free(NativeMemory.Alloc(100)); // a stock without a raw deleter: the C library's, at worst
        Assert.Equal(before, s_stockFrees);
    }

    [Fact]
    public void Functions_for_a_shim()
    {
        Dictionary<string, nint> functions = C10Thunks.Above(null, (delegate* unmanaged<void*, void>)&StockFree);
        var allocate = (delegate* unmanaged<nuint, void*>)functions["c10_block"];
        var free = (delegate* unmanaged<void*, void>)functions["c10_raw_free"];
        void* block = allocate(1000);
        Assert.NotEqual(0, PageMap.Mark(block));
        free(block);
        Assert.True(allocate((nuint)1 << 60) == null);
        int before = s_stockFrees;
        free(NativeMemory.AlignedAlloc(64, 64));
        Assert.Equal(before + 1, s_stockFrees);
    }

    [Fact]
    public void Layout_1_tells_simple_data_and_copies()
    {
        void** allocator = (void**)C10Allocator.For(1, Stock(1), active: true);
        void** table = (void**)*allocator;
        byte* from = stackalloc byte[5], to = stackalloc byte[5];
        new Span<byte>(from, 5).Fill(3);
        new Span<byte>(to, 5).Clear();
        ((delegate* unmanaged<void*, void*, void*, nuint, void>)table[CopyData])(allocator, to, from, 4);
        Assert.True(new ReadOnlySpan<byte>(to, 5).SequenceEqual("\u0003\u0003\u0003\u0003\0"u8));
        DataPtr data = new() { Data = (void*)8, Context = (void*)8 };
        Assert.Equal(1, ((delegate* unmanaged<void*, void*, byte>)table[IsSimple])(allocator, &data));
        data.Context = (void*)9;
        Assert.Equal(0, ((delegate* unmanaged<void*, void*, byte>)table[IsSimple])(allocator, &data));
    }

    [Fact]
    public void Unknown_layouts_are_refused() => Assert.Throws<FdnnException>(() => (nint)C10Allocator.For(2, null, active: true));

    /// <summary>A DataPtr is returned in memory that the caller gives, as a C struct of its size is.</summary>
    private static DataPtr Call(void** allocator, nuint bytes) =>
        ((delegate* unmanaged<void*, nuint, DataPtr>)((void**)*allocator)[Allocate])(allocator, bytes);

    /// <summary>A stock allocator; objects over it live for ever, so it does too.</summary>
    private static void** Stock(int layout) => Stock(layout, &StockRawDeleter);

    private static void** Stock(int layout, delegate* unmanaged<void*, void*> raw)
    {
        void** words = (void**)NativeMemory.AllocZeroed(9, (nuint)sizeof(void*));
        void** table = words + 3;
        words[0] = table;
        table[-1] = (void*)TypeInformation;
        table[Allocate] = (delegate* unmanaged<void*, nuint, DataPtr>)&StockAllocate;
        table[layout == 0 ? 3 : 4] = raw;
        return words;
    }

    [UnmanagedCallersOnly]
    private static DataPtr StockAllocate(void* self, nuint bytes)
    {
        s_stockBytes = bytes;
        s_stockAllocations++;
        void* block = bytes == 0 || bytes > 1 << 30 ? null : NativeMemory.AlignedAlloc(bytes, 64);
        return new DataPtr { Data = block, Context = block, Deleter = (delegate* unmanaged<void*, void>)&StockFree, DeviceIndex = -1 };
    }

    [UnmanagedCallersOnly]
    private static void StockFree(void* block)
    {
        s_stockFrees += block == null ? 0 : 1;
        NativeMemory.AlignedFree(block);
    }

    [UnmanagedCallersOnly]
    private static void* StockRawDeleter(void* self) => (delegate* unmanaged<void*, void>)&StockFree;

    [UnmanagedCallersOnly]
    private static void* NoRawDeleter(void* self) => null;
}
