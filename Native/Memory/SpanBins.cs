using System.Numerics;

namespace FugakuDnn.Native.Memory;

/// <summary>Looks at a span.</summary>
internal unsafe delegate void SpanVisitor(Span* span);

/// <summary>
/// Free spans by the length of what has pages: a bin for each length up to 64 slices, then eight an octave. Of those that fit it finds the first
/// or last by address. Spans that reach into untouched memory are in a list besides: they are asked last. The page heap's lock guards it.
/// </summary>
internal static unsafe class SpanBins
{
    private const int ExactBins = 64, ExactShift = 6, Bins = ExactBins + (31 - ExactShift) * 8, Words = (Bins + 63) / 64;

    // Of a heap in more pieces than this, only the best fitting ones are compared by address.
    private const int MostSeen = 64;

    private static readonly SpanList* Lists = (SpanList*)RecordArena.New(Bins * sizeof(SpanList) + Words * sizeof(ulong), 64);
    private static readonly ulong* Filled = (ulong*)(Lists + Bins);

    private static Span* s_untouched;

    /// <summary>Adds a span.</summary>
    public static void Add(Span* span)
    {
        if (span->DirtySlices < span->Slices)
        {
            AddUntouched(span);
        }

        if (span->DirtySlices == 0)
        {
            return;
        }

        int bin = Of(span->DirtySlices);
        Lists[bin].Add(span);
        Filled[bin / 64] |= 1UL << (bin % 64);
    }

    /// <summary>Takes a span out.</summary>
    public static void Remove(Span* span)
    {
        if (span->DirtySlices < span->Slices)
        {
            RemoveUntouched(span);
        }

        if (span->DirtySlices == 0)
        {
            return;
        }

        int bin = Of(span->DirtySlices);
        Lists[bin].Remove(span);
        if (Lists[bin].First == null)
        {
            Filled[bin / 64] &= ~(1UL << (bin % 64));
        }
    }

    /// <summary>A span of at least so many slices, or null; it stays in.</summary>
    /// <param name="slices">Its least length.</param>
    /// <param name="highest">Whether the one at the highest address is wanted, not at the lowest.</param>
    /// <param name="mayTouch">Whether it may reach into untouched memory.</param>
    public static Span* Fit(int slices, bool highest, bool mayTouch)
    {
        Span* touched = FitTouched(slices, highest);
        return touched != null || !mayTouch ? touched : FitUntouched(slices);
    }

    /// <summary>Of the spans of at least so many slices that reach into untouched memory the one with most pages, or null; it stays in.</summary>
    public static Span* FitUntouched(int slices)
    {
        Span* found = null;
        for (Span* span = s_untouched; span != null; span = span->NextUntouched)
        {
            if (span->Slices >= slices && (found == null || span->DirtySlices > found->DirtySlices
                || (span->DirtySlices == found->DirtySlices && span->Start < found->Start)))
            {
                found = span;
            }
        }

        return found;
    }

    /// <summary>Any span, or null; it stays in.</summary>
    public static Span* Any()
    {
        int bin = FilledFrom(0);
        return bin < Bins ? Lists[bin].First : s_untouched;
    }

    /// <summary>Calls <paramref name="look"/> for every span, for checks.</summary>
    public static void ForEach(SpanVisitor look)
    {
        for (int bin = 0; bin < Bins; bin++)
        {
            for (Span* span = Lists[bin].First; span != null; span = span->Next)
            {
                look(span);
            }
        }

        for (Span* span = s_untouched; span != null; span = span->NextUntouched)
        {
            if (span->DirtySlices == 0)
            {
                look(span);
            }
        }
    }

    private static Span* FitTouched(int slices, bool highest)
    {
        Span* found = null;
        int seen = 0;
        for (int bin = FilledFrom(Of(slices)); bin < Bins; bin = FilledFrom(bin + 1))
        {
            for (Span* span = Lists[bin].First; span != null; span = span->Next)
            {
                bool fits = span->DirtySlices >= slices;
                if (fits && (found == null || span->Start > found->Start == highest))
                {
                    found = span;
                }

                if (++seen >= MostSeen && found != null)
                {
                    return found;
                }
            }
        }

        return found;
    }

    private static void AddUntouched(Span* span)
    {
        span->PreviousUntouched = null;
        span->NextUntouched = s_untouched;
        if (s_untouched != null)
        {
            s_untouched->PreviousUntouched = span;
        }

        s_untouched = span;
    }

    private static void RemoveUntouched(Span* span)
    {
        if (span->PreviousUntouched != null)
        {
            span->PreviousUntouched->NextUntouched = span->NextUntouched;
        }
        else
        {
            s_untouched = span->NextUntouched;
        }

        if (span->NextUntouched != null)
        {
            span->NextUntouched->PreviousUntouched = span->PreviousUntouched;
        }
    }

    private static int Of(int slices)
    {
        if (slices <= ExactBins)
        {
            return slices - 1;
        }

        int octave = BitOperations.Log2((uint)slices);
        return ExactBins + (octave - ExactShift) * 8 + (slices >> (octave - 3) & 7);
    }

    private static int FilledFrom(int bin)
    {
        for (int word = bin / 64; word < Words; word++)
        {
            ulong filled = word == bin / 64 ? Filled[word] & ~0UL << (bin % 64) : Filled[word];
            if (filled != 0)
            {
                return word * 64 + BitOperations.TrailingZeroCount(filled);
            }
        }

        return Bins;
    }
}
