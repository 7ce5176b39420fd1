using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tuning;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>Part of a reduction: <paramref name="Steps"/> steps of k that lie together in A and in B's panel.</summary>
/// <param name="OffsetA">Bytes from a pixel's origin in A.</param>
/// <param name="StepB">First step in the panel.</param>
/// <param name="Steps">Steps of k.</param>
internal readonly record struct GemmTap(long OffsetA, long StepB, long Steps);

/// <summary>
/// Pixels (rows of C) that one call computes, with their places relative to the call's origins, in bytes, and the taps that each of
/// them has: <c>Has(pixel, tap)</c>.
/// </summary>
internal sealed record GemmRegion(long[] PixelsA, long[] PixelsC, Func<int, int, bool> Has)
{
    /// <summary>
    /// The kinds of region of <paramref name="total"/> rows without borders, cut every <paramref name="rows"/>: full ones and, if rows are left
    /// over, a shorter one.
    /// </summary>
    public static IReadOnlyList<GemmRegion> Line(long total, int rows, long strideA, long strideC)
    {
        GemmRegion Region(long count) => new(
            [.. Enumerable.Range(0, (int)count).Select(r => r * strideA)], [.. Enumerable.Range(0, (int)count).Select(r => r * strideC)], (_, _) => true);
        return total > rows && total % rows != 0 ? [Region(rows), Region(total % rows)] : [Region(Math.Min(rows, total))];
    }

    /// <summary>The number, in what <see cref="Line"/> lists, of the region that begins at <paramref name="first"/>.</summary>
    public static int KindOfLine(long total, int rows, long first) => total - first < rows && total > rows ? 1 : 0;
}

/// <summary>A block of columns: vectors, and the lanes of the last one that exist.</summary>
internal readonly record struct GemmColumns(int Vectors, int LastLanes)
{
    /// <summary>Cuts columns into blocks of at most <paramref name="mostVectors"/> vectors, of nearly equal size.</summary>
    public static GemmColumns[] Cut(long columns, int lanes, int mostVectors)
    {
        int[] sizes = GemmTuning.CutVectors(Shapes.CeilDivide(columns, lanes), mostVectors);
        var blocks = new GemmColumns[sizes.Length];
        for (int i = 0; i < sizes.Length; i++)
        {
            long inBlock = Math.Min(columns, sizes[i] * (long)lanes);
            blocks[i] = new GemmColumns(sizes[i], (int)(inBlock - (sizes[i] - 1L) * lanes));
            columns -= inBlock;
        }

        return blocks;
    }

    /// <summary>The first column of each block.</summary>
    public static long[] Firsts(GemmColumns[] blocks, int lanes)
    {
        var firsts = new long[blocks.Length];
        for (int i = 1; i < blocks.Length; i++)
        {
            firsts[i] = firsts[i - 1] + blocks[i - 1].Vectors * (long)lanes;
        }

        return firsts;
    }
}

/// <summary>How a GEMM reads its operands.</summary>
/// <param name="StepA">Bytes from one step of k to the next, in a row of A.</param>
/// <param name="StepB">Bytes from one step of k to the next in B as it lies; null where B lies in panels, whose vectors are full.</param>
/// <param name="Product">What is multiplied.</param>
internal readonly record struct GemmOperands(long StepA, long? StepB = null, Product Product = Product.F32);

/// <summary>
/// Cuts regions into register tiles, generates the kernels for them, and keeps the run-time tables. One object serves all blocks of
/// columns and all kinds of regions of a problem.
/// </summary>
internal sealed unsafe class RegionGemm : IDisposable
{
    private readonly Dictionary<GemmColumns, Entry> _entries = [];
    private readonly AlignedBuffer _tables;

    private RegionGemm(AlignedBuffer tables) => _tables = tables;

    /// <summary>Bytes of generated code.</summary>
    public long CodeBytes => _entries.Values.Sum(entry => entry.Kernel.MappedBytes);

    /// <summary>Makes kernels and tables.</summary>
    public static RegionGemm Create(
        Isa isa, IReadOnlyList<GemmTap> taps, IReadOnlyList<GemmRegion> regions, IReadOnlyCollection<GemmColumns> columns,
        GemmEpilogue epilogue, GemmOperands operands)
    {
        var layouts = columns.Distinct().ToDictionary(c => c, c => new TileLayout(isa, taps, regions, c, epilogue, operands));
        long longs = layouts.Values.Sum(layout => layout.TableLongs);
        var gemm = new RegionGemm(new AlignedBuffer(longs * sizeof(long)));
        try
        {
            long* at = (long*)gemm._tables.Data;
            foreach (var (block, layout) in layouts)
            {
                var spec = layout.Spec;
                var kernel = KernelCache.Acquire(isa, spec.Key(), spec.Name, assembler => GemmKernel.Generate(spec, assembler));
                gemm._entries.Add(block, new Entry(kernel, layout.Write(ref at)));
            }
        }
        catch
        {
            gemm.Dispose();
            throw;
        }

        return gemm;
    }

    /// <summary>What computes a block of columns; look it up once, not per call.</summary>
    public Entry For(GemmColumns columns) => _entries[columns];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var entry in _entries.Values)
        {
            entry.Kernel.Dispose();
        }

        _entries.Clear();
        _tables.Dispose();
    }

    /// <summary>A kernel and, for each kind of region, the runs of a call.</summary>
    internal sealed class Entry(Kernel kernel, nint[] runs)
    {
        private readonly void* _function = kernel.Address;

        public Kernel Kernel { get; } = kernel;

        /// <summary>Computes one region for one block of columns.</summary>
        public void Run(int region, void* a, void* b, void* c, void* residual, void* bias)
        {
            GemmCall call;
            call.A = a;
            call.B = b;
            call.C = c;
            call.Residual = residual;
            call.Bias = bias;
            call.Runs = (GemmRun*)runs[region];
            ((delegate* unmanaged<GemmCall*, void>)_function)(&call);
        }
    }
}
