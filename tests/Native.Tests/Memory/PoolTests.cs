using System.Runtime.InteropServices;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Tests.Memory;

[Collection("WorkerTeam")] // counters are the whole process's: nothing runs beside these tests
public sealed unsafe class PoolTests
{
    private static readonly long[] Sizes =
        [0, 1, 63, 64, 65, 1023, 1024, 1025, 4096, 5000, 32767, 32768, 32769, 262144, 262145, 1 << 20, (5 << 20) + 7];

    public static TheoryData<long> SizeData => [.. Sizes];

    [Theory]
    [MemberData(nameof(SizeData))]
    public void A_block_is_aligned_large_enough_and_comes_again(long bytes)
    {
        void* block = Pool.Allocate((nuint)bytes);
        Assert.Equal(0u, (nuint)block % SizeClasses.LineBytes);
        Assert.True(Pool.UsableBytes(block) >= (nuint)bytes);
        new Span<byte>(block, (int)bytes).Fill(0xA5);
        Pool.Free(block);
        void* again = Pool.Allocate((nuint)bytes);
        Assert.True(again == block);
        Pool.Free(again);
        Assert.Empty(PageHeap.BrokenInvariants());
    }

    [Theory]
    [MemberData(nameof(SizeData))]
    public void Every_alignment_is_kept(long bytes)
    {
        for (nuint alignment = 1; alignment <= 4 << 20; alignment *= 2)
        {
            void* block = Pool.AllocateAligned(alignment, (nuint)bytes);
            Assert.True(block != null && (nuint)block % alignment == 0, $"{bytes} bytes, alignment {alignment}");
            Assert.True(Pool.UsableBytes(block) >= (nuint)bytes);
            new Span<byte>(block, (int)bytes).Fill(1);
            Pool.Free(block);
        }

        Assert.True(Pool.AllocateAligned(0, (nuint)bytes) == null);
        Assert.True(Pool.AllocateAligned(96, (nuint)bytes) == null);
        Assert.Empty(PageHeap.BrokenInvariants());
    }

    [Theory]
    [MemberData(nameof(SizeData))]
    public void Zeroed_memory_is_zero_after_use(long bytes)
    {
        for (int round = 0; round < 3; round++)
        {
            byte* block = (byte*)Pool.AllocateZeroed(1, (nuint)bytes);
            Assert.Equal(-1, new Span<byte>(block, (int)bytes).IndexOfAnyExcept((byte)0));
            new Span<byte>(block, (int)Pool.UsableBytes(block)).Fill(0xFF);
            Pool.Free(block);
        }

        Assert.True(Pool.AllocateZeroed(nuint.MaxValue, 2) == null);
    }

    [Fact]
    public void Zeroed_memory_that_is_fresh_is_not_touched()
    {
        Pool.Trim();
        long before = PageHeap.RecycledBytes;
        byte* block = (byte*)Pool.AllocateZeroed(1, 64 << 20);
        Assert.Equal(before, PageHeap.RecycledBytes);

        // The huge pages at both ends may be a neighbour's as well, who may have touched them.
        long ends = PoolTuning.HugePageBytes - (nint)block % PoolTuning.HugePageBytes;
        Assert.Equal(0, ResidentPages(block + ends, (64 << 20) - PoolTuning.HugePageBytes));
        Pool.Free(block);
    }

    [Theory]
    [InlineData(4 << 20)]
    [InlineData(64 << 20)]
    public void Memory_idle_for_long_goes_back_although_its_neighbour_comes_and_goes(int bytes)
    {
        Pool.Trim();
        Pool.Free(Pool.Allocate((nuint)bytes));
        IdleSpans.Oldest->FreedAt -= PoolTuning.DecayMilliseconds + 1;
        Thread.Sleep((int)PoolTuning.MillisecondsBetweenLooks + 1);
        for (int i = 0; i < 2 * PoolTuning.OperationsBetweenLooks; i++)
        {
            Pool.Free(Pool.Allocate(1 << 20));
        }

        Assert.InRange(PageHeap.IdleBytes, 0, 2 << 20);
    }

    [Fact]
    public void Each_length_has_its_own_place()
    {
        Pool.Trim();
        nuint[] lengths = [3 << 20, 2 << 20, 1 << 20];
        nint[] places = [.. lengths.Select(PlaceOf)];
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < lengths.Length; i++)
            {
                Assert.Equal(places[i], PlaceOf(lengths[i]));
            }
        }

        for (int i = 0; i < lengths.Length; i++)
        {
            for (int other = 0; other < i; other++)
            {
                Assert.True(places[i] >= places[other] + (nint)lengths[other] || places[other] >= places[i] + (nint)lengths[i]);
            }
        }

        static nint PlaceOf(nuint bytes)
        {
            void* block = Pool.Allocate(bytes);
            Pool.Free(block);
            return (nint)block;
        }
    }

    [Fact]
    public void Lengths_that_never_come_again_are_joined_before_much_more_memory_is_touched()
    {
        Pool.Trim();
        for (int slices = 5; slices < 300; slices++)
        {
            Pool.Free(Pool.Allocate((nuint)slices * PoolTuning.SliceBytes));
        }

        Assert.InRange(PageHeap.IdleBytes, 1, PageHeap.PeakUsedBytes + PoolTuning.WarmGrowthBytes);
        Assert.Empty(PageHeap.BrokenInvariants());
    }

    [Fact]
    public void A_shorter_block_lies_about_the_middle_of_the_one_that_just_left()
    {
        const int Before = 640, Then = 47;
        Pool.Trim();
        long middle = TwiceMiddleOf(Before); // too long to be kept for its length: what comes next is cut from it
        Assert.InRange(TwiceMiddleOf(Then) - middle, -1, 1);

        Pool.Trim();
        middle = TwiceMiddleOf(Before);
        for (long slices = 0; slices < PoolTuning.CachedSlices; slices += Then)
        {
            Assert.InRange(TwiceMiddleOf(Then) - middle, -1, 1);
        }

        // Nothing of the first block is in a cache any more: the next one is cut off its end.
        Assert.Equal(middle + Before, TwiceMiddleOf(Then + 1) + Then + 1);
        Assert.Empty(PageHeap.BrokenInvariants());

        static long TwiceMiddleOf(int slices)
        {
            void* block = Pool.Allocate((nuint)slices * PoolTuning.SliceBytes);
            Pool.Free(block);
            return 2 * ((long)block >> PoolTuning.SliceShift) + slices;
        }
    }

    [Fact]
    public void Memory_given_back_does_not_count_as_idle_when_the_block_behind_it_is_freed()
    {
        const long Bytes = 40 << 20;
        Pool.Trim();
        void* low = Pool.Allocate((nuint)Bytes), high = Pool.Allocate((nuint)Bytes);
        Pool.Free(low < high ? low : high);
        PageHeap.ReduceIdle(0);
        Pool.Free(low < high ? high : low);
        Assert.Equal(Bytes, PageHeap.IdleBytes);
        Assert.Empty(PageHeap.BrokenInvariants());
    }

    [Fact]
    public void An_alignment_of_several_slices_holds_wherever_the_block_is_cut_from()
    {
        Pool.Trim();
        void* warm = Pool.Allocate(5 << 20), besides = Pool.Allocate(1 << 20);
        Pool.Free(warm);
        Pool.Free(besides);
        foreach (nuint alignment in (nuint[])[128 << 10, 256 << 10, 1 << 20])
        {
            foreach (nuint bytes in (nuint[])[300 << 10, 1 << 20, 11 << 20])
            {
                void* block = Pool.AllocateAligned(alignment, bytes);
                Assert.Equal(0, (nint)block % (nint)alignment);
                Pool.Free(block);
            }
        }

        Assert.Empty(PageHeap.BrokenInvariants());
    }

    [Fact]
    public void Another_size_keeps_the_content()
    {
        foreach (long from in Sizes)
        {
            foreach (long to in Sizes)
            {
                byte* block = (byte*)Pool.Allocate((nuint)from);
                for (long i = 0; i < from; i++)
                {
                    block[i] = (byte)(i * 31);
                }

                block = (byte*)Pool.Reallocate(block, (nuint)to);
                for (long i = 0; i < Math.Min(from, to); i++)
                {
                    Assert.Equal((byte)(i * 31), block[i]);
                }

                Pool.Free(block);
            }
        }
    }

    [Fact]
    public void Memory_of_the_C_library_goes_back_to_it()
    {
        Pool.Free(NativeMemory.Alloc(100));
        void* block = NativeMemory.Alloc(100);
        *(int*)block = 42;
        block = Pool.Reallocate(block, 100_000);
        Assert.Equal(42, *(int*)block);
        NativeMemory.Free(block);
        Pool.Free(null);
    }

    [Fact]
    public void What_is_no_block_is_ignored()
    {
        byte* block = (byte*)Pool.Allocate(1 << 20);
        long before = Pool.Oddities.InvalidFrees;
        Pool.Free(block + PoolTuning.SliceBytes);
        Pool.Free(block);
        Pool.Free(block);
        Assert.Equal(before + 2, Pool.Oddities.InvalidFrees);
        Assert.Empty(PageHeap.BrokenInvariants());
    }

    [Fact]
    public void Sizes_that_cannot_be_give_null()
    {
        foreach (nuint bytes in new[] { nuint.MaxValue, nuint.MaxValue / 2, (nuint)1 << 47, nuint.MaxValue - 63 })
        {
            Assert.True(Pool.Allocate(bytes) == null);
            Assert.True(Pool.AllocateAligned(4096, bytes) == null);
            Assert.True(Pool.AllocateZeroed(1, bytes) == null);
        }

        Assert.Empty(PageHeap.BrokenInvariants());
    }

    [Fact]
    public void Trim_gives_all_idle_memory_back()
    {
        void* block = Pool.Allocate(32 << 20);
        new Span<byte>(block, 32 << 20).Fill(1);
        Pool.Free(block);
        Assert.True(PageHeap.IdleBytes >= 32 << 20);
        Assert.True(Pool.Trim() >= 32 << 20);
        Assert.Equal(0, PageHeap.IdleBytes);
        Assert.Empty(PageHeap.BrokenInvariants());
    }

    [Fact]
    public void No_more_than_the_limit_stays_idle()
    {
        long limit = PageHeap.MaxIdleBytes;
        try
        {
            PageHeap.MaxIdleBytes = 8 << 20;
            for (int i = 0; i < 4; i++)
            {
                void* block = Pool.Allocate(32 << 20);
                new Span<byte>(block, 32 << 20).Fill(1);
                Pool.Free(block);
                Assert.InRange(PageHeap.IdleBytes, 0, 8 << 20);
            }

            Assert.Empty(PageHeap.BrokenInvariants());
        }
        finally
        {
            PageHeap.MaxIdleBytes = limit;
        }
    }

    [Fact]
    public void Nothing_managed_is_allocated()
    {
        Exercise(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exercise(1000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Live_bytes_return_to_where_they_were()
    {
        PoolStatistics before = PoolCounters.All();
        void* small = Pool.Allocate(100), large = Pool.Allocate(1 << 20);
        PoolStatistics now = PoolCounters.All();
        Assert.Equal((before.LiveBlocks + 2, before.LiveBytes + SizeClasses.Bytes(SizeClasses.Of(100)) + (1 << 20)), (now.LiveBlocks, now.LiveBytes));
        Assert.Equal(before.Allocations + 2, now.Allocations);
        Pool.Free(small);
        Pool.Free(large);
        now = PoolCounters.All();
        Assert.Equal((before.LiveBlocks, before.LiveBytes), (now.LiveBlocks, now.LiveBytes));
    }

    /// <summary>Blocks go from thread to thread; each holds a pattern of its own while it is live.</summary>
    [Fact]
    public void Many_threads_keep_each_others_blocks_apart()
    {
        long live = PoolCounters.All().LiveBlocks;
        nint[] shared = new nint[64];
        int seed = (int)TestBudget.Seed;
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(i => new Thread(() => Storm(new Random(seed + i), shared, (int)(20_000 * TestBudget.Scale))))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        foreach (nint block in shared)
        {
            Release(block);
        }

        Assert.Equal(live, PoolCounters.All().LiveBlocks);
        Pool.Trim();
        Assert.Empty(PageHeap.BrokenInvariants());
    }

    private static void Storm(Random random, nint[] shared, int operations)
    {
        for (int i = 0; i < operations; i++)
        {
            long bytes = 16 + (long)Math.Exp(random.NextDouble() * (random.Next(50) == 0 ? 15 : 9));
            byte* block = (byte*)(random.Next(4) == 0 ? Pool.AllocateAligned((nuint)64 << random.Next(8), (nuint)bytes) : Pool.Allocate((nuint)bytes));
            ((long*)block)[0] = bytes;
            ((long*)block)[1] = (nint)block ^ bytes;
            block[bytes - 1] = bytes > 16 ? (byte)bytes : block[bytes - 1];
            Release(Interlocked.Exchange(ref shared[random.Next(shared.Length)], (nint)block));
            if (random.Next(2000) == 0)
            {
                Pool.Trim();
            }
        }
    }

    private static void Release(nint address)
    {
        byte* block = (byte*)address;
        if (block != null)
        {
            long bytes = ((long*)block)[0];
            Assert.Equal((nint)block ^ bytes, ((long*)block)[1]);
            Assert.True(bytes == 16 || block[bytes - 1] == (byte)bytes);
            Pool.Free(block);
        }
    }

    private static void Exercise(int operations)
    {
        nint* blocks = stackalloc nint[16];
        new Span<nint>(blocks, 16).Clear();
        for (int i = 0; i < operations; i++)
        {
            int at = i % 16;
            Pool.Free((void*)blocks[at]);
            blocks[at] = (nint)Pool.Allocate((nuint)((long)i * 7919 % 900_000));
        }

        for (int i = 0; i < 16; i++)
        {
            Pool.Free((void*)blocks[i]);
        }
    }

    private static long ResidentPages(void* at, long bytes)
    {
        long pages = bytes / Environment.SystemPageSize;
        byte[] resident = new byte[pages];
        fixed (byte* table = resident)
        {
            Assert.Equal(0, mincore(at, (nuint)bytes, table));
        }

        return resident.Count(page => (page & 1) != 0);
    }

    [DllImport("libc", ExactSpelling = true)]
    private static extern int mincore(void* at, nuint bytes, byte* table);
}
