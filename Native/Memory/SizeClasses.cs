using System.Numerics;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// Sizes of small blocks: every 64 bytes up to 1 KiB, then eight an octave up to 32 KiB, then four up to 256 KiB. A block is at most an
/// eighth (a quarter) larger than asked for. Where cache lines are longer than 64 bytes, only the sizes of whole lines are used: as spans start
/// at slices, blocks then start at lines, and no two threads' tensors share one. Number 0 is no size: memory that is not the pool's.
/// </summary>
internal static class SizeClasses
{
    /// <summary>Sizes are numbered from 1 to this.</summary>
    public const int Count = LinearCount + 5 * 8 + 3 * 4;

    /// <summary>Marks a slice at which a block of whole slices starts.</summary>
    public const int Large = Count + 1;

    /// <summary>Marks a slice of the pool at which no block starts.</summary>
    public const int NoBlock = Count + 2;

    /// <summary>Marks all slices of a block with guard pages (<see cref="DebugPool"/>).</summary>
    public const int Guarded = Count + 3;

    /// <summary>Sizes and marks, 0 among them.</summary>
    public const int Marks = Count + 4;

    private const int LinearCount = 16, LinearShift = 10, QuickShift = 15;

    /// <summary>Bytes of a cache line of this CPU, and every block's alignment: 64, on A64FX 256.</summary>
    public static readonly nuint LineBytes = LineOf(LibC.DataCacheLineBytes);

    /// <summary>Number of the smallest size that holds <paramref name="bytes"/>, from 0 to 256 KiB.</summary>
    public static int Of(nuint bytes) => Of(bytes, LineBytes);

    /// <summary>As <see cref="Of(nuint)"/>, for a CPU with lines of so many bytes.</summary>
    internal static int Of(nuint bytes, nuint line)
    {
        nuint whole = RoundUp(Math.Max(bytes, 1), line);
        if (whole <= 1 << LinearShift)
        {
            return (int)(whole / PoolTuning.Alignment);
        }

        nuint last = whole - 1;
        int octave = BitOperations.Log2((ulong)last);
        return octave < QuickShift
            ? LinearCount + 1 + (octave - LinearShift) * 8 + (int)(last >> (octave - 3) & 7)
            : LinearCount + 1 + (QuickShift - LinearShift) * 8 + (octave - QuickShift) * 4 + (int)(last >> (octave - 2) & 3);
    }

    /// <summary>Bytes of a block.</summary>
    public static int Bytes(int number)
    {
        if (number <= LinearCount)
        {
            return number * PoolTuning.Alignment;
        }

        int step = number - LinearCount - 1;
        if (step < (QuickShift - LinearShift) * 8)
        {
            return (8 + step % 8 + 1) << (LinearShift + step / 8 - 3);
        }

        step -= (QuickShift - LinearShift) * 8;
        return (4 + step % 4 + 1) << (QuickShift + step / 4 - 2);
    }

    /// <summary>The next multiple of a power of two; less than <paramref name="bytes"/> where there is none.</summary>
    internal static nuint RoundUp(nuint bytes, nuint unit) => (bytes + unit - 1) & ~(unit - 1);

    /// <summary>What the system says of lines, within what the sizes can keep: from 1 KiB on not all are multiples of more than 256.</summary>
    internal static nuint LineOf(nint said) => said > PoolTuning.LongestLine ? PoolTuning.LongestLine
        : said > PoolTuning.Alignment && BitOperations.IsPow2(said) ? (nuint)said
        : PoolTuning.Alignment;

    /// <summary>Slices of a span that is cut into blocks of this size: a power of two.</summary>
    public static int Slices(int number)
    {
        int slices = 1;
        while ((long)slices * PoolTuning.SliceBytes / Bytes(number) < PoolTuning.LeastBlocksOfSpan)
        {
            slices *= 2;
        }

        return slices;
    }

    /// <summary>Blocks that go between a thread's cache and the central list at a time.</summary>
    public static int Batch(int number) =>
        Math.Clamp(PoolTuning.BatchBytes / Bytes(number), PoolTuning.LeastBatch, PoolTuning.MostBatch);

    /// <summary>Most blocks in a thread's cache.</summary>
    public static int MostCached(int number) => Math.Max(PoolTuning.CachedBytes / Bytes(number), 2 * Batch(number));

    /// <summary>Batches that may wait between threads.</summary>
    public static int TransferSlots(int number) =>
        Math.Clamp(PoolTuning.TransferBytes / (Batch(number) * Bytes(number)), 2, PoolTuning.TransferSlots);
}
