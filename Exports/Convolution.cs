using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Primitives.Convolution;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Exports;

/// <summary>A 2-D convolution, forward. Destination height = (in_height + pad_top + pad_bottom - dilation_h·(kernel_height - 1) - 1) / stride_h + 1, width likewise.</summary>
[CName("fdnn_convolution_desc")]
[StructLayout(LayoutKind.Sequential)]
public struct ConvolutionStruct : IDescription<ConvolutionDesc>
{
    /// <summary>sizeof this struct.</summary>
    public ulong Size;

    /// <summary>Element type of all tensors: f32 or f64.</summary>
    public DataType DataType;

    /// <summary>Layout of the source.</summary>
    public Layout SrcLayout;

    /// <summary>Layout of destination and residual.</summary>
    public Layout DstLayout;

    /// <summary>Layout of the unpacked weights.</summary>
    public WeightsLayout WeightsLayout;

    /// <summary>Images.</summary>
    public long Batch;

    /// <summary>Input channels of all groups.</summary>
    public long InChannels;

    /// <summary>Rows of the source.</summary>
    public long InHeight;

    /// <summary>Columns of the source.</summary>
    public long InWidth;

    /// <summary>Output channels of all groups.</summary>
    public long OutChannels;

    /// <summary>Rows of the kernel.</summary>
    public long KernelHeight;

    /// <summary>Columns of the kernel.</summary>
    public long KernelWidth;

    /// <summary>Step between output rows; at least 1.</summary>
    public long StrideH;

    /// <summary>Step between output columns; at least 1.</summary>
    public long StrideW;

    /// <summary>Distance between kernel rows; 1 is dense.</summary>
    public long DilationH;

    /// <summary>Distance between kernel columns; 1 is dense.</summary>
    public long DilationW;

    /// <summary>Padding above.</summary>
    public long PadTop;

    /// <summary>Padding below.</summary>
    public long PadBottom;

    /// <summary>Padding on the left.</summary>
    public long PadLeft;

    /// <summary>Padding on the right.</summary>
    public long PadRight;

    /// <summary>Groups; both channel counts are multiples of it.</summary>
    public long Groups;

    /// <summary>1: a bias is added.</summary>
    public int HasBias;

    /// <summary>1: a residual is added.</summary>
    public int HasResidual;

    /// <summary>Applied last.</summary>
    public ActivationStruct Activation;
    readonly ConvolutionDesc IDescription<ConvolutionDesc>.ToDesc() => new()
    {
        Type = DataType,
        SourceLayout = SrcLayout,
        DestinationLayout = DstLayout,
        WeightsLayout = WeightsLayout,
        Batch = Batch,
        InChannels = InChannels,
        InHeight = InHeight,
        InWidth = InWidth,
        OutChannels = OutChannels,
        KernelHeight = KernelHeight,
        KernelWidth = KernelWidth,
        StrideH = StrideH,
        StrideW = StrideW,
        DilationH = DilationH,
        DilationW = DilationW,
        PadTop = PadTop,
        PadBottom = PadBottom,
        PadLeft = PadLeft,
        PadRight = PadRight,
        Groups = Groups,
        HasBias = Structs.Flag(HasBias, "convolution", "has_bias"),
        HasResidual = Structs.Flag(HasResidual, "convolution", "has_residual"),
        Activation = Activation.ToDesc("convolution"),
    };
}

/// <summary>2-D convolution.</summary>
public static unsafe class Convolution
{
    /// <summary>Makes a convolution: dst = activation(Σ src·weights + bias + residual). An execution reads src, weights or packed_weights, bias and residual as the descriptor says, and writes dst, which may be the residual but not overlap src.</summary>
    /// <param name="desc">The problem.</param>
    /// <param name="primitive">Gets the handle.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_convolution_create")]
    public static int Create(
        [C99Type("const fdnn_convolution_desc*")] ConvolutionStruct* desc, [C99Type("fdnn_primitive*")] ulong* primitive) =>
        Structs.Create(desc, primitive, ConvolutionPrimitive.Kind);
}
