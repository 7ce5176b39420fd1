using System.Runtime.InteropServices;
using System.Text;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Memory;

[Collection("WorkerTeam")] // the mode is the whole process's
public sealed unsafe class DebugPoolTests : IDisposable
{
    private readonly TextWriter _error = Console.Error;
    private readonly StringWriter _reports = new();

    public DebugPoolTests()
    {
        Pool.Trim();
        Console.SetError(_reports);
        DebugPool.IsOn = true;
    }

    public void Dispose()
    {
        DebugPool.IsOn = false;
        Console.SetError(_error);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 64)]
    [InlineData(100, 256)]
    [InlineData(4096, 4096)]
    [InlineData(70_000, 64)]
    [InlineData(300_000, 1 << 20)]
    public void A_block_ends_where_its_alignment_lets_it(int bytes, int alignment)
    {
        byte* block = (byte*)Pool.AllocateAligned((nuint)alignment, (nuint)bytes);
        Assert.Equal(0, (nint)block % alignment);
        Assert.Equal((nuint)bytes, Pool.UsableBytes(block));
        Assert.Equal(-1, new Span<byte>(block, bytes).IndexOfAnyExcept((byte)0xFF));
        nint end = (nint)block + Math.Max(bytes, sizeof(void*)); // a block holds at least a pointer
        Assert.InRange(-end & (Environment.SystemPageSize - 1), 0, Math.Max(alignment, 64) - 1);
        Pool.Free(block);
        Assert.Equal("", _reports.ToString());
    }

    [Fact]
    public void Another_size_and_zeroes_work_too()
    {
        byte* block = (byte*)Pool.AllocateZeroed(10, 10);
        Assert.Equal(-1, new Span<byte>(block, 100).IndexOfAnyExcept((byte)0));
        block[99] = 7;
        block = (byte*)Pool.Reallocate(block, 200_000);
        Assert.Equal(7, block[99]);
        Pool.Free(block);
        Assert.Equal("", _reports.ToString());
    }

    [Fact]
    public void Arrays_of_NumPy_end_at_the_guard_too()
    {
        PoolHookFunctions hooks = PoolEntries.Hooks();
        byte* block = (byte*)((delegate* unmanaged<void*, nuint, void*>)hooks.NumpyMalloc)(null, 4096);
        Assert.Equal((nuint)4096, Pool.UsableBytes(block));
        Assert.Equal(0, ((nint)block + 4096) % Environment.SystemPageSize);
        ((delegate* unmanaged<void*, void*, nuint, void>)hooks.NumpyFree)(null, block, 4096);
    }

    [Fact]
    public void Guarded_blocks_are_counted()
    {
        PoolStatistics before = PoolCounters.All();
        void* block = Pool.Allocate(1000);
        PoolStatistics during = PoolCounters.All();
        Assert.Equal(
            (before.Allocations + 1, before.LiveBlocks + 1, before.LiveBytes + 1000), (during.Allocations, during.LiveBlocks, during.LiveBytes));
        Pool.Free(block);
        PoolStatistics after = PoolCounters.All();
        Assert.Equal((before.LiveBlocks, before.LiveBytes), (after.LiveBlocks, after.LiveBytes));
    }

    [Fact]
    public void A_second_free_is_reported_and_ignored()
    {
        void* block = Pool.Allocate(1000);
        Pool.Free(block);
        Pool.Free(block);
        Assert.Contains($"0x{(nint)block:x} was freed already", _reports.ToString());
    }

    [Fact]
    public void A_pointer_into_a_block_is_reported_and_ignored()
    {
        byte* block = (byte*)Pool.Allocate(1000);
        Pool.Free(block + 64);
        Assert.Contains($"0x{(nint)block + 64:x} is not the start of a block; it lies in the block of 1000 bytes at 0x{(nint)block:x}", _reports.ToString());
        Pool.Free(block);
    }

    [Fact]
    public void Writing_behind_the_end_is_reported()
    {
        byte* block = (byte*)Pool.Allocate(100);
        block[101] = 0;
        Pool.Free(block);
        Assert.Contains("was written 1 bytes behind its end", _reports.ToString());
    }

    [Fact]
    public void Leaks_are_listed_with_where_they_come_from()
    {
        DebugPool.SetStackProvider((delegate* unmanaged<byte*, long, long>)&Say);
        void* block = Pool.Allocate(12345);
        DebugPool.SetStackProvider(null);
        Assert.Contains($"12345 bytes at 0x{(nint)block:x}\nin this test\n", DebugPool.Leaks());
        Pool.Free(block);
        Assert.DoesNotContain("12345 bytes", DebugPool.Leaks());
    }

    [Fact]
    public void Threads_that_must_not_be_asked_are_not()
    {
        foreach (bool may in new[] { false, true })
        {
            s_mayAsk = may;
            DebugPool.SetStackProvider((delegate* unmanaged<byte*, long, long>)&Say, (delegate* unmanaged<void*>)&MayAsk);
            void* block = Pool.Allocate(54321);
            DebugPool.SetStackProvider(null);
            Assert.Equal(may, DebugPool.Leaks().Contains($"54321 bytes at 0x{(nint)block:x}\nin this test", StringComparison.Ordinal));
            Pool.Free(block);
        }
    }

    [Fact]
    public void A_fork_does_not_wait_for_a_thread_that_is_being_asked()
    {
        DebugPool.SetStackProvider((delegate* unmanaged<byte*, long, long>)&SayWhetherInside);
        CallerThread.Enter();
        void* block = Pool.Allocate(1234);
        CallerThread.Enter(); // inside another call of the library it still counts: that may hold a lock
        void* deeper = Pool.Allocate(4321);
        CallerThread.Leave();
        Assert.True(CallerThread.IsInside);
        CallerThread.Leave();
        DebugPool.SetStackProvider(null);
        Assert.Contains($"1234 bytes at 0x{(nint)block:x}\noutside\n", DebugPool.Leaks());
        Assert.Contains($"4321 bytes at 0x{(nint)deeper:x}\ninside\n", DebugPool.Leaks());
        Pool.Free(block);
        Pool.Free(deeper);
    }

    [Fact]
    public void Freed_memory_becomes_usable_again_in_the_end()
    {
        for (int i = 0; i < 100; i++)
        {
            Pool.Free(Pool.Allocate(8 << 20));
        }

        Assert.Empty(PageHeap.BrokenInvariants());
        Assert.Equal("", _reports.ToString());
    }

    private static bool s_mayAsk;

    [UnmanagedCallersOnly]
    private static void* MayAsk() => s_mayAsk ? (void*)1 : null;

    [UnmanagedCallersOnly]
    private static long SayWhetherInside(byte* text, long size) =>
        Encoding.UTF8.GetBytes(CallerThread.IsInside ? "inside\n" : "outside\n", new Span<byte>(text, (int)size));

    [UnmanagedCallersOnly]
    private static long Say(byte* text, long size)
    {
        Pool.Free(Pool.Allocate(1)); // what it allocates is not asked about
        return Encoding.UTF8.GetBytes("in this test\n", new Span<byte>(text, (int)size));
    }
}
