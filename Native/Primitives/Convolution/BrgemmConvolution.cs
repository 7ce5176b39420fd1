using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Convolution;

/// <summary>
/// Convolution of NHWC tensors by the batch-reduce GEMM: pixels are rows, output channels columns, taps the batch.
/// Packed weights are panels whose steps are [kernel row][kernel column][input channel].
/// </summary>
internal sealed unsafe class BrgemmConvolution : BrgemmPlan
{
    private readonly ConvolutionDesc _desc;
    private readonly ConvolutionRegions _regions;
    private readonly PanelLayout _panels;
    private readonly long _regionsPerBlock;

    private BrgemmConvolution(ConvolutionDesc desc, ConvolutionRegions regions, PanelLayout panels, PlanContext context)
        : base(
            context, panels, panels.Columns, WorkGrid.Cut(regions.Count, desc.Groups * panels.Columns.Length, context.Threads),
            () => RegionGemm.Create(
                context.Isa, ConvolutionRegions.Taps(desc), regions.Kinds, panels.Columns,
                Epilogues.Make(desc.HasBias, desc.HasResidual, desc.Activation), new GemmOperands(StepA: 4)))
    {
        (_desc, _regions, _panels) = (desc, regions, panels);
        _regionsPerBlock = Math.Max(1, GemmTuning.BlockBytesA(context.Isa) / Math.Max(1, regions.SourceBytes));
        PackedWeightsBytes = panels.Bytes;
        PackedWeightsKey = $"{panels.Key} conv i{desc.InChannels} h{desc.KernelHeight} w{desc.KernelWidth}";
    }

    /// <summary>Null where the implementation supports the problem.</summary>
    public static string? Refuse(ConvolutionDesc desc, PlanContext context) =>
        !Vector.VectorAssemblers.Exists(context.Isa) ? $"{context.Isa} has no code generator"
        : desc.Type != DataType.F32 ? "data type must be f32"
        : desc.SourceLayout != Layout.Nhwc || desc.DestinationLayout != Layout.Nhwc ? "layouts must be nhwc"
        : desc.Batch == 0 || desc.InChannels == 0 || desc.OutChannels == 0 || desc.OutHeight == 0 || desc.OutWidth == 0 ? "empty"
        : desc.Groups > 1 && desc.OutChannels / desc.Groups * 8 < GemmTuning.VectorBytes(context.Isa) ? "too few channels in a group"
        : desc.OutChannels / desc.Groups > GemmTuning.MostColumns ? "too many output channels to lay out"
        : desc.KernelHeight * desc.KernelWidth > ConvolutionTuning.MostTaps ? "kernel too large to generate"
        : desc.OutWidth > ConvolutionTuning.WidestRow && !ConvolutionRegions.IsLine(desc) ? "rows too long to lay out"
        : desc.OutHeight > ConvolutionTuning.TallestImage && !ConvolutionRegions.IsLine(desc) ? "image too tall to lay out"
        : null;

    /// <summary>Makes the plan.</summary>
    public static Plan Create(ConvolutionDesc desc, PlanContext context)
    {
        desc = ConvolutionRegions.IsLine(desc) ? ConvolutionRegions.AsLine(desc) : desc;
        var (rows, mostVectors) = ConvolutionRegions.Choose(desc, context);
        var regions = ConvolutionRegions.Create(desc, rows);
        var panels = new PanelLayout(
            context.Isa, desc.Groups, desc.OutChannels / desc.Groups,
            desc.InChannels / desc.Groups * desc.KernelHeight * desc.KernelWidth, mostVectors);
        return new BrgemmConvolution(desc, regions, panels, context);
    }

    /// <inheritdoc/>
    public override void PackWeights(void* weights, void* packed)
    {
        var strides = new WeightsStrides(_desc, _desc.WeightsLayout);
        _panels.Pack(
            (float*)weights, (float*)packed, _desc.OutChannels / _desc.Groups * strides.Out, strides.Out,
            new PanelSteps(_desc.KernelHeight, strides.Row, _desc.KernelWidth, strides.Column, _desc.InChannels / _desc.Groups, strides.In));
    }

    /// <summary>
    /// For a block of regions whose pixels stay in L2: each block of columns in turn, its panel coming once from memory and then, for the
    /// other regions, from L2 as well.
    /// </summary>
    protected override void Compute(in Arguments arguments, byte* panels, int piece)
    {
        var (firstRegion, lastRegion, firstColumn, lastColumn) = Grid.At(piece);
        for (long block = firstRegion; block < lastRegion; block += _regionsPerBlock)
        {
            long end = Math.Min(block + _regionsPerBlock, lastRegion);
            for (long column = firstColumn; column < lastColumn; column++)
            {
                Column(arguments, panels, block, end, column);
            }
        }
    }

    private void Column(in Arguments arguments, byte* panels, long first, long end, long column)
    {
        (long group, long index) = Math.DivRem(column, _panels.Columns.Length);
        var kernel = Kernel(index);
        long channel = group * (_desc.OutChannels / _desc.Groups) + _panels.FirstColumn((int)index);
        long source = group * (_desc.InChannels / _desc.Groups);
        byte* panel = panels + _panels.Offset(group, (int)index);
        float* bias = (float*)arguments.Bias + channel;
        for (long region = first; region < end; region++)
        {
            var (kind, a, c) = _regions.At(region);
            kernel.Run(
                kind, (float*)arguments.Source + a + source, panel, (float*)arguments.Destination + c + channel,
                (float*)arguments.Residual + c + channel, bias);
        }
    }
}
