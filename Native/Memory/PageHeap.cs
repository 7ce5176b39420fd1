using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// The pool's slices: which are in use, which are free, and which of the free ones still have pages. One lock guards it, and is never
/// held while the system is called: a span on its way back to the system is nobody's meanwhile.
/// </summary>
/// <remarks>slices in use + slices of warm and free spans (<see cref="IdleSpans"/>) + leaving slices == mapped slices</remarks>
internal static unsafe class PageHeap
{
    /// <summary>How often fresh memory is asked for that other threads then use.</summary>
    private const int MostAttempts = 100;

    private static PoolLock s_lock;
    private static PoolClock s_clock;
    private static long s_usedSlices, s_mappedSlices, s_peakUsedSlices, s_peakResidentSlices, s_recycledSlices, s_recycledBlocks, s_handedOutSlices;
    private static long s_maxIdleBytes = PoolSettings.MaxIdleBytes;

    /// <summary>Bytes in use, in whole slices.</summary>
    public static long UsedBytes => Volatile.Read(ref s_usedSlices) * PoolTuning.SliceBytes;

    /// <summary>Bytes of address space.</summary>
    public static long MappedBytes => Volatile.Read(ref s_mappedSlices) * PoolTuning.SliceBytes;

    /// <summary>Bytes free but with pages.</summary>
    public static long IdleBytes => IdleSpans.Slices * PoolTuning.SliceBytes;

    /// <summary>Most bytes in use at once.</summary>
    public static long PeakUsedBytes => Volatile.Read(ref s_peakUsedSlices) * PoolTuning.SliceBytes;

    /// <summary>Most bytes with pages at once, in use or idle.</summary>
    public static long PeakResidentBytes => Volatile.Read(ref s_peakResidentSlices) * PoolTuning.SliceBytes;

    /// <summary>Bytes handed out that had their pages already: first touches saved.</summary>
    public static long RecycledBytes => Volatile.Read(ref s_recycledSlices) * PoolTuning.SliceBytes;

    /// <summary>Large blocks handed out that had at least half of their pages already.</summary>
    public static long RecycledBlocks => Volatile.Read(ref s_recycledBlocks);

    /// <summary>Most bytes that stay idle.</summary>
    public static long MaxIdleBytes
    {
        get => Volatile.Read(ref s_maxIdleBytes);
        set
        {
            Volatile.Write(ref s_maxIdleBytes, value);
            KeepWithinLimit();
        }
    }

    /// <summary>
    /// A span of so many slices, its start a multiple of <paramref name="alignment"/> slices; null where the system has no more memory, even
    /// after all idle memory was given back. Its <see cref="Span.State"/> is <paramref name="state"/>; marks are the caller's to set.
    /// </summary>
    public static Span* Allocate(int slices, SpanState state, int alignment = 1)
    {
        LookAtClock();
        int wanted = alignment == 1 ? slices : slices + alignment - 1;
        bool limited = ControlGroupMemory.Limit != long.MaxValue;
        Span* span = Take(wanted, slices, state, alignment, mayTouch: !limited);
        if (span != null || (limited && !MakeRoom((long)slices * PoolTuning.SliceBytes)))
        {
            return span;
        }

        span = limited ? Take(wanted, slices, state, alignment, mayTouch: true) : null;
        return span != null ? span : TakeFresh(wanted, slices, state, alignment);
    }

    /// <summary>Takes a span back. Its slices are marked as without a block.</summary>
    public static void Free(Span* span)
    {
        s_lock.Enter();
        s_usedSlices -= span->Slices;
        span->DirtySlices = span->Slices;
        span->FreedAt = s_clock.Now;
        span->FreedAfter = s_handedOutSlices;
        span->Centre = 2 * (span->Start >> PoolTuning.SliceShift) + span->Slices;
        IdleSpans.Keep(span, PeakUsedBytes);
        bool tooMuch = IdleBytes > s_maxIdleBytes;
        s_lock.Leave();
        if (tooMuch)
        {
            KeepWithinLimit();
        }

        LookAtClock();
    }

    /// <summary>Adds address space, untouched, whose leaves exist and whose slices are marked as without a block.</summary>
    public static bool Add(nint start, int slices)
    {
        Span* span = RecordArena.NewSpan();
        if (span == null)
        {
            return false;
        }

        span->Start = start;
        span->Slices = slices;
        s_lock.Enter();
        s_mappedSlices += slices;
        IdleSpans.Insert(span);
        s_lock.Leave();
        return true;
    }

    /// <summary>Gives all free slices back to the system, address space too; returns the bytes that had pages.</summary>
    public static long Trim()
    {
        long released = 0;
        while (true)
        {
            s_lock.Enter();
            Span* span = IdleSpans.TakeAny();
            if (span == null)
            {
                s_lock.Leave();
                return released;
            }

            span->State = SpanState.Leaving;
            s_mappedSlices -= span->Slices;
            s_lock.Leave();
            released += (long)span->DirtySlices * PoolTuning.SliceBytes;
            Chunks.Return(span->Start, span->Slices);
            RecordArena.Free(span);
        }
    }

    /// <summary>Gives pages of the longest idle spans back until <paramref name="bytes"/> are left idle.</summary>
    public static void ReduceIdle(long bytes)
    {
        while (true)
        {
            long tooMany = IdleSpans.Slices - bytes / PoolTuning.SliceBytes;
            if (tooMany <= 0 || !EmptyOldest(long.MaxValue, tooMany))
            {
                return;
            }
        }
    }

    /// <summary>What the class remarks claim, found broken: for tests. Other threads wait meanwhile.</summary>
    public static IReadOnlyList<string> BrokenInvariants()
    {
        List<string> broken = [];
        s_lock.Enter();
        long idle = 0, all = 0, warm = 0;
        IdleSpans.ForEach(span =>
        {
            bool isWarm = span->State == SpanState.Warm;
            all += span->Slices;
            warm += isWarm ? span->Slices : 0;
            idle += span->DirtySlices;
            nint end = span->Start + (nint)span->Slices * PoolTuning.SliceBytes;
            Check(span, isWarm || span->State == SpanState.Free, "is idle and neither warm nor free");
            Check(span, PageMap.SpanAt((void*)span->Start) == span && PageMap.SpanAt((void*)(end - 1)) == span, "is not at its ends");
            Check(span, PageMap.Mark((void*)span->Start) == SizeClasses.NoBlock, "is idle and marked as in use");
            Span* after = PageMap.SpanAt((void*)end);
            Check(span, isWarm || after == null || after->State != SpanState.Free || !IdleSpans.MayJoin(span, after), "has a free neighbour");
        });
        Equal(idle, IdleSpans.Slices, "idle slices");
        Equal(warm, WarmSpans.Slices, "warm slices");
        Equal(all + s_usedSlices, s_mappedSlices, "idle and used slices");
        s_lock.Leave();
        return broken;

        void Check(Span* span, bool holds, string what)
        {
            if (!holds)
            {
                broken.Add($"span 0x{span->Start:x} of {span->Slices} slices {what}");
            }
        }

        void Equal(long counted, long kept, string what)
        {
            if (counted != kept)
            {
                broken.Add($"{what}: counted {counted}, kept {kept}");
            }
        }
    }

    private static Span* TakeFresh(int wanted, int slices, SpanState state, int alignment)
    {
        Span* span = null;
        bool trimmed = false;
        for (int attempt = 0; span == null && attempt < MostAttempts; attempt++)
        {
            if (Chunks.Grow(wanted))
            {
                // Null where another thread was quicker to use what came, or to give it back.
                span = Take(wanted, slices, state, alignment, mayTouch: true);
            }
            else if (!trimmed)
            {
                // Idle memory counts against RLIMIT_AS like any other. Where none is left, another thread may just be giving it back.
                _ = Trim();
                trimmed = true;
            }
            else
            {
                break;
            }
        }

        return span;
    }

    // An eighth below the limit, so that from then on not every free calls the system.
    private static void KeepWithinLimit()
    {
        long limit = Volatile.Read(ref s_maxIdleBytes);
        if (IdleBytes > limit)
        {
            ReduceIdle(limit - limit / 8);
        }
    }

    /// <summary>Now and then: what has been idle for long goes back.</summary>
    private static void LookAtClock()
    {
        if (!s_clock.Tick())
        {
            return;
        }

        long before = s_clock.Now - PoolTuning.DecayMilliseconds;
        while (EmptyOldest(before, long.MaxValue))
        {
        }
    }

    /// <summary>Gives the last pages of a span that was freed before <paramref name="before"/> back, up to so many slices, of the longest idle first.</summary>
    private static bool EmptyOldest(long before, long mostSlices)
    {
        s_lock.Enter();
        Span* span = IdleSpans.TakeOldest(before);
        if (span == null)
        {
            s_lock.Leave();
            return false;
        }

        span->State = SpanState.Leaving;
        s_lock.Leave();
        int kept = (int)Math.Max(span->DirtySlices - mostSlices, 0);
        long keptBytes = (long)kept * PoolTuning.SliceBytes;
        NativeMemoryPages.Empty((void*)(span->Start + keptBytes), (long)span->DirtySlices * PoolTuning.SliceBytes - keptBytes);
        s_lock.Enter();
        span->DirtySlices = kept;
        IdleSpans.Insert(span);
        s_lock.Leave();
        return true;
    }

    /// <summary>Whether a control group lets so many fresh bytes be touched, if need be after idle memory was given back.</summary>
    private static bool MakeRoom(long bytes)
    {
        if (!ControlGroupMemory.HasRoom(bytes))
        {
            ReduceIdle(0);
        }

        return ControlGroupMemory.HasRoom(bytes);
    }

    private static Span* Take(int wanted, int slices, SpanState state, int alignment, bool mayTouch)
    {
        Span* span = state == SpanState.Large && alignment == 1 ? TakeWarm(slices) : null;
        if (span != null)
        {
            return span;
        }

        // Records for what is cut off: making them may need the system, so they are there before the lock is taken.
        Span* first = RecordArena.NewSpan(), last = RecordArena.NewSpan();
        s_lock.Enter();
        bool high = IsHigh(slices, state);
        bool mayGrow = mayTouch && Growth(wanted) <= WarmSpans.GrowthBytes;
        span = first != null && last != null ? IdleSpans.Take(wanted, high, mayGrow, mayTouch) : null;
        if (span != null)
        {
            int ahead = Ahead(span, slices, state, high, alignment);
            CutOff(span, ahead, slices, ref first, ref last);
            PageMap.SetEnds(span);
            Use(span, state);
        }

        s_lock.Leave();
        RecordArena.Free(first);
        RecordArena.Free(last);
        return span;
    }

    /// <summary>A span that is just right as it is: most tensors of a loop find one.</summary>
    private static Span* TakeWarm(int slices)
    {
        s_lock.Enter();
        Span* span = WarmSpans.Take(slices);
        if (span != null)
        {
            Use(span, SpanState.Large);
        }

        s_lock.Leave();
        return span;
    }

    private static void Use(Span* span, SpanState state)
    {
        span->State = state;
        s_usedSlices += span->Slices;
        s_handedOutSlices += span->Slices;
        s_recycledSlices += span->DirtySlices;
        s_recycledBlocks += state == SpanState.Large && 2 * span->DirtySlices >= span->Slices ? 1 : 0;
        s_peakUsedSlices = Math.Max(s_peakUsedSlices, s_usedSlices);
        s_peakResidentSlices = Math.Max(s_peakResidentSlices, s_usedSlices + IdleSpans.Slices);
    }

    /// <summary>By how many bytes memory with pages will exceed the most that was ever in use, if so many slices more get theirs.</summary>
    private static long Growth(int slices) =>
        (s_usedSlices + IdleSpans.Slices + slices - Math.Max(s_peakUsedSlices, s_usedSlices + slices)) * PoolTuning.SliceBytes;

    /// <summary>
    /// Whether so many slices are cut off high addresses: tensors that are not the largest, while lengths come again. Were they anywhere among the
    /// largest, these would find no room though enough is free. What small blocks are cut from stays for long, and lies low.
    /// </summary>
    private static bool IsHigh(int slices, SpanState state) => state == SpanState.Large && slices <= PoolTuning.HighSlices && WarmSpans.AreFound;

    /// <summary>
    /// Slices of a span before those that are cut out of it. Where a block lay there not long ago, a tensor is put about its middle: parts of it
    /// that threads write then lie least far from the parts of the other one, which are in their caches (see <see cref="WarmSpans"/>).
    /// </summary>
    private static int Ahead(Span* span, int slices, SpanState state, bool high, int alignment)
    {
        long first = span->Start >> PoolTuning.SliceShift, room = span->DirtySlices - slices;
        if (state == SpanState.Large && alignment == 1 && room > 0 && s_handedOutSlices - span->FreedAfter < PoolTuning.CachedSlices)
        {
            return (int)Math.Clamp((span->Centre - slices) / 2 - first, 0, room);
        }

        return high && room >= alignment - 1
            ? (int)(((first + room) & -alignment) - first)
            : (int)(-first & (alignment - 1));
    }

    /// <summary>Leaves some slices from <paramref name="ahead"/> on in the span, and frees the others under the two records, as far as needed.</summary>
    private static void CutOff(Span* span, int ahead, int slices, ref Span* first, ref Span* last)
    {
        int behind = span->Slices - ahead - slices, dirty = span->DirtySlices;
        nint start = span->Start;
        span->Start = start + (nint)ahead * PoolTuning.SliceBytes;
        span->Slices = slices;
        span->DirtySlices = Math.Clamp(dirty - ahead, 0, slices);
        PageMap.SetEnds(span);
        Restore(ref first, start, ahead, Math.Min(dirty, ahead), span);
        Restore(ref last, span->Start + (nint)slices * PoolTuning.SliceBytes, behind, Math.Max(dirty - ahead - slices, 0), span);
    }

    private static void Restore(ref Span* part, nint start, int slices, int dirty, Span* whole)
    {
        if (slices > 0)
        {
            part->Start = start;
            part->Slices = slices;
            part->DirtySlices = dirty;
            part->FreedAt = whole->FreedAt;
            part->FreedAfter = whole->FreedAfter;
            part->Centre = whole->Centre;
            IdleSpans.Insert(part);
            part = null;
        }
    }
}
