using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Primitives;

/// <summary>One way to compute a primitive.</summary>
/// <param name="Name">Name that <c>info</c> and <c>verbose</c> print.</param>
/// <param name="Refuse">Null where the implementation supports the problem, otherwise the reason why not.</param>
/// <param name="Create">Makes the plan.</param>
internal sealed record Implementation<TDesc>(
    string Name, Func<TDesc, PlanContext, string?> Refuse, Func<TDesc, PlanContext, Plan> Create)
    where TDesc : struct;

/// <summary>The ways to compute a primitive, best first; the last one supports everything that validates.</summary>
internal sealed class DispatchTable<TDesc>(params Implementation<TDesc>[] implementations)
    where TDesc : struct
{
    /// <summary>Makes the plan of the first implementation that does not refuse.</summary>
    public Plan Create(TDesc desc, PlanContext context)
    {
        foreach (var candidate in implementations)
        {
            if (candidate.Refuse(desc, context) is null && TryCreate(candidate, desc, context) is { } plan)
            {
                return plan;
            }
        }

        throw new FdnnException(Status.Unsupported, $"{typeof(TDesc).Name}: too large for every implementation: {desc}");
    }

    /// <summary>
    /// Null where the shape has more pieces than the implementation can count. Its arithmetic is checked, which says so more surely than a
    /// rule beside it could.
    /// </summary>
    private static Plan? TryCreate(Implementation<TDesc> candidate, TDesc desc, PlanContext context)
    {
        try
        {
            return candidate.Create(desc, context);
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    /// <summary>Every implementation with the reason why it refuses, for diagnosis; null reasons are acceptances.</summary>
    public IEnumerable<(string Name, string? Reason)> Explain(TDesc desc, PlanContext context) =>
        implementations.Select(candidate => (candidate.Name, candidate.Refuse(desc, context)));
}
