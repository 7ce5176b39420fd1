using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// Spans that are not in use: the warm ones (<see cref="WarmSpans"/>), and the free ones, which are joined with their neighbours
/// (<see cref="SpanBins"/>). The page heap's lock guards it.
/// </summary>
internal static unsafe class IdleSpans
{
    private static SpansByAge s_free;

    /// <summary>Slices with pages.</summary>
    public static long Slices => s_free.Slices + WarmSpans.Slices;

    /// <summary>The span with pages that has been idle longest, or null.</summary>
    public static Span* Oldest
    {
        get
        {
            Span* warm = WarmSpans.Oldest, free = s_free.Oldest;
            return warm != null && (free == null || warm->FreedAt < free->FreedAt) ? warm : free;
        }
    }

    /// <summary>
    /// Takes a free span out that is as long at least. Where no more memory may be touched, warm ones are joined into longer ones, from the
    /// oldest on.
    /// </summary>
    /// <param name="slices">Its least length.</param>
    /// <param name="highest">Whether the one at the highest address is wanted, not at the lowest.</param>
    /// <param name="mayGrow">Whether memory that has no pages may be preferred to joining warm ones.</param>
    /// <param name="mayTouch">Whether it may reach into memory that has no pages.</param>
    public static Span* Take(int slices, bool highest, bool mayGrow, bool mayTouch)
    {
        Span* span = SpanBins.Fit(slices, highest, mayGrow);
        while (span == null && !mayGrow && WarmSpans.Oldest != null)
        {
            JoinOldestWarm();
            span = SpanBins.Fit(slices, highest, mayTouch: false);
        }

        if (span == null && mayTouch && !mayGrow)
        {
            span = SpanBins.FitUntouched(slices);
        }

        if (span != null)
        {
            TakeOut(span);
        }

        return span;
    }

    /// <summary>Any span, or null; none is warm any more.</summary>
    public static Span* TakeAny()
    {
        while (WarmSpans.Oldest != null)
        {
            JoinOldestWarm();
        }

        Span* span = SpanBins.Any();
        if (span != null)
        {
            TakeOut(span);
        }

        return span;
    }

    /// <summary>Takes out the span with pages that has been idle longest, if it was freed before a time; else null.</summary>
    public static Span* TakeOldest(long before)
    {
        while (Oldest != null && Oldest->State == SpanState.Warm && Oldest->FreedAt < before)
        {
            JoinOldestWarm();
        }

        Span* span = s_free.Oldest;
        while (span != null && span->FreedAt >= before)
        {
            span = span->Newer; // one that was joined with a younger and smaller one stands behind its age
        }

        if (span != null)
        {
            TakeOut(span);
        }

        return span;
    }

    /// <summary>Puts a span in that was just freed.</summary>
    /// <param name="span">The span.</param>
    /// <param name="peak">Most bytes that were in use at once.</param>
    public static void Keep(Span* span, long peak)
    {
        if (!WarmSpans.Accepts(span, peak))
        {
            Insert(span);
            return;
        }

        PageMap.SetEnds(span);
        WarmSpans.Add(span);
        while (WarmSpans.Slices * PoolTuning.SliceBytes > WarmSpans.MostBytes(peak))
        {
            JoinOldestWarm();
        }
    }

    /// <summary>Puts a span among the free ones, joined with free neighbours.</summary>
    public static void Insert(Span* span)
    {
        span->State = SpanState.Free;
        Span* before = PageMap.SpanAt((void*)(span->Start - 1));
        if (before != null && before->State == SpanState.Free && Join(before, span))
        {
            span->Start = before->Start;
            RecordArena.Free(before);
        }

        Span* after = PageMap.SpanAt((void*)(span->Start + (long)span->Slices * PoolTuning.SliceBytes));
        if (after != null && after->State == SpanState.Free && Join(span, after))
        {
            RecordArena.Free(after);
        }

        PageMap.SetEnds(span);
        SpanBins.Add(span);
        s_free.Add(span);

        // Takes the other one out and joins both into the record: lengths, how far pages reach, and since when most of them have been idle. A
        // block that comes and goes does not keep the unused memory beside it.
        bool Join(Span* low, Span* high)
        {
            if (!MayJoin(low, high))
            {
                return false;
            }

            TakeOut(low == span ? high : low);
            long freedAt = low->DirtySlices > high->DirtySlices ? low->FreedAt : high->FreedAt;
            Span* later = low->FreedAfter > high->FreedAfter ? low : high;
            (span->FreedAfter, span->Centre) = (later->FreedAfter, later->Centre);
            span->DirtySlices = low->DirtySlices + high->DirtySlices;
            span->Slices = low->Slices + high->Slices;
            span->FreedAt = freedAt;
            return true;
        }
    }

    /// <summary>
    /// Whether two free neighbours may be one: pages lie in front, so that their number is known. Else what was given back would be taken for
    /// memory whose touch costs nothing, and counts against no limit.
    /// </summary>
    public static bool MayJoin(Span* low, Span* high) => low->DirtySlices == low->Slices || high->DirtySlices == 0;

    /// <summary>Calls <paramref name="look"/> for every span, for checks.</summary>
    public static void ForEach(SpanVisitor look)
    {
        WarmSpans.ForEach(look);
        SpanBins.ForEach(look);
    }

    private static void JoinOldestWarm() => Insert(WarmSpans.TakeOldest());

    private static void TakeOut(Span* span)
    {
        SpanBins.Remove(span);
        s_free.Remove(span);
        span->State = SpanState.None;
    }
}
