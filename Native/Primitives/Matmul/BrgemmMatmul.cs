using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Primitives.Matmul;

/// <summary>
/// Matrix product by the batch-reduce GEMM: one tap, rows of A as they are (transposed A by another step of k), B in panels, which are
/// packed in every call unless packed weights are given. Integer types take four elements of k a step.
/// </summary>
internal sealed unsafe class BrgemmMatmul : Plan
{
    private readonly MatmulDesc _desc;
    private readonly int _size;
    private readonly int _group;
    private readonly int _rows;
    private readonly long _perMatrix;
    private readonly bool _oneB;
    private readonly RegionGemm _gemm;
    private readonly PanelLayout _panels;
    private readonly RegionGemm.Entry[] _kernels;
    private readonly WorkGrid _grid;

    private BrgemmMatmul(MatmulDesc desc, PlanContext context)
    {
        _desc = desc;
        _size = desc.TypeA.Size();
        _group = 4 / _size;
        _oneB = desc.Batch == 1 || desc.StrideB == 0;
        long steps = desc.K / _group;
        long vectors = Shapes.CeilDivide(desc.N, GemmTuning.VectorBytes(context.Isa) / 4);
        (_rows, int mostVectors) = GemmTuning.ChooseLine(
            context.Isa, context.Threads, desc.M, vectors, (desc.TransposeA ? desc.K : desc.LeadingA) * _size);
        _perMatrix = Shapes.CeilDivide(desc.M, _rows);
        _panels = new PanelLayout(context.Isa, _oneB ? 1 : desc.Batch, desc.N, steps, mostVectors);
        _gemm = RegionGemm.Create(
            context.Isa, [new GemmTap(0, 0, steps)], Regions(desc, _rows), _panels.Columns,
            Epilogues.Make(desc.HasBias, desc.HasResidual, desc.Activation, desc.Alpha, desc.Beta),
            desc.TransposeA ? desc.LeadingA * _size : 4, ProductOf(desc));
        _kernels = [.. _panels.Columns.Select(_gemm.For)];
        _grid = WorkGrid.Cut(_perMatrix * desc.Batch, _panels.Columns.Length, context.Threads);
        ScratchBytes = _panels.Bytes;
        CodeBytes = _gemm.CodeBytes;
        PackedWeightsBytes = _oneB ? _panels.Bytes : 0;
        PackedWeightsKey = $"{_panels.Key} matmul {desc.TypeB}";
        Implementation = $"jit:{context.Isa.ToString().ToLowerInvariant()}:brgemm";
    }

    /// <inheritdoc/>
    public override string Implementation { get; }

    /// <summary>Null where the implementation supports the problem.</summary>
    public static string? Refuse(MatmulDesc desc, PlanContext context) =>
        !VectorAssemblers.Exists(context.Isa) ? $"{context.Isa} has no code generator"
        : desc.TypeA == DataType.F64 ? "data type must not be f64"
        : desc.Batch == 0 || desc.M == 0 || desc.N == 0 || desc.K == 0 ? "empty"
        : desc.TypeC == DataType.S32 && !VectorAssemblers.Create(context.Isa).Supports(ProductOf(desc)) ? $"{context.Isa} has no such product"
        : desc.TypeC == DataType.S32 && (desc.K % 4 != 0 || desc.TransposeA) ? "integer types need k in groups of 4 within rows of a"
        : null;

    /// <summary>Makes the plan.</summary>
    public static Plan Create(MatmulDesc desc, PlanContext context) => new BrgemmMatmul(desc, context);

    /// <inheritdoc/>
    public override void Execute(in Arguments arguments)
    {
        using var lease = ScratchPool.Rent(arguments.PackedWeights is null && arguments.Scratch is null ? ScratchBytes : 0);
        void* panels = arguments.PackedWeights;
        if (panels is null)
        {
            panels = arguments.Scratch is null ? lease.Pointer : arguments.Scratch;
            PackWeights(arguments.Weights, panels);
        }

        var work = new Work { Plan = this, Arguments = arguments, Panels = (byte*)panels };
#pragma warning disable CS8500 // The struct holds a reference: it stays on this stack, where the collector sees it, until Run returns.
        WorkerTeam.Run(_grid.Pieces, &Piece, &work);
#pragma warning restore CS8500
    }

    /// <inheritdoc/>
    public override void PackWeights(void* weights, void* packed)
    {
        (long column, long step) = _desc.TransposeB ? (_desc.LeadingB, 1L) : (1L, _desc.LeadingB);
        if (_size == 4)
        {
            _panels.Pack((float*)weights, (float*)packed, _desc.StrideB, column, new PanelSteps(_desc.K, step));
        }
        else
        {
            _panels.PackBytes((byte*)weights, (byte*)packed, _desc.StrideB, column, step, _desc.K / _group);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _gemm.Dispose();
        _panels.Dispose();
        base.Dispose(disposing);
    }

    private static Product ProductOf(in MatmulDesc desc) => desc.TypeA switch
    {
        DataType.U8 => Product.U8S8,
        DataType.S8 => Product.S8S8,
        _ => Product.F32,
    };

    /// <summary>Full regions and, if rows are left over, a shorter one.</summary>
    private static List<GemmRegion> Regions(MatmulDesc desc, int rows)
    {
        long rowA = (desc.TransposeA ? 1 : desc.LeadingA) * desc.TypeA.Size();
        GemmRegion Region(int count) => new(
            [.. Enumerable.Range(0, count).Select(r => r * rowA)],
            [.. Enumerable.Range(0, count).Select(r => r * desc.LeadingC * 4)],
            (_, _) => true);
        var regions = new List<GemmRegion> { Region((int)Math.Min(rows, desc.M)) };
        if (desc.M > rows && desc.M % rows != 0)
        {
            regions.Add(Region((int)(desc.M % rows)));
        }

        return regions;
    }

    private static void Piece(void* state, int piece, int thread)
    {
#pragma warning disable CS8500
        var work = (Work*)state;
        work->Plan.Compute(*work, piece);
#pragma warning restore CS8500
    }

    private void Compute(in Work work, int piece)
    {
        var (firstRegion, endRegion, firstColumn, endColumn) = _grid.At(piece);
        for (long region = firstRegion; region < endRegion; region++)
        {
            (long matrix, long index) = Math.DivRem(region, _perMatrix);
            long row = index * _rows;
            int kind = _desc.M - row < _rows && _desc.M > _rows ? 1 : 0;
            byte* a = (byte*)work.Arguments.Source + (matrix * _desc.StrideA + row * (_desc.TransposeA ? 1 : _desc.LeadingA)) * _size;
            long c = matrix * _desc.StrideC + row * _desc.LeadingC;
            for (long column = firstColumn; column < endColumn; column++)
            {
                long first = c + _panels.FirstColumn((int)column);
                _kernels[column].Run(
                    kind, a, work.Panels + _panels.Offset(_oneB ? 0 : matrix, (int)column),
                    (float*)work.Arguments.Destination + first, (float*)work.Arguments.Residual + first,
                    (float*)work.Arguments.Bias + _panels.FirstColumn((int)column));
            }
        }
    }

    private struct Work
    {
        public BrgemmMatmul Plan;
        public Arguments Arguments;
        public byte* Panels;
    }
}
