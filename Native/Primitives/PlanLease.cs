namespace FugakuDnn.Native.Primitives;

/// <summary>
/// A plan and the number of those who hold it: the cache while the plan is in it, and every primitive made from it. The last one
/// to let go frees the plan's code.
/// </summary>
/// <remarks>references == (1 if cached) + leases handed out and not yet released; the plan is alive while references > 0.</remarks>
internal sealed class PlanLease(Plan plan, PlanCounters counters)
{
    private int _references = 1;

    public Plan Plan { get; } = plan;

    /// <summary>What the plan's packed weights are recognised by.</summary>
    public ulong PackedKey { get; } = PackedWeights.KeyOf(plan);

    /// <summary>The key under which the cache has the plan; null if it does not.</summary>
    public PlanKey? Key { get; set; }

    /// <summary>Adds a holder. Only for somebody who holds the plan, or under the cache's lock.</summary>
    public void Hold() => Interlocked.Increment(ref _references);

    /// <summary>Lets go; the last holder frees the plan.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            counters.Ended(Plan);
            Plan.Dispose();
        }
    }
}

/// <summary>What a plan is cached by: any descriptor with its context.</summary>
internal abstract record PlanKey;

/// <inheritdoc/>
internal sealed record PlanKey<TDesc>(TDesc Desc, PlanContext Context) : PlanKey
    where TDesc : struct;

/// <summary>Plans alive and their generated code, cached or only held; read without a lock.</summary>
internal sealed class PlanCounters
{
    private long _plans;
    private long _codeBytes;

    public long Plans => Interlocked.Read(ref _plans);

    public long CodeBytes => Interlocked.Read(ref _codeBytes);

    public void Began(Plan plan)
    {
        Interlocked.Increment(ref _plans);
        Interlocked.Add(ref _codeBytes, plan.CodeBytes);
    }

    public void Ended(Plan plan)
    {
        Interlocked.Decrement(ref _plans);
        Interlocked.Add(ref _codeBytes, -plan.CodeBytes);
    }
}
