using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tuning;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Primitives.Matmul;

/// <summary>
/// Matrix product by the batch-reduce GEMM: one tap, rows of A as they are (transposed A by another step of k), B in panels, which are
/// packed in every call unless packed weights are given. Integer types take four elements of k a step.
/// </summary>
internal sealed unsafe class BrgemmMatmul : BrgemmPlan
{
    private readonly MatmulDesc _desc;
    private readonly PanelLayout _panels;
    private readonly int _size;
    private readonly int _group;
    private readonly int _rows;
    private readonly long _perMatrix;
    private readonly bool _oneB;

    private BrgemmMatmul(MatmulDesc desc, int rows, PanelLayout panels, PlanContext context)
        : base(
            context, panels, panels.Columns,
            WorkGrid.Cut(Shapes.CeilDivide(desc.M, rows) * desc.Batch, panels.Columns.Length, context.Threads),
            () => RegionGemm.Create(
                context.Isa, [new GemmTap(0, 0, desc.K / GroupOf(desc))],
                GemmRegion.Line(desc.M, rows, (desc.TransposeA ? 1 : desc.LeadingA) * desc.TypeA.Size(), desc.LeadingC * 4), panels.Columns,
                Epilogues.Make(desc.HasBias, desc.HasResidual, desc.Activation, desc.Alpha, desc.Beta),
                new GemmOperands(desc.TransposeA ? desc.LeadingA * desc.TypeA.Size() : 4, Product: ProductOf(desc))))
    {
        (_desc, _rows, _panels) = (desc, rows, panels);
        _size = desc.TypeA.Size();
        _group = GroupOf(desc);
        _oneB = HasOneB(desc);
        _perMatrix = Shapes.CeilDivide(desc.M, rows);
        PackedWeightsBytes = _oneB ? panels.Bytes : 0;
        PackedWeightsKey = $"{panels.Key} matmul {desc.TypeB}";
    }

    /// <summary>Null where the implementation supports the problem.</summary>
    public static string? Refuse(MatmulDesc desc, PlanContext context) =>
        !VectorAssemblers.Exists(context.Isa) ? $"{context.Isa} has no code generator"
        : desc.TypeA == DataType.F64 ? "data type must not be f64"
        : desc.Batch == 0 || desc.M == 0 || desc.N == 0 || desc.K == 0 ? "empty"
        : desc.N > GemmTuning.MostColumns ? "too many columns of b to lay out"
        : desc.TypeC == DataType.S32 && !VectorAssemblers.Create(context.Isa).Supports(ProductOf(desc)) ? $"{context.Isa} has no such product"
        : desc.TypeC == DataType.S32 && (desc.K % 4 != 0 || desc.TransposeA) ? "integer types need k in groups of 4 within rows of a"
        : null;

    /// <summary>Makes the plan.</summary>
    public static Plan Create(MatmulDesc desc, PlanContext context)
    {
        long vectors = Shapes.CeilDivide(desc.N, GemmTuning.VectorBytes(context.Isa) / 4);
        var (rows, mostVectors) = GemmTuning.ChooseLine(
            context.Isa, context.Threads, desc.M, vectors, (desc.TransposeA ? desc.K : desc.LeadingA) * desc.TypeA.Size());
        var panels = new PanelLayout(context.Isa, HasOneB(desc) ? 1 : desc.Batch, desc.N, desc.K / GroupOf(desc), mostVectors);
        return new BrgemmMatmul(desc, rows, panels, context);
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

    /// <summary>Elements of k in a step.</summary>
    private static int GroupOf(in MatmulDesc desc) => 4 / desc.TypeA.Size();

    /// <summary>True where all matrices of the batch are multiplied by the same B.</summary>
    private static bool HasOneB(in MatmulDesc desc) => desc.Batch == 1 || desc.StrideB == 0;

    private static Product ProductOf(in MatmulDesc desc) => desc.TypeA switch
    {
        DataType.U8 => Product.U8S8,
        DataType.S8 => Product.S8S8,
        _ => Product.F32,
    };

    /// <inheritdoc/>
    protected override void Compute(in Arguments arguments, byte* panels, int piece)
    {
        var (firstRegion, endRegion, firstColumn, endColumn) = Grid.At(piece);
        for (long region = firstRegion; region < endRegion; region++)
        {
            (long matrix, long index) = Math.DivRem(region, _perMatrix);
            long row = index * _rows;
            int kind = GemmRegion.KindOfLine(_desc.M, _rows, row);
            byte* a = (byte*)arguments.Source + (matrix * _desc.StrideA + row * (_desc.TransposeA ? 1 : _desc.LeadingA)) * _size;
            long c = matrix * _desc.StrideC + row * _desc.LeadingC;
            for (long column = firstColumn; column < endColumn; column++)
            {
                long first = c + _panels.FirstColumn((int)column);
                Kernel(column).Run(
                    kind, a, panels + _panels.Offset(_oneB ? 0 : matrix, (int)column),
                    (float*)arguments.Destination + first, (float*)arguments.Residual + first,
                    (float*)arguments.Bias + _panels.FirstColumn((int)column));
            }
        }
    }
}
