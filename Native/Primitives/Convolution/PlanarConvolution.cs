using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Primitives.Convolution;

/// <summary>
/// A 1×1 convolution of NCHW tensors as they are: the batch-reduce GEMM with its roles exchanged. Output channels are rows, whose weights
/// are broadcast; pixels are columns, and an input channel's plane is a step of k. Nothing is packed and nothing transposed.
/// </summary>
internal sealed unsafe class PlanarConvolution : BrgemmPlan
{
    private readonly ConvolutionDesc _desc;
    private readonly WeightsStrides _weights;
    private readonly GemmColumns[] _columns;
    private readonly long[] _firstPixels;
    private readonly int _rows;

    private PlanarConvolution(ConvolutionDesc desc, GemmColumns[] columns, int rows, PlanContext context)
        : base(
            context, panels: null, columns,
            WorkGrid.Cut(desc.Batch * desc.Groups * columns.Length, Shapes.CeilDivide(desc.OutChannels / desc.Groups, rows), context.Threads),
            () => Kernels(desc, columns, rows, context), "brgemm_nchw")
    {
        (_desc, _columns, _rows) = (desc, columns, rows);
        _weights = new WeightsStrides(desc, desc.WeightsLayout);
        _firstPixels = GemmColumns.Firsts(columns, GemmTuning.VectorBytes(context.Isa) / 4);
    }

    /// <summary>Null where the implementation supports the problem.</summary>
    public static string? Refuse(ConvolutionDesc desc, PlanContext context) =>
        LayoutConvolution.Refuse(desc, context) is string reason ? reason // what the GEMM refuses in any layout
        : desc.SourceLayout != Layout.Nchw || desc.DestinationLayout != Layout.Nchw ? "layouts must be nchw"
        : !ConvolutionRegions.IsLine(desc) ? "kernel must be 1x1 without stride and padding"
        : desc.HasBias ? "there must be no bias: a row of the GEMM has none"
        : desc.OutHeight * desc.OutWidth > GemmTuning.MostColumns ? "too many pixels in an image to lay out"
        : WastedShare(desc, context) > ConvolutionTuning.MostWastedLanes ? "too few pixels in an image to fill vectors"
        : null;

    /// <summary>Makes the plan.</summary>
    public static Plan Create(ConvolutionDesc desc, PlanContext context)
    {
        int lanes = GemmTuning.VectorBytes(context.Isa) / 4;
        long pixels = desc.OutHeight * desc.OutWidth;
        var (rows, mostVectors) = GemmTuning.ChooseLine(
            context.Isa, context.Threads, desc.OutChannels / desc.Groups, Shapes.CeilDivide(pixels, lanes), desc.InChannels / desc.Groups * 4);
        return new PlanarConvolution(desc, GemmColumns.Cut(pixels, lanes, mostVectors), rows, context);
    }

    /// <inheritdoc/>
    protected override void Compute(in Arguments arguments, byte* panels, int piece)
    {
        var (first, end, firstRegion, endRegion) = Grid.At(piece);
        long pixels = _desc.OutHeight * _desc.OutWidth;
        long inputs = _desc.InChannels / _desc.Groups, outputs = _desc.OutChannels / _desc.Groups;
        for (long block = first; block < end; block++)
        {
            // Groups of an image follow each other in source and destination, as images do.
            (long plane, long column) = Math.DivRem(block, _columns.Length);
            var kernel = Kernel(column);
            long pixel = _firstPixels[column];
            float* source = (float*)arguments.Source + plane * inputs * pixels + pixel;
            for (long region = firstRegion; region < endRegion; region++)
            {
                long row = region * _rows;
                long channel = plane % _desc.Groups * outputs + row;
                long c = (plane * outputs + row) * pixels + pixel;
                kernel.Run(
                    GemmRegion.KindOfLine(outputs, _rows, row), (float*)arguments.Weights + channel * _weights.Out, source,
                    (float*)arguments.Destination + c, (float*)arguments.Residual + c, bias: null);
            }
        }
    }

    private static RegionGemm Kernels(ConvolutionDesc desc, GemmColumns[] columns, int rows, PlanContext context)
    {
        var weights = new WeightsStrides(desc, desc.WeightsLayout);
        long plane = desc.OutHeight * desc.OutWidth * 4;
        return RegionGemm.Create(
            context.Isa, [new GemmTap(0, 0, desc.InChannels / desc.Groups)],
            GemmRegion.Line(desc.OutChannels / desc.Groups, rows, weights.Out * 4, plane), columns,
            Epilogues.Make(bias: false, desc.HasResidual, desc.Activation), new GemmOperands(weights.In * 4, plane));
    }

    /// <summary>Lanes of an image's vectors that hold no pixel, as a share of its pixels.</summary>
    private static double WastedShare(in ConvolutionDesc desc, PlanContext context)
    {
        long pixels = desc.OutHeight * desc.OutWidth;
        return (double)Shapes.RoundUp(pixels, GemmTuning.VectorBytes(context.Isa) / 4) / pixels - 1;
    }
}
