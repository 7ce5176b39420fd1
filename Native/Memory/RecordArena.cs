using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Memory;

/// <summary>Unmanaged memory for the pool's own records: cut from pages that are never given back; ended records are used again.</summary>
internal static unsafe class RecordArena
{
    private const long ChunkBytes = 256 << 10;

    private static PoolLock s_lock;
    private static byte* s_next, s_end;
    private static Span* s_freeSpans;
    private static long s_bytes;

    /// <summary>Bytes taken from the system.</summary>
    public static long Bytes => Volatile.Read(ref s_bytes);

    /// <summary>A zeroed span record, or null where the system has no more memory.</summary>
    public static Span* NewSpan()
    {
        s_lock.Enter();
        Span* span = s_freeSpans;
        if (span != null)
        {
            s_freeSpans = span->Next;
            s_lock.Leave();
            *span = default;
            return span;
        }

        s_lock.Leave();
        return (Span*)New(sizeof(Span), 64);
    }

    /// <summary>Takes a span record back; null is nothing.</summary>
    public static void Free(Span* span)
    {
        if (span == null)
        {
            return;
        }

        span->State = SpanState.None;
        s_lock.Enter();
        span->Next = s_freeSpans;
        s_freeSpans = span;
        s_lock.Leave();
    }

    /// <summary>Zeroed memory for a record that stays, or null.</summary>
    public static void* New(long bytes, long alignment)
    {
        if (bytes > ChunkBytes / 4)
        {
            return Map(bytes);
        }

        while (true)
        {
            s_lock.Enter();
            byte* at = (byte*)(((nint)s_next + alignment - 1) & -alignment);
            if (s_next != null && at + bytes <= s_end)
            {
                s_next = at + bytes;
                s_lock.Leave();
                return at;
            }

            s_lock.Leave();
            byte* chunk = (byte*)Map(ChunkBytes);
            if (chunk == null)
            {
                return null;
            }

            // Two threads may both have brought a chunk: the rest of one is lost, which is little and rare.
            s_lock.Enter();
            s_next = chunk;
            s_end = chunk + ChunkBytes;
            s_lock.Leave();
        }
    }

    private static void* Map(long bytes)
    {
        void* at = NativeMemoryPages.TryMap(bytes);
        if (at != null)
        {
            _ = Interlocked.Add(ref s_bytes, bytes);
        }

        return at;
    }
}
