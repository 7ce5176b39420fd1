using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// From an address to what the pool knows of its slice: a mark (<see cref="SizeClasses"/>: size of the blocks, start of a large block, no
/// block, or 0: not the pool's) and a span. Two levels: a leaf covers 4 GiB. Machine code reads it (<c>PoolThunks</c>).
/// </summary>
/// <remarks>
/// Layout: [a leaf of zeros][root: 65,536 distances from the zero leaf to a leaf, 0 where there is none]. A leaf is [65,536 marks]
/// [65,536 spans]. Nearly all of it is address space that is never touched.
/// </remarks>
internal static unsafe class PageMap
{
    private const int LeafShift = 32, LeafEntries = 1 << (LeafShift - PoolTuning.SliceShift), RootEntries = 1 << 16;
    private const long LeafBytes = LeafEntries * (1L + 8);

    /// <summary>The zero leaf, behind which the root stands; null where the system refused even address space.</summary>
    public static readonly byte* Base = (byte*)NativeMemoryPages.TryMapSparse(LeafBytes + RootEntries * sizeof(nint));

    private static nint* Root => (nint*)(Base + LeafBytes);

    /// <summary>What starts or lies at an address.</summary>
    public static int Mark(void* at) => (nuint)at >> 48 != 0 ? 0 : *(Leaf(at) + Index(at));

    /// <summary>The span at an address: at any slice of a span of small blocks, at the first and last of another.</summary>
    public static Span* SpanAt(void* at) => (nuint)at >> 48 != 0 ? null : *SpanSlot(at);

    /// <summary>Marks one slice.</summary>
    public static void SetMark(nint at, int mark) => *(Leaf((void*)at) + Index((void*)at)) = (byte)mark;

    /// <summary>Lets the first and the last slice of a span lead to it.</summary>
    public static void SetEnds(Span* span)
    {
        *SpanSlot((void*)span->Start) = span;
        *SpanSlot((void*)(span->Start + (long)(span->Slices - 1) * PoolTuning.SliceBytes)) = span;
    }

    /// <summary>Sets mark and span of all slices of a span.</summary>
    public static void SetAll(Span* span, int mark)
    {
        for (int i = 0; i < span->Slices; i++)
        {
            nint at = span->Start + (nint)i * PoolTuning.SliceBytes;
            SetMark(at, mark);
            *SpanSlot((void*)at) = span;
        }
    }

    /// <summary>Marks all slices of a stretch, and lets none lead to a span. Their leaves exist.</summary>
    public static void MarkStretch(nint start, int slices, int mark)
    {
        for (int i = 0; i < slices; i++)
        {
            nint at = start + (nint)i * PoolTuning.SliceBytes;
            SetMark(at, mark);
            *SpanSlot((void*)at) = null;
        }
    }

    /// <summary>Makes the leaves of a stretch; false where the system has no memory, or the addresses are beyond the map.</summary>
    public static bool Cover(nint start, long bytes)
    {
        if (Base == null || (ulong)(start + bytes) >> 48 != 0)
        {
            return false;
        }

        for (long leaf = start >> LeafShift; leaf <= (start + bytes - 1) >> LeafShift; leaf++)
        {
            if (Volatile.Read(ref Root[leaf]) == 0)
            {
                void* made = NativeMemoryPages.TryMapSparse(LeafBytes);
                if (made == null)
                {
                    return false;
                }

                if (Interlocked.CompareExchange(ref Root[leaf], (nint)made - (nint)Base, 0) != 0)
                {
                    NativeMemoryPages.Unmap(made, LeafBytes);
                }
            }
        }

        return true;
    }

    private static byte* Leaf(void* at) => Base + Root[(nint)at >> LeafShift];

    private static int Index(void* at) => (int)((nint)at >> PoolTuning.SliceShift) & (LeafEntries - 1);

    private static Span** SpanSlot(void* at) => (Span**)(Leaf(at) + LeafEntries) + Index(at);
}
