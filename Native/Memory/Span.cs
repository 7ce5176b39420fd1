using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Memory;

/// <summary>What a span is for.</summary>
internal enum SpanState
{
    /// <summary>The record stands for no memory.</summary>
    None,

    /// <summary>In the page heap's bins.</summary>
    Free,

    /// <summary>Free, but kept whole for a block of its length: in no bin, not to be joined.</summary>
    Warm,

    /// <summary>On its way back to the system: in no bin, not to be joined.</summary>
    Leaving,

    /// <summary>One block of whole slices, in use.</summary>
    Large,

    /// <summary>Cut into blocks of one size.</summary>
    Small,
}

/// <summary>Neighbouring slices that are used as one. Machine code reads <see cref="BlockBytes"/>: it stays first.</summary>
/// <remarks>small: blocks handed out + <see cref="FreeBlocks"/> in the list + not yet cut == <see cref="Capacity"/></remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Span
{
    /// <summary>Usable bytes of a block in it.</summary>
    public nint BlockBytes;

    /// <summary>Address of the first byte.</summary>
    public nint Start;

    public int Slices;

    /// <summary>Leading slices that may hold data and pages; those behind were never touched since the system gave them, and are zero.</summary>
    public int DirtySlices;

    public SpanState State;

    /// <summary>Small: number of the size.</summary>
    public int Class;

    /// <summary>In a <see cref="SpanList"/>: the ones added before and after it. Next also chains records and spans that are in none.</summary>
    public Span* Next, Previous;

    /// <summary>In <see cref="SpansByAge"/>: from least to most recently freed.</summary>
    public Span* Older, Newer;

    /// <summary>Free and not dirty to its end: any others like it.</summary>
    public Span* NextUntouched, PreviousUntouched;

    /// <summary>Free or warm: when it was freed, in milliseconds of the pool's clock.</summary>
    public long FreedAt;

    /// <summary>Free or warm: the block in it that was freed last: slices handed out before that, and twice the number of the slice at its middle.</summary>
    public long FreedAfter, Centre;

    /// <summary>Small: blocks that came back, chained by their first words.</summary>
    public void* FreeList;

    /// <summary>Small: blocks in <see cref="FreeList"/>, blocks ever cut, blocks there can be.</summary>
    public int FreeBlocks, CutBlocks, Capacity;

    /// <summary>Small: whether it is in the central list's spans with free blocks.</summary>
    public bool IsListed;

    /// <summary>Large: bytes asked for.</summary>
    public nint Requested;

    /// <summary>Guarded (<see cref="DebugPool"/>): the block; text that says where it was allocated, or null.</summary>
    public byte* Block, Stack;

    /// <summary>Guarded: number of the allocation, negative once freed.</summary>
    public long Serial;
}
