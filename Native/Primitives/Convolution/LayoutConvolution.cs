using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.Convolution;

/// <summary>
/// Convolution with NCHW tensors through an NHWC one: source (and residual) are transposed into scratch memory, and the result out of it.
/// </summary>
internal sealed unsafe class LayoutConvolution : Plan
{
    private const long Alignment = 256;

    private readonly ConvolutionDesc _desc;
    private readonly Plan _inner;
    private readonly Transposer _transposer;
    private readonly long _sourceBytes;
    private readonly long _destinationBytes;

    private LayoutConvolution(ConvolutionDesc desc, PlanContext context)
    {
        _desc = desc;
        _inner = BrgemmConvolution.Create(Nhwc(desc), context);
        _transposer = new Transposer(context.Isa);
        _sourceBytes = desc.SourceLayout == Layout.Nhwc ? 0
            : Shapes.RoundUp(desc.Batch * desc.InChannels * desc.InHeight * desc.InWidth * 4, Alignment);
        _destinationBytes = desc.DestinationLayout == Layout.Nhwc ? 0
            : Shapes.RoundUp(desc.Batch * desc.OutChannels * desc.OutHeight * desc.OutWidth * 4, Alignment);
        ScratchBytes = _sourceBytes + _destinationBytes + _inner.ScratchBytes;
        CodeBytes = _inner.CodeBytes;
        PackedWeightsBytes = _inner.PackedWeightsBytes;
        PackedWeightsKey = _inner.PackedWeightsKey;
    }

    /// <inheritdoc/>
    public override string Implementation => _inner.Implementation + "+transpose";

    /// <summary>Null where the implementation supports the problem.</summary>
    public static string? Refuse(ConvolutionDesc desc, PlanContext context) => BrgemmConvolution.Refuse(Nhwc(desc), context);

    /// <summary>Makes the plan.</summary>
    public static Plan Create(ConvolutionDesc desc, PlanContext context) => new LayoutConvolution(desc, context);

    /// <inheritdoc/>
    public override void Execute(in Arguments arguments)
    {
        using var lease = ScratchPool.Rent(arguments.Scratch is null ? ScratchBytes : 0);
        byte* scratch = arguments.Scratch is null ? (byte*)lease.Pointer : (byte*)arguments.Scratch;
        var inner = arguments;
        if (_sourceBytes > 0)
        {
            _transposer.RunMany(arguments.Source, scratch, _desc.Batch, _desc.InChannels, _desc.InHeight * _desc.InWidth);
            inner.Source = scratch;
        }

        long pixels = _desc.OutHeight * _desc.OutWidth;
        if (_destinationBytes > 0)
        {
            inner.Destination = scratch + _sourceBytes;
            if (_desc.HasResidual)
            {
                _transposer.RunMany(arguments.Residual, inner.Destination, _desc.Batch, _desc.OutChannels, pixels);
                inner.Residual = inner.Destination;
            }
        }

        inner.Scratch = scratch + _sourceBytes + _destinationBytes;
        _inner.Execute(inner);
        if (_destinationBytes > 0)
        {
            _transposer.RunMany(inner.Destination, arguments.Destination, _desc.Batch, pixels, _desc.OutChannels);
        }
    }

    /// <inheritdoc/>
    public override void PackWeights(void* weights, void* packed) => _inner.PackWeights(weights, packed);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _inner.Dispose();
        _transposer.Dispose();
        base.Dispose(disposing);
    }

    private static ConvolutionDesc Nhwc(in ConvolutionDesc desc) =>
        desc with { SourceLayout = Layout.Nhwc, DestinationLayout = Layout.Nhwc };
}
