using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Memory;

/// <summary>The pool's counters, in bytes where the name says so. Taken without stopping other threads: sums may be a moment old.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PoolStatistics
{
    /// <summary>Bytes of this struct.</summary>
    public long StructSize;

    /// <summary>In blocks that are handed out; small ones count with their whole block.</summary>
    public long LiveBytes;

    /// <summary>Blocks that are handed out.</summary>
    public long LiveBlocks;

    /// <summary>In small blocks that wait in threads' caches and between threads.</summary>
    public long CachedBytes;

    /// <summary>Free whole slices that still have their pages.</summary>
    public long IdleBytes;

    /// <summary>Address space taken from the system.</summary>
    public long MappedBytes;

    /// <summary>Most bytes that were in use at once, in whole slices.</summary>
    public long PeakLiveBytes;

    /// <summary>Most bytes that had pages at once: in use or idle.</summary>
    public long PeakResidentBytes;

    /// <summary>Blocks handed out since the start.</summary>
    public long Allocations;

    /// <summary>Of those, blocks that came from what was free already, with its pages.</summary>
    public long CacheHits;

    /// <summary>Blocks freed by threads that have no cache: late in their lives, or before their first allocation.</summary>
    public long LateFrees;

    /// <summary>Frees of what is no block, which were ignored.</summary>
    public long InvalidFrees;

    /// <summary>Allocations that the C library served: in forked children, or without memory for a cache.</summary>
    public long Fallbacks;

    /// <summary>Times that address space was taken from the system or given back.</summary>
    public long SystemCalls;

    /// <summary>Page faults that the first touch of memory would have cost if it came fresh from the system, at its smallest page.</summary>
    public long FaultsAvoided;

    /// <summary>Most bytes of free memory that the pool keeps.</summary>
    public long MaxIdleBytes;
}

/// <summary>Counters of the blocks of one size.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PoolClassStatistics
{
    /// <summary>Bytes of this struct.</summary>
    public long StructSize;

    /// <summary>Bytes of a block; 0: blocks of whole slices (64 KiB), which all guarded ones are.</summary>
    public long BlockBytes;

    /// <summary>Blocks that are handed out.</summary>
    public long LiveBlocks;

    /// <summary>Blocks that wait in threads' caches and between threads.</summary>
    public long CachedBlocks;

    /// <summary>Blocks handed out since the start.</summary>
    public long Allocations;

    /// <summary>Spans cut into this size; of whole slices: live blocks.</summary>
    public long Spans;
}
