namespace FugakuDnn.Native.Tuning;

/// <summary>How memory-bound work is cut.</summary>
internal static class ElementwiseTuning
{
    /// <summary>Below this many elements the calling thread does everything: setting a team going costs as much as 10 000 elements or so.</summary>
    public const long SmallElements = 32 << 10;

    /// <summary>Pieces of a row begin at multiples of this many elements: 256 bytes, a cache line of A64FX and four of x86.</summary>
    public const long Granularity = 64;

    /// <summary>Short rows of a repeated operand are joined up to this many elements, which stay in the first-level cache.</summary>
    public const long JoinedRow = 1024;

    /// <summary>How far ahead a transposition asks for its rows, in bytes: a line of A64FX, four of x86 (measured on Zen 4: 64 to 512, best 256).</summary>
    public const int TransposePrefetch = 256;

    /// <summary>Bytes of a thread's transposed strip when NCHW planes are pooled through scratch memory: a part of the second-level cache.</summary>
    public const long StripBytes = 192 << 10;

    /// <summary>Rows or columns whose sums log-softmax keeps on the stack.</summary>
    public const int SumsAtOnce = 128;
}
