using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Primitives.Jit;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Primitives.Pooling;

/// <summary>
/// NCHW pooling in generated code: a block of channels is transposed, some rows at a time, so that channels become vectors; pooled; and
/// transposed back. A piece is some blocks; each thread has one strip of scratch memory: rows of the image, rows of results, rows of indices.
/// </summary>
internal sealed unsafe class JitPlanarPooling : Plan
{
    private readonly PoolingDesc _desc;
    private readonly PoolingTaps _taps;
    private readonly Kernel _pool, _transpose;
    private readonly long _block, _blocksOfImage, _stripRows, _sourceFloats, _resultFloats;
    private readonly int _pieces, _threads;

    private JitPlanarPooling(PoolingDesc desc, PlanContext context)
    {
        _desc = desc;
        _block = BlockChannels(context);
        _taps = new PoolingTaps(desc, _block * sizeof(float));
        _pool = JitPooling.AcquireKernel(desc, context);
        _transpose = KernelCache.Acquire(context.Isa, "", "transpose", TransposeKernel.Generate);
        _blocksOfImage = Shapes.CeilDivide(desc.Channels, _block);
        _threads = (int)JitPooling.Wanted(desc, context);
        _pieces = checked((int)(desc.Batch * _blocksOfImage));
        _stripRows = StripRows(desc, _block);
        _sourceFloats = SourceRows(desc, _stripRows) * desc.InWidth * _block;
        _resultFloats = _stripRows * desc.OutWidth * _block;
        ScratchBytes = ThreadBytes * _threads;
        Implementation = JitPlan.Name(context, "pooling+transpose");
    }

    /// <inheritdoc/>
    public override string Implementation { get; }

    private long ThreadBytes => Shapes.RoundUp((_sourceFloats + 2 * _resultFloats) * sizeof(float), AlignedBuffer.DefaultAlignment);

    /// <summary>Null where the implementation supports the problem.</summary>
    public static string? Refuse(PoolingDesc desc, PlanContext context) =>
        JitPooling.RefuseAny(desc, context)
        ?? (desc.Layout != Layout.Nchw ? "layout must be nchw" : null)
        ?? PoolingTaps.Refuse(desc)
        ?? (SourceRows(desc, 1) * desc.InWidth * BlockChannels(context) * sizeof(float) > 8 * ElementwiseTuning.StripBytes
            ? "rows too long for scratch memory" : null);

    /// <summary>Makes the plan.</summary>
    public static Plan Create(PoolingDesc desc, PlanContext context) => new JitPlanarPooling(desc, context);

    /// <inheritdoc/>
    public override void Execute(in Arguments arguments)
    {
        using var lease = ScratchPool.Rent(arguments.Scratch is null ? ScratchBytes : 0);
        var work = new Work
        {
            Plan = this, Source = (float*)arguments.Source, Destination = (float*)arguments.Destination, Indices = (long*)arguments.Workspace,
            Scratch = arguments.Scratch is null ? (byte*)lease.Pointer : (byte*)arguments.Scratch,
        };
#pragma warning disable CS8500 // The struct holds a reference: it stays on this stack, where the collector sees it, until Run returns.
        WorkerTeam.Run(_pieces, _threads, &Piece, &work);
#pragma warning restore CS8500
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _pool.Dispose();
        _transpose.Dispose();
        _taps.Dispose();
        base.Dispose(disposing);
    }

    // Two vectors: whole cache lines of AVX2's channels, and half the loop overhead a pixel.
    private static long BlockChannels(PlanContext context) => 2 * VectorAssemblers.Create(context.Isa).Lanes;

    /// <summary>Most rows of the image that some output rows look at.</summary>
    private static long SourceRows(PoolingDesc desc, long outputRows) =>
        Math.Min(desc.InHeight, (outputRows - 1) * desc.StrideH + (desc.KernelHeight - 1) * desc.DilationH + 1);

    private static long StripRows(PoolingDesc desc, long block)
    {
        long rows = desc.OutHeight;
        while (rows > 1 && (SourceRows(desc, rows) * desc.InWidth + 2 * rows * desc.OutWidth) * block * sizeof(float) > ElementwiseTuning.StripBytes)
        {
            rows = Shapes.CeilDivide(rows, 2);
        }

        return rows;
    }

    private static void Piece(void* state, int piece, int thread)
    {
#pragma warning disable CS8500
        var work = (Work*)state;
#pragma warning restore CS8500
        JitPlanarPooling plan = work->Plan;
        var source = (float*)(work->Scratch + thread * plan.ThreadBytes);
        var strip = new Strip { Source = source, Result = source + plan._sourceFloats };
        strip.Indices = (int*)(strip.Result + plan._resultFloats);
        (strip.Image, long block) = Math.DivRem(piece, plan._blocksOfImage);
        strip.Channel = block * plan._block;
        strip.Channels = Math.Min(plan._block, plan._desc.Channels - strip.Channel);
        for (strip.Row = 0; strip.Row < plan._desc.OutHeight; strip.Row += plan._stripRows)
        {
            strip.Rows = Math.Min(plan._stripRows, plan._desc.OutHeight - strip.Row);
            plan.LoadStrip(*work, ref strip);
            for (long y = strip.Row; y < strip.Row + strip.Rows; y++)
            {
                plan.PoolRow(strip, y);
            }

            plan.StoreStrip(*work, strip);
        }
    }

    private void LoadStrip(in Work work, ref Strip strip)
    {
        long end = 0;
        strip.FirstSourceRow = long.MaxValue;
        for (long y = strip.Row; y < strip.Row + strip.Rows; y++)
        {
            // With dilation a later window may begin higher up.
            TapRange taps = PoolingTaps.Rows(_desc, y);
            long first = y * _desc.StrideH - _desc.PadTop + taps.From * _desc.DilationH;
            strip.FirstSourceRow = Math.Min(strip.FirstSourceRow, first);
            end = Math.Max(end, first + (taps.Count - 1) * _desc.DilationH + 1);
        }

        long plane = _desc.InHeight * _desc.InWidth;
        Transpose(
            work.Source + (strip.Image * _desc.Channels + strip.Channel) * plane + strip.FirstSourceRow * _desc.InWidth, strip.Source,
            strip.Channels, (end - strip.FirstSourceRow) * _desc.InWidth, plane, _block);
    }

    private void PoolRow(in Strip strip, long y)
    {
        PoolCall call = default;
        call.Channels = strip.Channels;
        call.PixelStep = _desc.StrideW * _block * sizeof(float);
        call.PositionStep = (int)_desc.StrideW;
        call.DestinationGap = call.IndexGap = (_block - strip.Channels) * sizeof(float);
        long top = y * _desc.StrideH - _desc.PadTop;
        foreach (ref readonly PoolingRun run in _taps.Runs)
        {
            long left = run.First * _desc.StrideW - _desc.PadLeft;
            long output = ((y - strip.Row) * _desc.OutWidth + run.First) * _block;
            call.Source = strip.Source + ((top - strip.FirstSourceRow) * _desc.InWidth + left) * _block;
            call.Destination = strip.Result + output;
            call.Indices = strip.Indices + output;
            call.Pixels = run.Pixels;
            call.Position = (int)(top * _desc.InWidth + left);
            _taps.Choose(ref call, y, run);
            ((delegate* unmanaged<PoolCall*, void>)_pool.Address)(&call);
        }
    }

    private void StoreStrip(in Work work, in Strip strip)
    {
        long plane = _desc.OutHeight * _desc.OutWidth, pixels = strip.Rows * _desc.OutWidth;
        long output = (strip.Image * _desc.Channels + strip.Channel) * plane + strip.Row * _desc.OutWidth;
        Transpose(strip.Result, work.Destination + output, pixels, strip.Channels, _block, plane);
        if (_desc.HasIndices)
        {
            // Into the upper half of the room that they get as int64.
            Transpose((float*)strip.Indices, (float*)(work.Indices + output) + pixels, pixels, strip.Channels, _block, 2 * plane);
            for (long channel = 0; channel < strip.Channels; channel++)
            {
                IndexWidening.InPlace(work.Indices + output + channel * plane, pixels);
            }
        }
    }

    private void Transpose(float* source, float* destination, long rows, long columns, long sourceStride, long destinationStride)
    {
        var call = new TransposeCall
        {
            Source = source, Destination = destination, Rows = rows, Columns = columns,
            SourceStride = sourceStride * sizeof(float), DestinationStride = destinationStride * sizeof(float),
        };
        ((delegate* unmanaged<TransposeCall*, void>)_transpose.Address)(&call);
    }

    /// <summary>A thread's scratch memory and what is in it.</summary>
    private struct Strip
    {
        public float* Source;
        public float* Result;
        public int* Indices;
        public long Image;
        public long Channel;
        public long Channels;
        public long Row;
        public long Rows;
        public long FirstSourceRow;
    }

    private struct Work
    {
        public JitPlanarPooling Plan;
        public float* Source;
        public float* Destination;
        public long* Indices;
        public byte* Scratch;
    }
}
