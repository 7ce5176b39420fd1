namespace FugakuDnn.Native.Memory;

/// <summary>Free spans that still have pages, from the longest idle to the latest. The page heap's lock guards it.</summary>
internal static unsafe class IdleSpans
{
    private static Span* s_oldest, s_newest;

    /// <summary>The span that has been idle longest, or null.</summary>
    public static Span* Oldest => s_oldest;

    /// <summary>Slices with pages.</summary>
    public static long Slices { get; private set; }

    /// <summary>Adds a span, if it has pages.</summary>
    public static void Add(Span* span)
    {
        if (span->DirtySlices == 0)
        {
            return;
        }

        Slices += span->DirtySlices;
        span->Newer = null;
        span->Older = s_newest;
        if (s_newest != null)
        {
            s_newest->Newer = span;
        }
        else
        {
            s_oldest = span;
        }

        s_newest = span;
    }

    /// <summary>Takes a span out, if it is in.</summary>
    public static void Remove(Span* span)
    {
        if (span->DirtySlices == 0)
        {
            return;
        }

        Slices -= span->DirtySlices;
        if (span->Older != null)
        {
            span->Older->Newer = span->Newer;
        }
        else
        {
            s_oldest = span->Newer;
        }

        if (span->Newer != null)
        {
            span->Newer->Older = span->Older;
        }
        else
        {
            s_newest = span->Older;
        }

        span->Older = span->Newer = null;
    }
}
