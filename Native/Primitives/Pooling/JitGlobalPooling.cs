using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Primitives.Jit;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;

namespace FugakuDnn.Native.Primitives.Pooling;

/// <summary>NCHW pooling with one window that holds the whole image: a plane is a row that is reduced. A piece is a range of planes.</summary>
internal sealed unsafe class JitGlobalPooling : Plan
{
    private readonly PoolingDesc _desc;
    private readonly Kernel _kernel;
    private readonly DivisorPair _divisor;
    private readonly long _planesOfPiece;
    private readonly int _pieces;

    private JitGlobalPooling(PoolingDesc desc, PlanContext context)
    {
        _desc = desc;
        RowReduction kind = desc.Kind == PoolingKind.Max ? RowReduction.Max : RowReduction.Mean;
        _kernel = KernelCache.Acquire(context.Isa, kind.ToString(), "rows", a => RowReductionKernel.Generate(kind, a));
        _divisor = new DivisorPair(desc.InHeight * desc.InWidth);
        _planesOfPiece = Shapes.CeilDivide(desc.Batch * desc.Channels, JitPooling.Wanted(desc, context));
        _pieces = checked((int)Shapes.CeilDivide(desc.Batch * desc.Channels, _planesOfPiece));
        Implementation = JitPlan.Name(context, "global_pooling");
    }

    /// <inheritdoc/>
    public override string Implementation { get; }

    /// <summary>Null where the implementation supports the problem.</summary>
    public static string? Refuse(PoolingDesc desc, PlanContext context) =>
        JitPooling.RefuseAny(desc, context)
        ?? (desc.Layout != Layout.Nchw ? "layout must be nchw"
            : desc.HasIndices ? "indices are not written"
            : desc.OutHeight != 1 || desc.OutWidth != 1 || desc.KernelHeight != desc.InHeight || desc.KernelWidth != desc.InWidth
                || desc.DilationH != 1 || desc.DilationW != 1 || desc.PadTop + desc.PadBottom + desc.PadLeft + desc.PadRight != 0
                ? "the window must be the image"
            : null);

    /// <summary>Makes the plan.</summary>
    public static Plan Create(PoolingDesc desc, PlanContext context) => new JitGlobalPooling(desc, context);

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
        base.Dispose(disposing);
    }

    private static void Piece(void* state, int piece, int thread)
    {
#pragma warning disable CS8500
        var work = (Work*)state;
#pragma warning restore CS8500
        JitGlobalPooling plan = work->Plan;
        long first = piece * plan._planesOfPiece, count = plan._desc.InHeight * plan._desc.InWidth;
        var call = new RowReductionCall
        {
            Source = work->Source + first * count, Destination = work->Destination + first,
            Rows = Math.Min(plan._planesOfPiece, plan._desc.Batch * plan._desc.Channels - first), Count = count, Divisor = plan._divisor,
        };
        ((delegate* unmanaged<RowReductionCall*, void>)plan._kernel.Address)(&call);
    }

    private struct Work
    {
        public JitGlobalPooling Plan;
        public float* Source;
        public float* Destination;
    }
}
