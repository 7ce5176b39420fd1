using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Native.Tuning;
using FugakuDnn.Native.Vector;
using FugakuDnn.Reference;

namespace FugakuDnn.Benchmarks.Problems;

/// <summary>
/// The batch-reduce GEMM alone: C (n rows of m) = Σ over br blocks of rows (n × k, broadcast) · columns (k × m, vectors). This is
/// LIBXSMM's column-major C (m × n), so that m, n and k mean the same; its A is our packed panel. <c>ld</c> is the distance between rows of
/// both the broadcast matrix and C; with <c>tb=1</c> the broadcast matrix is stored k × n; <c>v</c> overrules the choice of a tile's vectors.
/// </summary>
internal sealed unsafe class BrgemmCase(ProblemLine line) : PrimitiveCase
{
    internal long M { get; } = line.Whole("m");

    internal long N { get; } = line.Whole("n");

    internal long K { get; } = line.Whole("k");

    internal long Blocks { get; } = line.Whole("br", 1);

    internal bool Transposed { get; } = line.Flag("tb");

    /// <summary>The most vectors of a tile, or 0 for what the tuning says.</summary>
    internal long Vectors { get; } = line.Whole("v", 0);

    internal long LeadingA => line.Whole("ld", Transposed ? N : K);

    internal long LeadingC => line.Whole("ld", M);

    internal long BlockA => LeadingA * (Transposed ? K : N);

    public override string Text => line.Text;

    public override long Work => M * N * K * Blocks;

    public override bool ExactOnIntegers => true;

    public override IEnumerable<TensorSlot> Tensors =>
    [
        new(Role.Source, DataType.F32, Blocks * BlockA),
        new(Role.Weights, DataType.F32, Blocks * K * M),
        new(Role.Destination, DataType.F32, N * LeadingC),
    ];

    public override void Validate()
    {
        if (M < 1 || N < 1 || K < 1 || Blocks < 1 || LeadingA < (Transposed ? N : K) || LeadingC < M)
        {
            throw new SkippedException($"'{line}': m, n, k and br must be positive, ld at least a row");
        }
    }

    public override Plan Create(PlanContext context) => VectorAssemblers.Exists(context.Isa)
        ? new BrgemmCasePlan(this, context)
        : throw new SkippedException($"{IsaSelection.NameOf(context.Isa)} has no code generator");

    public override IReference Reference(in Arguments arguments) => new BrgemmReference(this, arguments);
}

/// <summary>One kernel call (one a block of columns where m is wider than a register tile).</summary>
internal sealed unsafe class BrgemmCasePlan : Plan
{
    private readonly BrgemmCase _case;
    private readonly PanelLayout _panels;
    private readonly RegionGemm _gemm;
    private readonly RegionGemm.Entry[] _kernels;

    public BrgemmCasePlan(BrgemmCase work, PlanContext context)
    {
        _case = work;
        long vectors = Shapes.CeilDivide(work.M, GemmTuning.VectorBytes(context.Isa) / sizeof(float));
        int mostVectors = work.Vectors > 0 ? (int)Math.Min(work.Vectors, GemmTuning.MostVectors)
            : GemmTuning.ChooseLine(context.Isa, 1, work.N, vectors, work.LeadingA * sizeof(float)).MostVectors;
        _panels = new PanelLayout(context.Isa, 1, work.M, work.K * work.Blocks, mostVectors);
        long row = (work.Transposed ? 1 : work.LeadingA) * sizeof(float);
        var regions = GemmRegion.Line(work.N, (int)work.N, row, work.LeadingC * sizeof(float));
        GemmTap[] taps = [.. Enumerable.Range(0, (int)work.Blocks)
            .Select(block => new GemmTap(block * work.BlockA * sizeof(float), block * work.K, work.K))];
        _gemm = RegionGemm.Create(
            context.Isa, taps, regions, _panels.Columns, GemmEpilogue.None,
            new GemmOperands((work.Transposed ? work.LeadingA : 1) * sizeof(float)));
        _kernels = [.. _panels.Columns.Select(_gemm.For)];
        PackedWeightsBytes = _panels.Bytes;
        PackedWeightsKey = _panels.Key;
        Implementation = $"jit:{IsaSelection.NameOf(context.Isa)}:brgemm";
    }

    public override string Implementation { get; }

    public override void PackWeights(void* weights, void* packed) =>
        _panels.Pack((float*)weights, (float*)packed, 0, 1, new PanelSteps(_case.K * _case.Blocks, _case.M));

    public override void Execute(in Arguments arguments)
    {
        for (int block = 0; block < _kernels.Length; block++)
        {
            _kernels[block].Run(
                0, arguments.Source, (byte*)arguments.PackedWeights + _panels.Offset(0, block),
                (float*)arguments.Destination + _panels.FirstColumn(block), null, null);
        }
    }

    protected override void Dispose(bool disposing)
    {
        _gemm.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>The same in double precision.</summary>
internal sealed unsafe class BrgemmReference(BrgemmCase work, in Arguments arguments) : IReference
{
    private readonly Cells _rows = new(arguments.Source, DataType.F32);
    private readonly Cells _columns = new(arguments.Weights, DataType.F32);

    public long Count => work.M * work.N;

    public DataType Type => DataType.F32;

    public long Offset(long output) => output / work.M * work.LeadingC + output % work.M;

    public Expected Output(long output)
    {
        (long n, long m) = Math.DivRem(output, work.M);
        Sum sum = default;
        for (long block = 0; block < work.Blocks; block++)
        {
            for (long k = 0; k < work.K; k++)
            {
                long at = block * work.BlockA + (work.Transposed ? k * work.LeadingA + n : n * work.LeadingA + k);
                sum.Add(_rows[at], _columns[(block * work.K + k) * work.M + m]);
            }
        }

        return sum.Finish(ActivationDesc.None);
    }
}
