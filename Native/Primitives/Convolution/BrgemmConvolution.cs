using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Threading;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Convolution;

/// <summary>
/// Convolution of NHWC tensors by the batch-reduce GEMM: pixels are rows, output channels columns, taps the batch.
/// Packed weights are panels whose steps are [kernel row][kernel column][input channel].
/// </summary>
internal sealed unsafe class BrgemmConvolution : Plan
{
    private readonly ConvolutionDesc _desc;
    private readonly ConvolutionRegions _regions;
    private readonly RegionGemm _gemm;
    private readonly PanelLayout _panels;
    private readonly RegionGemm.Entry[] _kernels;
    private readonly WorkGrid _grid;
    private readonly long _regionsPerBlock;

    private BrgemmConvolution(ConvolutionDesc desc, PlanContext context)
    {
        _desc = ConvolutionRegions.IsLine(desc) ? ConvolutionRegions.AsLine(desc) : desc;
        var (rows, mostVectors) = ConvolutionRegions.Choose(_desc, context);
        _regions = ConvolutionRegions.Create(_desc, rows);
        _panels = new PanelLayout(
            context.Isa, desc.Groups, desc.OutChannels / desc.Groups,
            desc.InChannels / desc.Groups * desc.KernelHeight * desc.KernelWidth, mostVectors);
        _gemm = RegionGemm.Create(
            context.Isa, ConvolutionRegions.Taps(_desc), _regions.Kinds, _panels.Columns,
            Epilogues.Make(desc.HasBias, desc.HasResidual, desc.Activation), stepKA: 4);
        _kernels = [.. _panels.Columns.Select(_gemm.For)];
        _grid = WorkGrid.Cut(_regions.Count, desc.Groups * _panels.Columns.Length, context.Threads);
        _regionsPerBlock = Math.Max(1, GemmTuning.BlockBytesA(context.Isa) / Math.Max(1, _regions.SourceBytes));
        CodeBytes = _gemm.CodeBytes;
        PackedWeightsBytes = _panels.Bytes;
        PackedWeightsKey = $"{_panels.Key} conv i{desc.InChannels} h{desc.KernelHeight} w{desc.KernelWidth}";
        ScratchBytes = _panels.Bytes;
        Implementation = $"jit:{context.Isa.ToString().ToLowerInvariant()}:brgemm";
    }

    /// <inheritdoc/>
    public override string Implementation { get; }

    /// <summary>Null where the implementation supports the problem.</summary>
    public static string? Refuse(ConvolutionDesc desc, PlanContext context) =>
        !Vector.VectorAssemblers.Exists(context.Isa) ? $"{context.Isa} has no code generator"
        : desc.Type != DataType.F32 ? "data type must be f32"
        : desc.SourceLayout != Layout.Nhwc || desc.DestinationLayout != Layout.Nhwc ? "layouts must be nhwc"
        : desc.Batch == 0 || desc.InChannels == 0 || desc.OutChannels == 0 || desc.OutHeight == 0 || desc.OutWidth == 0 ? "empty"
        : desc.Groups > 1 && desc.OutChannels / desc.Groups * 8 < GemmTuning.VectorBytes(context.Isa) ? "too few channels in a group"
        : desc.KernelHeight * desc.KernelWidth > ConvolutionTuning.MostTaps ? "kernel too large to generate"
        : desc.OutWidth > ConvolutionTuning.WidestRow && !ConvolutionRegions.IsLine(desc) ? "rows too long to lay out"
        : desc.OutHeight > ConvolutionTuning.TallestImage && !ConvolutionRegions.IsLine(desc) ? "image too tall to lay out"
        : null;

    /// <summary>Makes the plan.</summary>
    public static Plan Create(ConvolutionDesc desc, PlanContext context) => new BrgemmConvolution(desc, context);

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
        var strides = new WeightsStrides(_desc, _desc.WeightsLayout);
        _panels.Pack(
            (float*)weights, (float*)packed, _desc.OutChannels / _desc.Groups * strides.Out, strides.Out,
            new PanelSteps(_desc.KernelHeight, strides.Row, _desc.KernelWidth, strides.Column, _desc.InChannels / _desc.Groups, strides.In));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _gemm.Dispose();
        _panels.Dispose();
        base.Dispose(disposing);
    }

    private static void Piece(void* state, int piece, int thread)
    {
#pragma warning disable CS8500
        var work = (Work*)state;
        work->Plan.Compute(*work, piece);
#pragma warning restore CS8500
    }

    /// <summary>
    /// For a block of regions whose pixels stay in L2: each block of columns in turn, its panel coming once from memory and then, for the
    /// other regions, from L2 as well.
    /// </summary>
    private void Compute(in Work work, int piece)
    {
        var (firstRegion, lastRegion, firstColumn, lastColumn) = _grid.At(piece);
        for (long block = firstRegion; block < lastRegion; block += _regionsPerBlock)
        {
            long end = Math.Min(block + _regionsPerBlock, lastRegion);
            for (long column = firstColumn; column < lastColumn; column++)
            {
                Column(work, block, end, column);
            }
        }
    }

    private void Column(in Work work, long first, long end, long column)
    {
        (long group, long index) = Math.DivRem(column, _panels.Columns.Length);
        var kernel = _kernels[index];
        long channel = group * (_desc.OutChannels / _desc.Groups) + _panels.FirstColumn((int)index);
        long source = group * (_desc.InChannels / _desc.Groups);
        byte* panel = work.Panels + _panels.Offset(group, (int)index);
        float* bias = (float*)work.Arguments.Bias + channel;
        for (long region = first; region < end; region++)
        {
            var (kind, a, c) = _regions.At(region);
            kernel.Run(
                kind, (float*)work.Arguments.Source + a + source, panel, (float*)work.Arguments.Destination + c + channel,
                (float*)work.Arguments.Residual + c + channel, bias);
        }
    }

    private struct Work
    {
        public BrgemmConvolution Plan;
        public Arguments Arguments;
        public byte* Panels;
    }
}
