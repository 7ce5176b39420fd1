namespace FugakuDnn.Native.Memory;

/// <summary>
/// Who has which cache. A thread's cache hangs on a pthread key; at the thread's end its blocks go to the central lists and
/// <see cref="Ended"/> takes its place: whatever the thread still frees or allocates, in destructors, bypasses the runtime, which has
/// forgotten the thread (<c>PoolThunks</c>).
/// </summary>
internal static unsafe class ThreadCaches
{
    /// <summary>Set by machine code, in the last word, in the cache of a thread that ended without telling.</summary>
    private const int AbandonedOffset = 4092;

    /// <summary>The cache of threads that have ended: empty, and without room.</summary>
    public static readonly ThreadCache* Ended = (ThreadCache*)RecordArena.New(sizeof(ThreadCache), sizeof(ThreadCache));

    private static nint s_first;

    /// <summary>The calling thread's cache; null if the thread has ended, or no memory is left for a cache.</summary>
    public static ThreadCache* Current
    {
        get
        {
            var cache = (ThreadCache*)PoolThunks.Key.Value;
            return cache == Ended ? null : cache != null ? cache : Register();
        }
    }

    /// <summary>All caches ever made, those of ended threads too.</summary>
    public static ThreadCache* First => (ThreadCache*)Volatile.Read(ref s_first);

    /// <summary>Called on a thread at its end, with the runtime still there.</summary>
    public static void EndOfThread()
    {
        var cache = (ThreadCache*)PoolThunks.Key.Value;
        PoolThunks.Key.Set(Ended);
        if (cache != null && cache != Ended)
        {
            cache->Clear();
            Volatile.Write(ref cache->Taken, 0);
        }
    }

    private static ThreadCache* Register()
    {
        ThreadCache* cache = Unused();
        if (cache == null)
        {
            cache = (ThreadCache*)RecordArena.New(sizeof(ThreadCache), sizeof(ThreadCache));
            if (cache == null)
            {
                return null;
            }

            cache->Taken = 1;
            do
            {
                cache->Next = First;
            }
            while (Interlocked.CompareExchange(ref s_first, (nint)cache, (nint)cache->Next) != (nint)cache->Next);
        }

        PoolThunks.Key.Set(cache);
        return cache;
    }

    /// <summary>Hands the blocks on of threads that ended without telling.</summary>
    public static void ClearAbandoned()
    {
        for (ThreadCache* cache = First; cache != null; cache = cache->Next)
        {
            if (TakeAbandoned(cache))
            {
                Volatile.Write(ref cache->Taken, 0);
            }
        }
    }

    private static ThreadCache* Unused()
    {
        for (ThreadCache* cache = First; cache != null; cache = cache->Next)
        {
            if (Interlocked.CompareExchange(ref cache->Taken, 1, 0) == 0 || TakeAbandoned(cache))
            {
                return cache;
            }
        }

        return null;
    }

    private static bool TakeAbandoned(ThreadCache* cache)
    {
        int* abandoned = (int*)((byte*)cache + AbandonedOffset);
        if (*abandoned == 0 || Interlocked.Exchange(ref *abandoned, 0) == 0)
        {
            return false;
        }

        cache->Clear();
        return true;
    }
}
