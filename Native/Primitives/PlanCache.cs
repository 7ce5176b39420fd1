using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Primitives;

/// <summary>What the plan cache has done and holds. Identical to the C ABI's <c>fdnn_plan_cache_statistics</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PlanCacheStatistics
{
    /// <summary>Requests answered with a cached plan.</summary>
    public long Hits;

    /// <summary>Requests for which a plan had to be made.</summary>
    public long Misses;

    /// <summary>Plans the cache let go to stay within its limits.</summary>
    public long Evictions;

    /// <summary>Plans in the cache.</summary>
    public long CachedPlans;

    /// <summary>Plans alive: in the cache, or held by a primitive only.</summary>
    public long LivePlans;

    /// <summary>Bytes of generated code of all plans in the cache.</summary>
    public long CachedCodeBytes;

    /// <summary>Bytes of generated code of all plans alive.</summary>
    public long LiveCodeBytes;

    /// <summary>Most plans in the cache.</summary>
    public long LimitPlans;

    /// <summary>Most bytes of generated code in the cache.</summary>
    public long LimitCodeBytes;
}

/// <summary>
/// Plans by descriptor and context, least recently asked for evicted first. An evicted plan lives on while a primitive holds it.
/// Safe to use from many threads; a plan is made outside the lock, so that two threads may make the same one and one is dropped.
/// </summary>
/// <remarks>cached plans ≤ limit of plans, and their code ≤ limit of bytes, whenever the lock is free.</remarks>
internal sealed class PlanCache(long limitPlans, long limitCodeBytes)
{
    /// <summary>Most plans unless <c>FUGAKUDNN_PLAN_CACHE</c> says otherwise.</summary>
    public const int DefaultPlans = 1024;

    /// <summary>Most bytes of generated code in the cache, unless set by the API.</summary>
    public const long DefaultCodeBytes = 64L << 20;

    private static PlanCache? s_shared;

    private readonly Lock _lock = new();
    private readonly Dictionary<PlanKey, LinkedListNode<PlanLease>> _plans = [];
    private readonly LinkedList<PlanLease> _recentFirst = new();
    private readonly PlanCounters _alive = new();

    private long _limitPlans = limitPlans, _limitCodeBytes = limitCodeBytes;
    private long _hits, _misses, _evictions, _cachedPlans, _cachedCodeBytes;

    /// <summary>The cache of the process.</summary>
    /// <exception cref="Platform.FdnnException"><c>FUGAKUDNN_PLAN_CACHE</c> is not a number of plans.</exception>
    public static PlanCache Shared => Volatile.Read(ref s_shared) ?? CreateShared();

    /// <summary>Counters and limits; takes no lock, so the numbers may be of slightly different moments.</summary>
    public PlanCacheStatistics Statistics => new()
    {
        Hits = Interlocked.Read(ref _hits),
        Misses = Interlocked.Read(ref _misses),
        Evictions = Interlocked.Read(ref _evictions),
        CachedPlans = Interlocked.Read(ref _cachedPlans),
        LivePlans = _alive.Plans,
        CachedCodeBytes = Interlocked.Read(ref _cachedCodeBytes),
        LiveCodeBytes = _alive.CodeBytes,
        LimitPlans = Interlocked.Read(ref _limitPlans),
        LimitCodeBytes = Interlocked.Read(ref _limitCodeBytes),
    };

    /// <summary>Hands out the plan for a valid descriptor; the caller releases it.</summary>
    public PlanLease Get<TDesc>(TDesc desc, PlanContext context, DispatchTable<TDesc> table, out bool cached)
        where TDesc : struct
    {
        cached = true;
        PlanKey key = new PlanKey<TDesc>(desc, context);
        lock (_lock)
        {
            if (Find(key) is { } found)
            {
                _hits++;
                return found;
            }

            _misses++;
            cached = false;
        }

        PlanLease made = new(table.Create(desc, context), _alive);
        _alive.Began(made.Plan);
        return Add(key, made);
    }

    /// <summary>Forgets every plan; those that primitives hold live on.</summary>
    public void Clear() => Free(Shrink(0, 0));

    /// <summary>Changes the limits and evicts what no longer fits.</summary>
    public void SetLimits(long plans, long codeBytes)
    {
        Check.Range(plans, 0, int.MaxValue, "plan_cache", "plans");
        Check.Range(codeBytes, 0, Check.MaxBytes, "plan_cache", "code_bytes");
        lock (_lock)
        {
            _limitPlans = plans;
            _limitCodeBytes = codeBytes;
        }

        Free(Shrink(plans, codeBytes));
    }

    private static PlanCache CreateShared()
    {
        PlanCache created = new(Platform.Settings.Current.PlanCache ?? DefaultPlans, DefaultCodeBytes);
        return Interlocked.CompareExchange(ref s_shared, created, null) ?? created;
    }

    private PlanLease Add(PlanKey key, PlanLease made)
    {
        PlanLease? other;
        List<PlanLease>? evicted = null;
        lock (_lock)
        {
            other = Find(key);
            if (other is null && _limitPlans > 0 && made.Plan.CodeBytes <= _limitCodeBytes)
            {
                evicted = Shrink(_limitPlans - 1, _limitCodeBytes - made.Plan.CodeBytes);
                made.Key = key;
                made.Hold();
                _plans.Add(key, _recentFirst.AddFirst(made));
                _cachedPlans++;
                _cachedCodeBytes += made.Plan.CodeBytes;
            }
        }

        Free(evicted);
        if (other is null)
        {
            return made;
        }

        made.Release();
        return other;
    }

    /// <summary>The cached plan, held for the caller and now the most recent. Under the lock.</summary>
    private PlanLease? Find(PlanKey key)
    {
        if (!_plans.TryGetValue(key, out var node))
        {
            return null;
        }

        _recentFirst.Remove(node);
        _recentFirst.AddFirst(node);
        node.Value.Hold();
        return node.Value;
    }

    /// <summary>Takes the least recent plans out of the cache until it is within the limits; the caller frees them outside the lock.</summary>
    private List<PlanLease>? Shrink(long plans, long codeBytes)
    {
        List<PlanLease>? evicted = null;
        lock (_lock)
        {
            while ((_cachedPlans > plans || _cachedCodeBytes > codeBytes) && _recentFirst.Last is { } oldest)
            {
                PlanLease lease = oldest.Value;
                _recentFirst.RemoveLast();
                _plans.Remove(lease.Key!);
                _cachedPlans--;
                _cachedCodeBytes -= lease.Plan.CodeBytes;
                _evictions++;
                (evicted ??= []).Add(lease);
            }
        }

        return evicted;
    }

    private static void Free(List<PlanLease>? evicted)
    {
        foreach (var lease in evicted ?? [])
        {
            lease.Release();
        }
    }
}
