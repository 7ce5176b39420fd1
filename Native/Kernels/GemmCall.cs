using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Kernels;

/// <summary>The argument of a batch-reduce GEMM kernel. Offsets are read by generated code: see <see cref="GemmKernel"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GemmCall
{
    /// <summary>Origin of A.</summary>
    public void* A;

    /// <summary>Origin of B's panel.</summary>
    public void* B;

    /// <summary>Origin of C.</summary>
    public void* C;

    /// <summary>Origin of the residual, laid out as C.</summary>
    public void* Residual;

    /// <summary>Bias of the panel's first column.</summary>
    public void* Bias;

    /// <summary>One for each of the specification's runs.</summary>
    public GemmRun* Runs;
}

/// <summary>What a call does with one run: where its tile is to be computed.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GemmRun
{
    /// <summary>The places, ended by one that repeats 0 times; null skips the run.</summary>
    public GemmPlacement* Placements;
}

/// <summary>A row of equal tiles.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct GemmPlacement
{
    /// <summary>Tiles; 0 ends the list.</summary>
    public long Repeat;

    /// <summary>Made by <see cref="GemmLists"/>.</summary>
    public long* List;

    /// <summary>Place in A of the first tile's first block, in bytes.</summary>
    public long OffsetA;

    /// <summary>First tile's place in C, in bytes.</summary>
    public long OffsetC;

    /// <summary>First block's place in B, in bytes.</summary>
    public long OffsetB;

    /// <summary>
    /// Bytes from here to the first placement of the next run, in a run's last placement; 0 where that run has none, and in all others.
    /// Optional: it lets the next run store this one's last tile while it begins.
    /// </summary>
    public long Next;
}

/// <summary>One block of a reduction: where it is in A and B, in bytes, and how often the generated loop runs.</summary>
internal readonly record struct GemmBlock(long OffsetA, long OffsetB, long Loops);

/// <summary>
/// Encodes the blocks of a tile for the generated code: for each segment a count, then (move of A, move of B, loops) a block. Moves
/// are relative to where the block before left the pointers, so that no register has to remember an origin. The first block's are 0:
/// where it is, the placement says, without a detour that a tile's first loads would wait for.
/// </summary>
internal static class GemmLists
{
    /// <summary>Longs that the kernel reads: what <see cref="Encode"/> writes, and two behind it, because moves are loaded a block ahead.</summary>
    public static int Length(IReadOnlyList<IReadOnlyList<GemmBlock>> segments) =>
        segments.Sum(blocks => 1 + 3 * blocks.Count) + 2;

    /// <summary>Places of the first block in A and B.</summary>
    public static (long A, long B) Start(IReadOnlyList<IReadOnlyList<GemmBlock>> segments)
    {
        var first = segments.SelectMany(blocks => blocks).FirstOrDefault();
        return (first.OffsetA, first.OffsetB);
    }

    /// <summary>Writes the list of one tile.</summary>
    public static void Encode(
        GemmSpec spec, GemmTile tile, IReadOnlyList<IReadOnlyList<GemmBlock>> segments, Span<long> list)
    {
        int at = 0;
        var (a, b) = Start(segments);
        for (int s = 0; s < segments.Count; s++)
        {
            list[at++] = segments[s].Count;
            foreach (var block in segments[s])
            {
                list[at++] = block.OffsetA - a;
                list[at++] = block.OffsetB - b;
                list[at++] = block.Loops;
                long steps = block.Loops * tile.Segments[s].Unroll;
                a = block.OffsetA + steps * spec.StepKA;
                b = block.OffsetB + steps * spec.StepKB;
            }
        }
    }
}
