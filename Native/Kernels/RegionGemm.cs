using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Platform;
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
internal sealed record GemmRegion(long[] PixelsA, long[] PixelsC, Func<int, int, bool> Has);

/// <summary>A block of columns: vectors, and the lanes of the last one that exist.</summary>
internal readonly record struct GemmColumns(int Vectors, int LastLanes);

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
        GemmEpilogue epilogue, long stepKA, Product product = Product.F32)
    {
        var layouts = columns.Distinct().ToDictionary(c => c, c => new TileLayout(isa, taps, regions, c, epilogue, stepKA, product));
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
