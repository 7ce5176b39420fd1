namespace FugakuDnn.Native.Tuning;

/// <summary>The pooling allocator's sizes. Some are also written into its machine code (<c>PoolThunks</c>).</summary>
internal static class PoolTuning
{
    /// <summary>
    /// The unit in which the page heap deals: 64 KiB, the page of Fugaku's system, and small against a tensor. Blocks of more than
    /// <see cref="LargestBlock"/> are whole slices.
    /// </summary>
    public const int SliceShift = 16, SliceBytes = 1 << SliceShift;

    /// <summary>Every block's least alignment, and the smallest block: a cache line of x86-64; rows of vectors start on it.</summary>
    public const int Alignment = 64;

    /// <summary>Longest cache line that blocks are aligned to: A64FX's.</summary>
    public const int LongestLine = 256;

    /// <summary>Largest block that machine code hands out of a thread's cache.</summary>
    public const int LargestQuickBlock = 32 << 10;

    /// <summary>Largest block that threads cache: beyond it a lock costs nothing against the use of the memory.</summary>
    public const int LargestBlock = 256 << 10;

    /// <summary>A span is cut into at least so many blocks, so that its unused end is at most an eighth.</summary>
    public const int LeastBlocksOfSpan = 8;

    /// <summary>Bytes that go between a thread's cache and the central list at a time.</summary>
    public const int BatchBytes = 16 << 10;

    /// <summary>Blocks of a batch.</summary>
    public const int LeastBatch = 2, MostBatch = 64;

    /// <summary>A thread's cache may keep so many bytes of one size, and always two batches.</summary>
    public const int CachedBytes = 128 << 10;

    /// <summary>Batches that wait between threads, of one size.</summary>
    public const int TransferSlots = 16;

    /// <summary>Bytes that may wait there, of one size.</summary>
    public const int TransferBytes = 256 << 10;

    /// <summary>Address space is taken from the system in pieces of at least this; untouched pages cost nothing.</summary>
    public const long ChunkBytes = 64L << 20;

    /// <summary>Huge pages, of x86-64 and of A64FX alike.</summary>
    public const long HugePageBytes = 2L << 20;

    /// <summary>
    /// A huge page takes 0.2 ms to come; 4 ms where a virtual machine has to get it from its host, as small pages then take longer too. What
    /// takes longer than this is the kernel moving pages about.
    /// </summary>
    public const double MostHugePageMicroseconds = 10_000;

    /// <summary>After so many that took too long in a row, 2 to that many pieces of address space go without a trial.</summary>
    public const int MostHugePageFailures = 6;

    /// <summary>Where the pool wishes to live: far from where the system puts libraries and stacks, with room to grow in one piece.</summary>
    public const long FirstAddress = 0x2000_0000_0000;

    /// <summary>Idle memory goes back to the system after so long without use, while other memory is in use (<c>PoolClock</c>).</summary>
    public const long DecayMilliseconds = 10_000;

    /// <summary>A longer time between two looks at the clock counts as this much: a program that waited finds its memory as it was.</summary>
    public const long MostPauseMilliseconds = 2_000;

    /// <summary>
    /// So much freed memory is kept in its blocks' lengths (<c>WarmSpans</c>): a quarter of the peak in use, from twice the least to the most; the
    /// least where lengths do not come again. The most is twice the caches of an A64FX, or of two core complexes of an EPYC: of what was
    /// used before that, nothing is in a cache any more.
    /// </summary>
    public const long LeastWarmBytes = 8L << 20, MostWarmBytes = 64L << 20;

    /// <summary>What was freed before so much was handed out, the caches as above, is in none of them any more.</summary>
    public const long CachedSlices = MostWarmBytes / 2 / SliceBytes;

    /// <summary>
    /// So much memory more than was ever in use at once may be touched rather than a block of another length cut. Small batches need it: all
    /// that ResNet-50 has in use at once beside its weights, for one image, is 12 MB, while its blocks side by side would be 49 MB.
    /// </summary>
    public const long WarmGrowthBytes = 16L << 20;

    /// <summary>Tensors of up to so many slices (10 MiB) are taken from high addresses, longer ones from low ones.</summary>
    public const int HighSlices = 160;

    /// <summary>Page heap operations between two looks at the clock.</summary>
    public const int OperationsBetweenLooks = 32;

    /// <summary>Time between two looks at all idle spans.</summary>
    public const long MillisecondsBetweenLooks = 500;
}
