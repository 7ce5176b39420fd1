using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.Convolution;

/// <summary>
/// 2-D convolution, forward: destination = activation(Σ source·weights + bias + residual).
/// Reads <c>Source</c> (batch × in channels × in height × in width, <see cref="SourceLayout"/>), <c>Weights</c> or
/// <c>PackedWeights</c>, <c>Bias</c> (out channels) if <see cref="HasBias"/>, <c>Residual</c> (as the destination) if
/// <see cref="HasResidual"/>; writes <c>Destination</c>. Types: F32, F64. The destination may be the residual, but not overlap the source.
/// </summary>
public readonly record struct ConvolutionDesc
{
    /// <summary>Element type of all tensors.</summary>
    public DataType Type { get; init; }

    /// <summary>Layout of the source.</summary>
    public Layout SourceLayout { get; init; }

    /// <summary>Layout of destination and residual.</summary>
    public Layout DestinationLayout { get; init; }

    /// <summary>Layout of the unpacked weights.</summary>
    public WeightsLayout WeightsLayout { get; init; }

    /// <summary>Images.</summary>
    public long Batch { get; init; }

    /// <summary>Input channels of all groups.</summary>
    public long InChannels { get; init; }

    /// <summary>Rows of the source.</summary>
    public long InHeight { get; init; }

    /// <summary>Columns of the source.</summary>
    public long InWidth { get; init; }

    /// <summary>Output channels of all groups.</summary>
    public long OutChannels { get; init; }

    /// <summary>Rows of the kernel.</summary>
    public long KernelHeight { get; init; }

    /// <summary>Columns of the kernel.</summary>
    public long KernelWidth { get; init; }

    /// <summary>Step between output rows.</summary>
    public long StrideH { get; init; }

    /// <summary>Step between output columns.</summary>
    public long StrideW { get; init; }

    /// <summary>Distance between kernel rows; 1 is dense.</summary>
    public long DilationH { get; init; }

    /// <summary>Distance between kernel columns; 1 is dense.</summary>
    public long DilationW { get; init; }

    /// <summary>Zero rows above.</summary>
    public long PadTop { get; init; }

    /// <summary>Zero rows below.</summary>
    public long PadBottom { get; init; }

    /// <summary>Zero columns on the left.</summary>
    public long PadLeft { get; init; }

    /// <summary>Zero columns on the right.</summary>
    public long PadRight { get; init; }

    /// <summary>Groups; both channel counts are multiples of it.</summary>
    public long Groups { get; init; }

    /// <summary>A bias is added.</summary>
    public bool HasBias { get; init; }

    /// <summary>A residual is added.</summary>
    public bool HasResidual { get; init; }

    /// <summary>Applied last.</summary>
    public ActivationDesc Activation { get; init; }

    /// <summary>Rows of the destination.</summary>
    public long OutHeight => Shapes.Windows(InHeight, PadTop + PadBottom, KernelHeight, StrideH, DilationH);

    /// <summary>Columns of the destination.</summary>
    public long OutWidth => Shapes.Windows(InWidth, PadLeft + PadRight, KernelWidth, StrideW, DilationW);

    /// <summary>Throws <see cref="FdnnException"/> naming argument, rule and value if the descriptor is not a convolution.</summary>
    public void Validate()
    {
        Check.That(Type is DataType.F32 or DataType.F64, "convolution", "data_type", "must be f32 or f64", Type);
        Check.Defined(SourceLayout, "convolution", "src_layout");
        Check.Defined(DestinationLayout, "convolution", "dst_layout");
        Check.Defined(WeightsLayout, "convolution", "weights_layout");
        Check.NotNegative(Batch, "convolution", "batch");
        Check.Positive(Groups, "convolution", "groups");
        Check.NotNegative(InChannels, "convolution", "in_channels");
        Check.NotNegative(OutChannels, "convolution", "out_channels");
        Check.That(InChannels % Groups == 0, "convolution", "in_channels", $"must be a multiple of groups ({Groups})", InChannels);
        Check.That(OutChannels % Groups == 0, "convolution", "out_channels", $"must be a multiple of groups ({Groups})", OutChannels);
        Check.NotNegative(InHeight, "convolution", "in_height");
        Check.NotNegative(InWidth, "convolution", "in_width");
        Check.Positive(KernelHeight, "convolution", "kernel_height");
        Check.Positive(KernelWidth, "convolution", "kernel_width");
        Check.Positive(StrideH, "convolution", "stride_h");
        Check.Positive(StrideW, "convolution", "stride_w");
        Check.Positive(DilationH, "convolution", "dilation_h");
        Check.Positive(DilationW, "convolution", "dilation_w");
        Check.NotNegative(PadTop, "convolution", "pad_top");
        Check.NotNegative(PadBottom, "convolution", "pad_bottom");
        Check.NotNegative(PadLeft, "convolution", "pad_left");
        Check.NotNegative(PadRight, "convolution", "pad_right");
        Check.Window("convolution", "height", InHeight, PadTop, PadBottom, KernelHeight, DilationH);
        Check.Window("convolution", "width", InWidth, PadLeft, PadRight, KernelWidth, DilationW);
        Check.Defined(Activation.Kind, "convolution", "activation");
        Check.That(Activation.Fusable, "convolution", "activation", "must be none, relu, leaky_relu, clip or linear", Activation.Kind);
        Check.Volume("convolution", "src", Type, Batch, InChannels, InHeight, InWidth);
        Check.Volume("convolution", "weights", Type, OutChannels, InChannels / Groups, KernelHeight, KernelWidth);
        Check.Volume("convolution", "dst", Type, Batch, OutChannels, OutHeight, OutWidth);
    }
}
