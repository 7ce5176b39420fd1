using System.Runtime.InteropServices;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Tests.Memory;

/// <summary>The machine code in front of the pool, called as a framework calls it.</summary>
[Collection("WorkerTeam")] // counters are the whole process's
public sealed unsafe class PoolThunksTests
{
    private static readonly delegate* unmanaged<nuint, void*> Malloc = (delegate* unmanaged<nuint, void*>)PoolThunks.Entry("pool_malloc");
    private static readonly delegate* unmanaged<void*, void> Free = (delegate* unmanaged<void*, void>)PoolThunks.Entry("pool_free");

    [Fact]
    public void A_thread_finds_its_cache_without_a_call() => Assert.True(PoolThunks.Available && ForkBlock.Instance->PoolCacheSlot != 0,
        "glibc's place of thread-specific values was not found: every allocation enters managed code");

    [Fact]
    public void Every_size_is_aligned_usable_and_counted()
    {
        void** blocks = stackalloc void*[3];
        for (nuint bytes = 0; bytes <= 70_000; bytes += bytes < 2000 ? 1u : 977u)
        {
            PoolStatistics before = PoolCounters.All();
            for (int i = 0; i < 3; i++)
            {
                blocks[i] = Malloc(bytes);
                Assert.True(blocks[i] != null && (nuint)blocks[i] % SizeClasses.LineBytes == 0);
                Assert.True(Usable(blocks[i]) >= bytes);
                new Span<byte>(blocks[i], (int)bytes).Fill((byte)i);
            }

            Assert.Equal(before.Allocations + 3, PoolCounters.All().Allocations);
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(-1, new Span<byte>(blocks[i], (int)bytes).IndexOfAnyExcept((byte)i));
                Free(blocks[i]);
            }

            Assert.Equal(before.LiveBlocks, PoolCounters.All().LiveBlocks);
        }
    }

    [Fact]
    public void The_others_of_the_family_agree_with_the_pool()
    {
        var calloc = (delegate* unmanaged<nuint, nuint, void*>)PoolThunks.Entry("pool_calloc");
        var realloc = (delegate* unmanaged<void*, nuint, void*>)PoolThunks.Entry("pool_realloc");
        var aligned = (delegate* unmanaged<nuint, nuint, void*>)PoolThunks.Entry("pool_aligned_alloc");
        byte* block = (byte*)calloc(100, 7);
        Assert.Equal(-1, new Span<byte>(block, 700).IndexOfAnyExcept((byte)0));
        block[699] = 1;
        block = (byte*)realloc(block, 1_000_000);
        Assert.Equal(1, block[699]);
        Free(block);
        Free(realloc(null, 10));
        block = (byte*)aligned(4096, 10);
        Assert.Equal(0, (nint)block % 4096);
        Free(block);
        Assert.True(calloc(nuint.MaxValue, 3) == null);
        void* foreign = realloc(NativeMemory.Alloc(10), 2000);
        Assert.Equal(0, PageMap.Mark(foreign));
        Assert.True(Usable(foreign) >= 2000);
        Free(foreign);
        Free(null);
        Assert.Equal((nuint)0, Usable(null));
    }

    [Fact]
    public void NumPys_handler_has_its_own_signatures()
    {
        PoolHookFunctions hooks = PoolEntries.Hooks();
        void* block = ((delegate* unmanaged<void*, nuint, void*>)hooks.NumpyMalloc)(null, 1000);
        block = ((delegate* unmanaged<void*, void*, nuint, void*>)hooks.NumpyRealloc)(null, block, 5000);
        Assert.True(Pool.UsableBytes(block) >= 5000);
        ((delegate* unmanaged<void*, void*, nuint, void>)hooks.NumpyFree)(null, block, 5000);
        block = ((delegate* unmanaged<void*, nuint, nuint, void*>)hooks.NumpyCalloc)(null, 10, 10);
        Assert.Equal(-1, new Span<byte>(block, 100).IndexOfAnyExcept((byte)0));
        ((delegate* unmanaged<void*, void*, nuint, void>)hooks.NumpyFree)(null, block, 100);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(4096)]
    [InlineData(32 << 10)]
    [InlineData(64 << 10)]
    [InlineData(256 << 10)]
    [InlineData(4 << 20)]
    public void Arrays_of_NumPy_do_not_touch(int bytes)
    {
        PoolHookFunctions hooks = PoolEntries.Hooks();
        void* block = ((delegate* unmanaged<void*, nuint, void*>)hooks.NumpyMalloc)(null, (nuint)bytes);
        void* zeros = ((delegate* unmanaged<void*, nuint, nuint, void*>)hooks.NumpyCalloc)(null, (nuint)bytes / 8, 8);
        void* resized = ((delegate* unmanaged<void*, void*, nuint, void*>)hooks.NumpyRealloc)(null, null, 24);
        resized = ((delegate* unmanaged<void*, void*, nuint, void*>)hooks.NumpyRealloc)(null, resized, (nuint)bytes);
        foreach (nint one in new[] { (nint)block, (nint)zeros, (nint)resized })
        {
            Assert.True(Pool.UsableBytes((void*)one) > (nuint)bytes);
            ((delegate* unmanaged<void*, void*, nuint, void>)hooks.NumpyFree)(null, (void*)one, (nuint)bytes);
        }
    }

    [Fact]
    public void What_NumPy_cannot_have_is_null()
    {
        PoolHookFunctions hooks = PoolEntries.Hooks();
        var malloc = (delegate* unmanaged<void*, nuint, void*>)hooks.NumpyMalloc;
        var calloc = (delegate* unmanaged<void*, nuint, nuint, void*>)hooks.NumpyCalloc;
        var realloc = (delegate* unmanaged<void*, void*, nuint, void*>)hooks.NumpyRealloc;
        Assert.True(malloc(null, nuint.MaxValue) == null && calloc(null, nuint.MaxValue, 1) == null && calloc(null, nuint.MaxValue, 3) == null);
        void* block = malloc(null, 100);
        Assert.True(realloc(null, block, nuint.MaxValue) == null && Pool.UsableBytes(block) > 100);
        ((delegate* unmanaged<void*, void*, nuint, void>)hooks.NumpyFree)(null, block, 100);
    }

    [Fact]
    public void A_thread_without_a_cache_frees_onto_a_list()
    {
        void* block = Malloc(3 << 20);
        long late = PoolCounters.All().LateFrees, live = Pool.Large.Live;
        nint address = (nint)block;
        var thread = new Thread(() => Free((void*)address));
        thread.Start();
        thread.Join();
        Assert.Equal(late + 1, PoolCounters.All().LateFrees);
        Free(Malloc(4 << 20)); // whoever allocates next takes it back
        Assert.Equal(live - 1, Pool.Large.Live);
    }

    [Fact]
    public void Libraries_that_are_served_get_blocks_of_one_alignment()
    {
        var take = (delegate* unmanaged<void**, nuint, nuint, int>)PoolThunks.Entry("pool_posix_memalign");
        foreach (nuint bytes in (nuint[])[0, 1, 40, 728, 33_000, 5 << 20])
        {
            void* block = null;
            Assert.Equal(0, take(&block, PoolTuning.Alignment, bytes));
            Assert.True(Usable(block) >= bytes && PageMap.Mark(block) != 0 && (nint)block % PoolTuning.Alignment == 0);
            Free(block);
        }

        foreach (nuint alignment in (nuint[])[8, 16, 32, 128, 4096])
        {
            void* block = null;
            Assert.Equal(0, take(&block, alignment, 100));
            Assert.True(PageMap.Mark(block) == 0 && (nuint)block % alignment == 0);
            Free(block);
        }

        const int InvalidArgument = 22, NoMemory = 12;
        void* untouched = &take;
        Assert.Equal(InvalidArgument, take(&untouched, 24, 100));
        Assert.Equal(NoMemory, take(&untouched, PoolTuning.Alignment, nuint.MaxValue / 2));
        Assert.True(untouched == &take);
    }

    [Fact]
    public void An_ended_threads_blocks_are_used_by_others()
    {
        long live = PoolCounters.All().LiveBlocks;
        for (int round = 0; round < 50; round++)
        {
            var thread = new Thread(() =>
            {
                nint[] blocks = [.. Enumerable.Range(0, 200).Select(_ => (nint)Malloc(3000))];
                Array.ForEach(blocks, block => Free((void*)block));
            });
            thread.Start();
            thread.Join();
        }

        PoolStatistics now = PoolCounters.All();
        Assert.Equal(live, now.LiveBlocks);
        Assert.InRange(PoolCounters.Of(SizeClasses.Of(3000) - 1).Spans, 0, 40);
    }

    private static nuint Usable(void* block) => ((delegate* unmanaged<void*, nuint>)PoolThunks.Entry("pool_usable_size"))(block);
}
