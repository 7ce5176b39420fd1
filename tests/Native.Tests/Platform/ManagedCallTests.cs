using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Platform;

[Collection("WorkerTeam")] // calls are counted for the whole process: nothing runs beside these tests
public sealed class ManagedCallTests
{
    [Fact]
    public void Own_calls_however_deep_are_no_others()
    {
        using (ManagedCall.Enter())
        {
            using (ManagedCall.Enter())
            {
                Assert.False(ManagedCall.OthersInside);
            }

            Assert.False(ManagedCall.OthersInside);
        }

        Assert.False(ManagedCall.OthersInside);
    }

    [Fact]
    public void Anothers_call_is_seen_until_it_ends()
    {
        using ManualResetEventSlim inside = new(), mayEnd = new();
        Thread other = new(() =>
        {
            using ManagedCall outer = ManagedCall.Enter();
            using (ManagedCall.Enter())
            {
            }

            inside.Set();
            mayEnd.Wait();
        });
        other.Start();
        inside.Wait();
        Assert.True(ManagedCall.OthersInside);
        using (ManagedCall.Enter())
        {
            Assert.True(ManagedCall.OthersInside);
        }

        mayEnd.Set();
        other.Join();
        Assert.False(ManagedCall.OthersInside);
    }

    [Fact]
    public void Entering_allocates_nothing()
    {
        ManagedCall.Enter().Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            ManagedCall.Enter().Dispose();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Without_a_fork_nothing_is_pending_and_all_is_allowed()
    {
        Assert.False(ForkGate.ForkPending);
        Assert.False(ForkGate.InForkedChild);
        Assert.True(ForkGate.MayAllocate);
        ForkGate.WaitForFork();
    }
}
