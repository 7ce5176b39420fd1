using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Primitives.Jit;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Softmax;

/// <summary>
/// Softmax in generated code: rows where the axis is innermost, else vectors of neighbouring columns. The logarithm takes maxima and sums first, then
/// (x - maximum) - log(sum), in that order so that results near zero keep their digits.
/// </summary>
internal sealed unsafe class JitSoftmax : Plan
{
    private readonly SoftmaxDesc _desc;
    private readonly Kernel _kernel;
    private readonly Kernel? _shift;
    private readonly long _unitsOfPiece, _parts, _partLength;
    private readonly int _pieces;

    private JitSoftmax(SoftmaxDesc desc, PlanContext context)
    {
        _desc = desc;
        bool rows = desc.Inner == 1, logarithm = desc.Logarithm;
        _kernel = rows
            ? KernelCache.Acquire(context.Isa, logarithm ? "sums" : "", "softmax_rows", a => SoftmaxRowsKernel.Generate(logarithm, a))
            : KernelCache.Acquire(context.Isa, logarithm ? "sums" : "", "softmax_columns", a => SoftmaxColumnsKernel.Generate(logarithm, a));
        if (logarithm)
        {
            ChainOp add = rows ? ChainOp.AddScalar : ChainOp.AddVector;
            Chain chain = Chain.Copy.Then(add).Then(add);
            _shift = KernelCache.Acquire(context.Isa, chain.ToString(), "elementwise", a => ElementwiseKernel.Generate(chain, a));
        }

        // An exponential is worth some plain elements: the threshold is lower.
        long wanted = desc.Outer * desc.Axis * desc.Inner <= ElementwiseTuning.SmallElements / 8 ? 1 : context.Threads;
        long parts = rows || desc.Outer >= 4 * wanted ? 1 : Shapes.CeilDivide(wanted, desc.Outer);
        _partLength = Shapes.RoundUp(Shapes.CeilDivide(desc.Inner, parts), ElementwiseTuning.Granularity);
        _parts = Shapes.CeilDivide(desc.Inner, _partLength);
        _unitsOfPiece = _parts > 1 ? 1 : Shapes.CeilDivide(desc.Outer, wanted);
        _pieces = checked((int)(Shapes.CeilDivide(desc.Outer, _unitsOfPiece) * _parts));
        Implementation = JitPlan.Name(context, "softmax");
    }

    /// <inheritdoc/>
    public override string Implementation { get; }

    /// <summary>Null where the implementation supports the problem.</summary>
    public static string? Refuse(SoftmaxDesc desc, PlanContext context) =>
        JitPlan.Refuse(context, desc.Type, desc.Outer * desc.Axis * desc.Inner == 0);

    /// <summary>Makes the plan.</summary>
    public static Plan Create(SoftmaxDesc desc, PlanContext context) => new JitSoftmax(desc, context);

    /// <inheritdoc/>
    public override void Execute(in Arguments arguments)
    {
        var work = new Work { Plan = this, Source = (float*)arguments.Source, Destination = (float*)arguments.Destination };
#pragma warning disable CS8500 // The struct holds a reference: it stays on this stack, where the collector sees it, until Run returns.
        WorkerTeam.Run(_pieces, &Piece, &work);
#pragma warning restore CS8500
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _kernel.Dispose();
        _shift?.Dispose();
        base.Dispose(disposing);
    }

    private static void Piece(void* state, int piece, int thread)
    {
#pragma warning disable CS8500
        var work = (Work*)state;
#pragma warning restore CS8500
        JitSoftmax plan = work->Plan;
        (long block, long part) = Math.DivRem(piece, plan._parts);
        long unit = block * plan._unitsOfPiece, end = Math.Min(unit + plan._unitsOfPiece, plan._desc.Outer);
        long matrix = plan._desc.Axis * plan._desc.Inner, column = part * plan._partLength;
        if (plan._desc.Inner == 1)
        {
            plan.Rows(work->Source + unit * matrix, work->Destination + unit * matrix, end - unit);
            return;
        }

        for (; unit < end; unit++)
        {
            long at = unit * matrix + column;
            plan.Columns(work->Source + at, work->Destination + at, Math.Min(plan._partLength, plan._desc.Inner - column));
        }
    }

    private void Rows(float* source, float* destination, long rows)
    {
        float* sums = stackalloc float[2 * ElementwiseTuning.SumsAtOnce];
        long most = _shift is null ? rows : ElementwiseTuning.SumsAtOnce;
        for (long row = 0; row < rows; row += most)
        {
            long some = Math.Min(most, rows - row), at = row * _desc.Axis;
            var call = new SoftmaxRowsCall
            {
                Source = source + at, Destination = destination + at, Rows = some, Count = _desc.Axis, Constants = Exponential.Constants,
                Maxima = sums, Sums = sums + ElementwiseTuning.SumsAtOnce,
            };
            ((delegate* unmanaged<SoftmaxRowsCall*, void>)_kernel.Address)(&call);
            Shift(source + at, destination + at, some, _desc.Axis, 0, sums, (int)some, sizeof(float));
        }
    }

    private void Columns(float* source, float* destination, long columns)
    {
        float* sums = stackalloc float[2 * ElementwiseTuning.SumsAtOnce];
        long most = _shift is null ? columns : ElementwiseTuning.SumsAtOnce;
        for (long at = 0; at < columns; at += most)
        {
            long some = Math.Min(most, columns - at);
            var call = new SoftmaxColumnsCall
            {
                Source = source + at, Destination = destination + at, Columns = some, Axis = _desc.Axis, Stride = _desc.Inner * sizeof(float),
                Constants = Exponential.Constants, Maxima = sums, Sums = sums + ElementwiseTuning.SumsAtOnce,
            };
            ((delegate* unmanaged<SoftmaxColumnsCall*, void>)_kernel.Address)(&call);
            Shift(source + at, destination + at, _desc.Axis, some, (_desc.Inner - some) * sizeof(float), sums, (int)some, -some * sizeof(float));
        }
    }

    /// <summary>The second half of a logarithm: subtracts maxima, then logarithms of sums.</summary>
    private void Shift(float* source, float* destination, long rows, long count, long gap, float* sums, int results, long operandGap)
    {
        if (_shift is null)
        {
            return;
        }

        float* maxima = sums, logarithms = sums + ElementwiseTuning.SumsAtOnce;
        for (int i = 0; i < results; i++)
        {
            maxima[i] = -maxima[i];
            logarithms[i] = -MathF.Log(logarithms[i]);
        }

        var call = new ElementwiseCall
        {
            Source = source, Destination = destination, Rows = rows, Count = count, SourceGap = gap, DestinationGap = gap,
        };
        (call.Operands[0], call.Gaps[0]) = ((nint)maxima, operandGap);
        (call.Operands[1], call.Gaps[1]) = ((nint)logarithms, operandGap);
        ((delegate* unmanaged<ElementwiseCall*, void>)_shift.Address)(&call);
    }

    private struct Work
    {
        public JitSoftmax Plan;
        public float* Source;
        public float* Destination;
    }
}
