namespace FugakuDnn.Native.Memory;

/// <summary>Spans that are not in use and have pages, from the longest idle to the latest. The page heap's lock guards it.</summary>
internal unsafe struct SpansByAge
{
    private Span* _newest;

    /// <summary>The span that has been idle longest, or null.</summary>
    public Span* Oldest { get; private set; }

    /// <summary>Slices with pages.</summary>
    public long Slices { get; private set; }

    /// <summary>Adds a span, if it has pages.</summary>
    public void Add(Span* span)
    {
        if (span->DirtySlices == 0)
        {
            return;
        }

        Slices += span->DirtySlices;
        span->Newer = null;
        span->Older = _newest;
        if (_newest != null)
        {
            _newest->Newer = span;
        }
        else
        {
            Oldest = span;
        }

        _newest = span;
    }

    /// <summary>Takes a span out, if it is in.</summary>
    public void Remove(Span* span)
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
            Oldest = span->Newer;
        }

        if (span->Newer != null)
        {
            span->Newer->Older = span->Older;
        }
        else
        {
            _newest = span->Older;
        }

        span->Older = span->Newer = null;
    }
}
