using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;

namespace FugakuDnn.Native.Tests.Primitives;

/// <summary>The plan cache keeps its limits, frees a plan exactly when its last holder lets go, and counts right.</summary>
public sealed class PlanCacheTests
{
    private static readonly PlanContext Context = new(Isa.Portable, 1);

    private static int s_made;
    private static int s_alive;

    private readonly DispatchTable<Problem> _table = new(new Implementation<Problem>("test", (_, _) => null, (desc, _) => new TestPlan(desc)));

    [Fact]
    public void TheSameProblemGetsTheSamePlan()
    {
        PlanCache cache = new(10, 1000);
        PlanLease first = cache.Get(new Problem(1, 0), Context, _table, out bool cached);
        Assert.False(cached);
        PlanLease second = cache.Get(new Problem(1, 0), Context, _table, out cached);
        Assert.True(cached);
        Assert.Same(first.Plan, second.Plan);
        PlanLease other = cache.Get(new Problem(1, 0), Context with { Threads = 2 }, _table, out cached);
        Assert.False(cached);
        Assert.NotSame(first.Plan, other.Plan);
        Assert.Equal((1, 2, 2), (cache.Statistics.Hits, cache.Statistics.Misses, cache.Statistics.CachedPlans));
    }

    [Fact]
    public void TheLeastRecentlyAskedForGoesFirst()
    {
        PlanCache cache = new(2, 1000);
        cache.Get(new Problem(1, 0), Context, _table, out _).Release();
        cache.Get(new Problem(2, 0), Context, _table, out _).Release();
        cache.Get(new Problem(1, 0), Context, _table, out _).Release();
        cache.Get(new Problem(3, 0), Context, _table, out _).Release();
        cache.Get(new Problem(1, 0), Context, _table, out bool first).Release();
        cache.Get(new Problem(2, 0), Context, _table, out bool second).Release();
        Assert.True(first);
        Assert.False(second);
    }

    [Fact]
    public void AnEvictedPlanLivesWhileItIsHeld()
    {
        PlanCache cache = new(1, 1000);
        PlanLease held = cache.Get(new Problem(1, 10), Context, _table, out _);
        cache.Get(new Problem(2, 20), Context, _table, out _).Release();
        Assert.False(((TestPlan)held.Plan).Freed);
        Assert.Equal((2, 30), (cache.Statistics.LivePlans, cache.Statistics.LiveCodeBytes));
        Assert.Equal((1, 20), (cache.Statistics.CachedPlans, cache.Statistics.CachedCodeBytes));
        held.Release();
        Assert.True(((TestPlan)held.Plan).Freed);
        Assert.Equal((1, 20), (cache.Statistics.LivePlans, cache.Statistics.LiveCodeBytes));
        cache.Clear();
        Assert.Equal((0, 0), (cache.Statistics.LivePlans, cache.Statistics.LiveCodeBytes));
    }

    [Theory]
    [InlineData(4, 1000, 4)]
    [InlineData(100, 35, 3)]
    [InlineData(0, 1000, 0)]
    [InlineData(100, 9, 0)]
    public void LimitsHold(long plans, long codeBytes, long expected)
    {
        PlanCache cache = new(plans, codeBytes);
        for (int i = 0; i < 20; i++)
        {
            cache.Get(new Problem(i, 10), Context, _table, out _).Release();
            Assert.True(cache.Statistics.CachedPlans <= plans && cache.Statistics.CachedCodeBytes <= codeBytes);
            Assert.Equal(cache.Statistics.CachedPlans, cache.Statistics.LivePlans);
        }

        Assert.Equal(expected, cache.Statistics.CachedPlans);
        cache.SetLimits(2, 15);
        Assert.Equal(Math.Min(expected, 1), cache.Statistics.CachedPlans);
    }

    [Fact]
    public void ManyThreadsLoseNothing()
    {
        PlanCache cache = new(5, 60);
        (int made, int alive) = (s_made, s_alive);
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(seed => new Thread(() => Churn(cache, seed)))];
        foreach (var thread in threads)
        {
            thread.Start();
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        Assert.Equal(4 * 2000, cache.Statistics.Hits + cache.Statistics.Misses);
        cache.Clear();
        Assert.Equal((0, 0, 0), (cache.Statistics.CachedPlans, cache.Statistics.LivePlans, cache.Statistics.LiveCodeBytes));
        Assert.True(s_made > made);
        Assert.Equal(alive, s_alive);
    }

    private void Churn(PlanCache cache, int seed)
    {
        for (int i = 0; i < 2000; i++)
        {
            PlanLease lease = cache.Get(new Problem((i * 7 + seed) % 12, 10), Context, _table, out _);
            Assert.False(((TestPlan)lease.Plan).Freed);
            lease.Release();
        }
    }

    private readonly record struct Problem(long Number, long CodeBytes);

    private sealed class TestPlan : Plan
    {
        public TestPlan(Problem problem)
        {
            CodeBytes = problem.CodeBytes;
            Interlocked.Increment(ref s_made);
            Interlocked.Increment(ref s_alive);
        }

        public bool Freed { get; private set; }

        public override string Implementation => "test";

        public override void Execute(in Arguments arguments)
        {
        }

        protected override void Dispose(bool disposing)
        {
            Assert.False(Freed);
            Freed = true;
            Interlocked.Decrement(ref s_alive);
            base.Dispose(disposing);
        }
    }
}
