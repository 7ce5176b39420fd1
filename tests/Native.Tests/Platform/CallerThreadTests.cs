using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Platform;

[Collection("WorkerTeam")] // calls are counted for the whole process: nothing runs beside these tests
public sealed class CallerThreadTests
{
    [Fact]
    public void Own_calls_however_deep_are_no_others()
    {
        CallerThread.Enter();
        CallerThread.Enter();
        Assert.False(CallerThread.OthersInside);
        CallerThread.Leave();
        Assert.False(CallerThread.OthersInside);
        CallerThread.Leave();
        Assert.False(CallerThread.OthersInside);
    }

    [Fact]
    public void Anothers_call_is_seen_until_it_ends()
    {
        using ManualResetEventSlim inside = new(), mayEnd = new();
        Thread other = new(() =>
        {
            CallerThread.Enter();
            CallerThread.Enter();
            CallerThread.Leave();
            inside.Set();
            mayEnd.Wait();
            CallerThread.Leave();
        });
        other.Start();
        inside.Wait();
        Assert.True(CallerThread.OthersInside);
        mayEnd.Set();
        other.Join();
        Assert.False(CallerThread.OthersInside);
    }

    [Fact]
    public void Entering_allocates_nothing()
    {
        CallerThread.Enter();
        CallerThread.Leave();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            CallerThread.Enter();
            CallerThread.Leave();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Without_a_fork_nothing_is_pending_and_all_is_allowed()
    {
        Assert.False(ForkGate.ForkPending);
        Assert.False(ForkGate.InForkedChild);
        Assert.True(ForkedChild.MayPlan);
        ForkGate.WaitForFork();
    }
}
