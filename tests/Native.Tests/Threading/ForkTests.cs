using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Native.Threading;

namespace FugakuDnn.Native.Tests.Threading;

/// <summary>What the gate and the calls into the library promise a fork. What a child can do is tested in tests/library.</summary>
[Collection(nameof(WorkerTeam))]
public sealed unsafe class ForkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_fork_does_not_wait_for_a_call_that_waits_for_the_gate()
    {
        Assert.True(ForkGate.TryEnter());
        Thread setter = new(() =>
        {
            CallerThread.Enter();
            WorkerTeam.SetParallelFor(null, null);
            CallerThread.Leave();
        });
        int status = -1;
        Thread forker = new(() => status = ForkStub.WaitStatusOfChild(&ForkBlock.Instance->ForkedMidCall));
        setter.Start();
        Assert.True(SpinWait.SpinUntil(() => CallerThread.OthersInside, Patience));
        forker.Start();
        Assert.True(SpinWait.SpinUntil(() => ForkGate.ForkPending, Patience));
        ForkGate.Leave();
        Assert.True(forker.Join(Patience) && setter.Join(Patience));
        Assert.Equal(0, status); // else the fork gave up after two seconds, and its child may not plan
    }

    [Fact]
    public void A_fork_waits_for_calls_and_later_ones_wait_for_it()
    {
        CallerThread.Enter();
        int status = -1;
        Thread forker = new(() => status = ForkStub.WaitStatusOfChild(&ForkBlock.Instance->ForkedMidCall));
        forker.Start();
        Assert.True(SpinWait.SpinUntil(() => ForkGate.ForkPending, Patience));
        bool late = false;
        Thread caller = new(() =>
        {
            CallerThread.Enter();
            Volatile.Write(ref late, true);
            CallerThread.Leave();
        });
        caller.Start();
        Assert.False(forker.Join(50));
        Assert.False(Volatile.Read(ref late));
        CallerThread.Leave();
        Assert.True(forker.Join(Patience) && caller.Join(Patience));
        Assert.Equal((0, true), (status, late));
    }

    [Fact]
    public void In_a_child_the_gate_is_shut() => Assert.Equal(1 << 8, ForkStub.WaitStatusOfChild(&ForkBlock.Instance->Busy));
}
