using System.Diagnostics;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Primitives;

/// <summary>
/// A descriptor with its plan: what a handle of the C ABI stands for. Immutable to the caller and safe to execute from many threads.
/// When ISA or thread count have changed since, the next execution takes a plan for the new ones.
/// </summary>
/// <remarks>
/// Plans are kept until the primitive is disposed, one for each (ISA, thread count) met, so that an execution in flight never
/// loses its plan and needs no count of its own.
/// </remarks>
internal abstract unsafe class Primitive(string name, ArgumentRules rules, string description) : IDisposable
{
    private readonly Lock _lock = new();
    private Choice? _choice;

    /// <summary>The plan for the present ISA and thread count.</summary>
    public Plan Plan => Current.Lease.Plan;

    /// <summary>What <see cref="Plan"/> is made for.</summary>
    public PlanContext Context => Current.Context;

    private Choice Current
    {
        get
        {
            Choice? choice = Volatile.Read(ref _choice);
            return choice is not null && choice.Generation == PlanSettings.Generation ? choice : Choose(choice);
        }
    }

    /// <summary>Runs the primitive. Allocates nothing and takes no lock, unless settings have changed, a rule is broken or verbose is on.</summary>
    public void Execute(in Arguments arguments)
    {
        if (rules.NothingToDo)
        {
            return;
        }

        rules.Check(arguments);
        PlanLease lease = Current.Lease;
        PackedWeights.Check(name, lease, arguments);
        if (PlanSettings.Verbose == 0)
        {
            lease.Plan.Execute(arguments);
        }
        else
        {
            ExecuteAloud(lease.Plan, arguments);
        }
    }

    /// <summary>Packs weights for the present plan.</summary>
    public PackedWeights PackWeights(void* weights) => PackedWeights.Pack(name, Plan, weights);

    /// <summary>Lets go of the plans. Nobody executes any more.</summary>
    public void Dispose()
    {
        for (Choice? choice = _choice; choice is not null; choice = choice.Before)
        {
            choice.Lease.Release();
        }

        _choice = null;
    }

    /// <summary>Gets a plan from the cache.</summary>
    protected abstract PlanLease Resolve(PlanContext context);

    /// <summary>The first choice; called once by the constructor's caller, so that a problem nobody can plan is refused at creation.</summary>
    protected void ResolveNow() => Choose(null);

    private void ExecuteAloud(Plan plan, in Arguments arguments)
    {
        long start = Stopwatch.GetTimestamp();
        plan.Execute(arguments);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        VerboseLine.Write("exec", name, plan.Implementation, description, milliseconds);
    }

    private Choice Choose(Choice? stale)
    {
        if (stale is not null && !ForkedChild.MayPlan)
        {
            return stale;
        }

        lock (_lock)
        {
            // Read before the settings: a change in between makes the choice stale again, never wrongly fresh.
            int generation = PlanSettings.Generation;
            PlanContext context = PlanSettings.Context;
            Choice? newest = _choice;
            for (Choice? known = newest; known is not null; known = known.Before)
            {
                if (known.Context == context)
                {
                    // The list grows only with contexts not met before.
                    return Renew(known, generation);
                }
            }

            Choice made = new(Resolve(context), context, generation, newest);
            Volatile.Write(ref _choice, made);
            return made;
        }
    }

    private Choice Renew(Choice known, int generation)
    {
        Choice? rest = null;
        for (Choice? choice = _choice; choice is not null; choice = choice.Before)
        {
            if (choice != known)
            {
                rest = new Choice(choice.Lease, choice.Context, choice.Generation, rest);
            }
        }

        Choice renewed = new(known.Lease, known.Context, generation, rest);
        Volatile.Write(ref _choice, renewed);
        return renewed;
    }

    private sealed record Choice(PlanLease Lease, PlanContext Context, int Generation, Choice? Before);
}

/// <inheritdoc/>
internal sealed class Primitive<TDesc> : Primitive
    where TDesc : struct
{
    private readonly TDesc _desc;
    private readonly PrimitiveKind<TDesc> _kind;

    private Primitive(TDesc desc, PrimitiveKind<TDesc> kind)
        : base(kind.Name, kind.Arguments(desc), kind.Describe(desc))
    {
        _desc = desc;
        _kind = kind;
    }

    /// <summary>Validates the descriptor and takes or makes its plan.</summary>
    public static Primitive<TDesc> Create(TDesc desc, PrimitiveKind<TDesc> kind)
    {
        kind.Validate(desc);
        Primitive<TDesc> primitive = new(desc, kind);
        primitive.ResolveNow();
        return primitive;
    }

    /// <inheritdoc/>
    protected override PlanLease Resolve(PlanContext context)
    {
        long start = Stopwatch.GetTimestamp();
        PlanLease lease = PlanCache.Shared.Get(_desc, context, _kind.Table(), out bool cached);
        if (PlanSettings.Verbose > 1)
        {
            double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            VerboseLine.Write(
                cached ? "create:cache_hit" : "create:cache_miss", _kind.Name, lease.Plan.Implementation, _kind.Describe(_desc), milliseconds);
        }

        return lease;
    }
}
