using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// The address space that the page heap deals in. Pieces are wished for one behind the other, so that a large tensor can span several.
/// </summary>
internal static unsafe class Chunks
{
    // Randomised as the system randomises its own mappings.
    private static long s_wish = PoolTuning.FirstAddress + (((nint)PageMap.Base >> 12 & 0xFFFF) * PoolTuning.HugePageBytes * 8);
    private static long s_systemCalls;

    /// <summary>How often the system was asked for address space, or given some back.</summary>
    public static long SystemCalls => Volatile.Read(ref s_systemCalls);

    /// <summary>Takes address space for at least so many slices from the system; false where it refuses.</summary>
    public static bool Grow(int slices)
    {
        long needed = (long)slices * PoolTuning.SliceBytes;
        long usual = Math.Max(RoundUp(needed, PoolTuning.HugePageBytes), PoolTuning.ChunkBytes);
        return Add(usual) || (needed < usual && Add(needed));
    }

    /// <summary>Gives address space back; nothing leads there any more.</summary>
    public static void Return(nint start, int slices)
    {
        PageMap.MarkStretch(start, slices, 0);
        _ = Interlocked.Increment(ref s_systemCalls);
        NativeMemoryPages.Unmap((void*)start, (long)slices * PoolTuning.SliceBytes);
    }

    private static bool Add(long bytes)
    {
        nint start = MapAligned(bytes, PoolTuning.HugePageBytes);
        if (start == 0)
        {
            start = MapAligned(bytes, PoolTuning.SliceBytes);
        }

        if (start == 0)
        {
            return false;
        }

        if (!PageMap.Cover(start, bytes))
        {
            NativeMemoryPages.Unmap((void*)start, bytes);
            return false;
        }

        HugePages.Choose((void*)start, bytes);
        int slices = (int)(bytes / PoolTuning.SliceBytes);
        PageMap.MarkStretch(start, slices, SizeClasses.NoBlock);
        if (!PageHeap.Add(start, slices))
        {
            Return(start, slices);
            return false;
        }

        return true;
    }

    private static nint MapAligned(long bytes, long alignment)
    {
        _ = Interlocked.Increment(ref s_systemCalls);
        long room = RoundUp(bytes, PoolTuning.HugePageBytes);
        long wish = Interlocked.Add(ref s_wish, room) - room;
        nint at = (nint)NativeMemoryPages.TryMap(bytes, (nint)wish);
        if (at == 0)
        {
            _ = Interlocked.Add(ref s_wish, -room); // a size beyond all memory would leave no addresses to wish for
            return 0;
        }

        if (at % alignment == 0)
        {
            return at;
        }

        NativeMemoryPages.Unmap((void*)at, bytes);
        at = (nint)NativeMemoryPages.TryMap(bytes + alignment);
        if (at == 0)
        {
            return 0;
        }

        nint start = (nint)RoundUp(at, alignment);
        UnmapSome(at, start - at);
        UnmapSome((nint)(start + bytes), (nint)(at + alignment) - start);
        return start;
    }

    private static void UnmapSome(nint at, nint bytes)
    {
        if (bytes > 0)
        {
            NativeMemoryPages.Unmap((void*)at, bytes);
        }
    }

    private static long RoundUp(long value, long unit) => (value + unit - 1) / unit * unit;
}
