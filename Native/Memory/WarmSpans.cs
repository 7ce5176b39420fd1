using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// The large blocks freed last, whole, for the next ones of exactly their lengths. The page heap's lock guards it.
/// </summary>
/// <remarks>
/// Frameworks cut a tensor into one part for each thread. In a block of another length the parts lie elsewhere, so that threads write lines
/// which lie changed in each other's caches; where these share no last level (the memory groups of an A64FX, the core complexes of an EPYC),
/// such a line takes as long as one from memory. ResNet-50 replayed at the addresses of the best fit alone took an eighth longer on two cores
/// of two complexes than where every length had its own places.
/// </remarks>
internal static unsafe class WarmSpans
{
    private const int Lengths = 64;

    // Spans whose lengths differ by a multiple of this share a list.
    private static readonly SpanList* Lists = (SpanList*)RecordArena.New(Lengths * sizeof(SpanList), 64);

    // Spans that the share of successes is a mean over, and the share's unit.
    private const int Remembered = 64, Always = 1 << 20;

    private static SpansByAge s_byAge;

    // The share of the spans that were found again, as a moving mean.
    private static int s_found = Always;

    /// <summary>The span freed longest ago, or null.</summary>
    public static Span* Oldest => s_byAge.Oldest;

    /// <summary>Slices in them.</summary>
    public static long Slices => s_byAge.Slices;

    /// <summary>Whether at least one in four of the last ones was found again.</summary>
    public static bool AreFound => s_found >= Always / 4;

    /// <summary>Most bytes in them: fewer, the fewer of the last ones were found again, as where shapes change all the time.</summary>
    /// <param name="peak">Most bytes that were in use at once.</param>
    public static long MostBytes(long peak) =>
        Math.Max(PoolTuning.LeastWarmBytes, Share(Math.Clamp(peak / 4, 2 * PoolTuning.LeastWarmBytes, PoolTuning.MostWarmBytes)));

    /// <summary>So many bytes more than were ever in use at once may be touched rather than one of these cut.</summary>
    public static long GrowthBytes => Share(PoolTuning.WarmGrowthBytes);

    /// <summary>Whether a freed span is for here: a large block, and not so large that little else would be.</summary>
    /// <param name="span">The span.</param>
    /// <param name="peak">Most bytes that were in use at once.</param>
    public static bool Accepts(Span* span, long peak) => span->State == SpanState.Large
        && (long)span->Slices * PoolTuning.SliceBytes <= Math.Min(MostBytes(peak), PoolTuning.MostWarmBytes / 2);

    /// <summary>Adds a span. All of it may have pages.</summary>
    public static void Add(Span* span)
    {
        span->State = SpanState.Warm;
        Lists[span->Slices % Lengths].Add(span);
        s_byAge.Add(span);
    }

    /// <summary>Takes out the oldest span, of which there is one: it was kept in vain.</summary>
    public static Span* TakeOldest()
    {
        Span* span = Oldest;
        Remove(span);
        s_found -= s_found / Remembered;
        return span;
    }

    /// <summary>Takes out the span with exactly so many slices that was freed last, of which most may be in a cache; null if there is none.</summary>
    public static Span* Take(int slices)
    {
        Span* span = Lists[slices % Lengths].First;
        while (span != null && span->Slices != slices)
        {
            span = span->Next;
        }

        if (span != null)
        {
            Remove(span);
            s_found += (Always - s_found) / Remembered;
        }

        return span;
    }

    /// <summary>Calls <paramref name="look"/> for every span, for checks.</summary>
    public static void ForEach(SpanVisitor look)
    {
        for (Span* span = s_byAge.Oldest; span != null; span = span->Newer)
        {
            look(span);
        }
    }

    // All where every second span is found again.
    private static long Share(long bytes) => bytes * Math.Min(2L * s_found, Always) / Always;

    private static void Remove(Span* span)
    {
        Lists[span->Slices % Lengths].Remove(span);
        s_byAge.Remove(span);
    }
}
