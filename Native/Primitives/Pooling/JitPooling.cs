using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Primitives.Jit;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Pooling;

/// <summary>NHWC pooling in generated code: vectors along channels. A piece is a range of output rows, or of channels where rows are few.</summary>
internal sealed unsafe class JitPooling : Plan
{
    private readonly PoolingDesc _desc;
    private readonly PoolingTaps _taps;
    private readonly Kernel _kernel;
    private readonly long _rowsOfPiece, _parts, _partChannels;
    private readonly int _pieces;

    private JitPooling(PoolingDesc desc, PlanContext context)
    {
        _desc = desc;
        _taps = new PoolingTaps(desc, desc.Channels * sizeof(float));
        _kernel = AcquireKernel(desc, context);
        long rows = desc.Batch * desc.OutHeight;
        long wanted = Wanted(desc, context);
        long parts = rows >= 4 * wanted ? 1 : Shapes.CeilDivide(wanted, rows);
        _partChannels = Shapes.RoundUp(Shapes.CeilDivide(desc.Channels, parts), ElementwiseTuning.Granularity);
        _parts = Shapes.CeilDivide(desc.Channels, _partChannels);
        _rowsOfPiece = _parts > 1 ? 1 : Shapes.CeilDivide(rows, wanted);
        _pieces = checked((int)(Shapes.CeilDivide(rows, _rowsOfPiece) * _parts));
        Implementation = JitPlan.Name(context, "pooling");
    }

    /// <inheritdoc/>
    public override string Implementation { get; }

    /// <summary>Null where the implementation supports the problem.</summary>
    public static string? Refuse(PoolingDesc desc, PlanContext context) =>
        RefuseAny(desc, context) ?? (desc.Layout != Layout.Nhwc ? "layout must be nhwc" : PoolingTaps.Refuse(desc));

    /// <summary>Makes the plan.</summary>
    public static Plan Create(PoolingDesc desc, PlanContext context) => new JitPooling(desc, context);

    /// <inheritdoc/>
    public override void Execute(in Arguments arguments)
    {
        var work = new Work
        {
            Plan = this, Source = (float*)arguments.Source, Destination = (float*)arguments.Destination, Indices = (long*)arguments.Workspace,
        };
#pragma warning disable CS8500 // The struct holds a reference: it stays on this stack, where the collector sees it, until Run returns.
        WorkerTeam.Run(_pieces, &Piece, &work);
#pragma warning restore CS8500
    }

    /// <summary>What every generated pooling refuses.</summary>
    internal static string? RefuseAny(PoolingDesc desc, PlanContext context) =>
        JitPlan.Refuse(context, desc.Type, desc.Batch == 0 || desc.Channels == 0 || desc.OutHeight == 0 || desc.OutWidth == 0)
        ?? (desc.Batch * desc.Channels * desc.OutHeight > int.MaxValue ? "more rows than pieces can be counted" : null);

    /// <summary>The kernel of a kind of pooling.</summary>
    internal static Kernel AcquireKernel(PoolingDesc desc, PlanContext context)
    {
        WindowReduction kind = desc.Kind != PoolingKind.Max ? WindowReduction.Mean
            : desc.HasIndices ? WindowReduction.MaxWithIndex
            : WindowReduction.Max;
        return KernelCache.Acquire(context.Isa, kind.ToString(), "pool", a => PoolKernel.Generate(kind, a));
    }

    /// <summary>Pieces to aim at: one, or one a thread.</summary>
    internal static long Wanted(PoolingDesc desc, PlanContext context)
    {
        double taps = (double)desc.Batch * desc.Channels * desc.OutHeight * desc.OutWidth * desc.KernelHeight * desc.KernelWidth;
        return taps <= ElementwiseTuning.SmallElements ? 1 : context.Threads;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _kernel.Dispose();
        _taps.Dispose();
        base.Dispose(disposing);
    }

    private static void Piece(void* state, int piece, int thread)
    {
#pragma warning disable CS8500
        var work = (Work*)state;
#pragma warning restore CS8500
        JitPooling plan = work->Plan;
        (long block, long part) = Math.DivRem(piece, plan._parts);
        long row = block * plan._rowsOfPiece, end = Math.Min(row + plan._rowsOfPiece, plan._desc.Batch * plan._desc.OutHeight);
        for (; row < end; row++)
        {
            plan.Row(*work, row, part * plan._partChannels);
        }
    }

    private void Row(in Work work, long row, long channel)
    {
        (long image, long y) = Math.DivRem(row, _desc.OutHeight);
        PoolCall call = default;
        call.Channels = Math.Min(_partChannels, _desc.Channels - channel);
        call.PixelStep = _desc.StrideW * _desc.Channels * sizeof(float);
        call.PositionStep = (int)_desc.StrideW;
        call.DestinationGap = (_desc.Channels - call.Channels) * sizeof(float);

        // Indices are made as int32, in the upper half of the room that each pixel's have as int64.
        call.IndexGap = _desc.Channels * sizeof(long) - call.Channels * sizeof(int);
        foreach (ref readonly PoolingRun run in _taps.Runs)
        {
            long position = (y * _desc.StrideH - _desc.PadTop) * _desc.InWidth + run.First * _desc.StrideW - _desc.PadLeft;
            long output = (row * _desc.OutWidth + run.First) * _desc.Channels + channel;
            call.Source = work.Source + (image * _desc.InHeight * _desc.InWidth + position) * _desc.Channels + channel;
            call.Destination = work.Destination + output;
            call.Indices = (int*)(work.Indices + output) + call.Channels;
            call.Pixels = run.Pixels;
            call.Position = (int)position;
            _taps.Choose(ref call, y, run);
            ((delegate* unmanaged<PoolCall*, void>)_kernel.Address)(&call);
            for (long pixel = 0; _desc.HasIndices && pixel < run.Pixels; pixel++)
            {
                IndexWidening.InPlace(work.Indices + output + pixel * _desc.Channels, call.Channels);
            }
        }
    }

    private struct Work
    {
        public JitPooling Plan;
        public float* Source;
        public float* Destination;
        public long* Indices;
    }
}
