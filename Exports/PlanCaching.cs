using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Primitives;

namespace FugakuDnn.Exports;

/// <summary>The plan cache.</summary>
public static unsafe class PlanCaching
{
    /// <summary>Counters and limits of the plan cache.</summary>
    /// <param name="statistics">Gets them.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_plan_cache_stats")]
    public static int Stats([C99Type("fdnn_plan_cache_statistics*")] PlanCacheStatistics* statistics) => Boundary.Call(() =>
    {
        Boundary.Given(statistics, "plan_cache", "statistics", sizeof(long));
        *statistics = PlanCache.Shared.Statistics;
    });

    /// <summary>Forgets all plans; those of existing primitives live on.</summary>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_plan_cache_clear")]
    public static int Clear() => Boundary.Call(PlanCache.Shared.Clear);

    /// <summary>Bounds the plan cache; the least recently used plans beyond it are evicted.</summary>
    /// <param name="plans">Most plans; 0 caches none.</param>
    /// <param name="codeBytes">Most bytes of generated code.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_plan_cache_set_limit")]
    public static int SetLimit(long plans, long codeBytes) => Boundary.Call(() => PlanCache.Shared.SetLimits(plans, codeBytes));
}
