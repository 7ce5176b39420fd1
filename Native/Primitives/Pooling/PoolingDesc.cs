using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.Pooling;

/// <summary>Kinds of pooling. The numbers are part of the C ABI.</summary>
public enum PoolingKind
{
    /// <summary>Maximum of the window's pixels inside the image; NaN propagates.</summary>
    Max = 0,

    /// <summary>Mean over the window, padding counted as zeros (but not what ceil mode adds beyond the padding).</summary>
    AverageIncludePadding = 1,

    /// <summary>Mean over the window's pixels inside the image.</summary>
    AverageExcludePadding = 2,
}

/// <summary>
/// 2-D pooling, forward. Reads <c>Source</c>; writes <c>Destination</c> and, if <see cref="HasIndices"/>, <c>Workspace</c>: for each output
/// the position (row·width + column, S64) of the maximum in its image, the first one among equals; if there are NaNs, the result is NaN
/// and the position the last NaN's (as in PyTorch). A window without a pixel inside the image (an empty image, or dilation that steps over it) gives
/// -∞ with position -1, or a mean of 0. Types: F32, F64.
/// Global pooling is a window as large as the image.
/// </summary>
public readonly record struct PoolingDesc
{
    /// <summary>Element type.</summary>
    public DataType Type { get; init; }

    /// <summary>Kind.</summary>
    public PoolingKind Kind { get; init; }

    /// <summary>Layout of source, destination and indices.</summary>
    public Layout Layout { get; init; }

    /// <summary>Images.</summary>
    public long Batch { get; init; }

    /// <summary>Channels.</summary>
    public long Channels { get; init; }

    /// <summary>Rows of the source.</summary>
    public long InHeight { get; init; }

    /// <summary>Columns of the source.</summary>
    public long InWidth { get; init; }

    /// <summary>Rows of the destination; given, because floor and ceil mode differ.</summary>
    public long OutHeight { get; init; }

    /// <summary>Columns of the destination.</summary>
    public long OutWidth { get; init; }

    /// <summary>Rows of the window.</summary>
    public long KernelHeight { get; init; }

    /// <summary>Columns of the window.</summary>
    public long KernelWidth { get; init; }

    /// <summary>Step between windows, rows.</summary>
    public long StrideH { get; init; }

    /// <summary>Step between windows, columns.</summary>
    public long StrideW { get; init; }

    /// <summary>Distance between the window's rows; 1 is dense.</summary>
    public long DilationH { get; init; }

    /// <summary>Distance between the window's columns; 1 is dense.</summary>
    public long DilationW { get; init; }

    /// <summary>Rows of padding above.</summary>
    public long PadTop { get; init; }

    /// <summary>Rows of padding below.</summary>
    public long PadBottom { get; init; }

    /// <summary>Columns of padding on the left.</summary>
    public long PadLeft { get; init; }

    /// <summary>Columns of padding on the right.</summary>
    public long PadRight { get; init; }

    /// <summary>Max pooling also writes indices.</summary>
    public bool HasIndices { get; init; }

    /// <summary>Throws <see cref="FdnnException"/> naming argument, rule and value if the descriptor is not valid.</summary>
    public void Validate()
    {
        Check.That(Type is DataType.F32 or DataType.F64, "pooling", "data_type", "must be f32 or f64", Type);
        Check.Defined(Kind, "pooling", "kind");
        Check.Defined(Layout, "pooling", "layout");
        Check.NotNegative(Batch, "pooling", "batch");
        Check.NotNegative(Channels, "pooling", "channels");
        Check.NotNegative(InHeight, "pooling", "in_height");
        Check.NotNegative(InWidth, "pooling", "in_width");
        Check.NotNegative(OutHeight, "pooling", "out_height");
        Check.NotNegative(OutWidth, "pooling", "out_width");
        Check.Positive(KernelHeight, "pooling", "kernel_height");
        Check.Positive(KernelWidth, "pooling", "kernel_width");
        Check.Positive(StrideH, "pooling", "stride_h");
        Check.Positive(StrideW, "pooling", "stride_w");
        Check.Positive(DilationH, "pooling", "dilation_h");
        Check.Positive(DilationW, "pooling", "dilation_w");
        Extent("height", InHeight, OutHeight, KernelHeight, StrideH, DilationH, PadTop, PadBottom);
        Extent("width", InWidth, OutWidth, KernelWidth, StrideW, DilationW, PadLeft, PadRight);
        Check.That(!HasIndices || Kind == PoolingKind.Max, "pooling", "indices", "are written by max pooling only", Kind);
        Check.Volume("pooling", "src", Type, Batch, Channels, InHeight, InWidth);
        Check.Volume("pooling", "dst", DataType.S64, Batch, Channels, OutHeight, OutWidth);
    }

    /// <summary>Windows start inside the image or its leading padding, which is at most half a window wide.</summary>
    private static void Extent(
        string dimension, long input, long output, long kernel, long stride, long dilation, long before, long after)
    {
        Check.Range(before, 0, Check.MaxExtent, "pooling", "pad before " + dimension);
        Check.Range(after, 0, Check.MaxExtent, "pooling", "pad after " + dimension);
        long window = (kernel - 1) * dilation + 1;
        Check.That(window <= Check.MaxExtent, "pooling", "kernel_" + dimension, $"(dilated) must be at most {Check.MaxExtent}", window);
        Check.That(before <= window / 2 && after <= window / 2, "pooling", "padding of " + dimension,
            $"must be at most half the dilated window ({window})", $"{before}, {after}");
        long floor = Shapes.Windows(input, before + after, kernel, stride, dilation);
        Check.That(output == floor || output == floor + 1, "pooling", "out_" + dimension,
            $"must be {floor} (floor mode) or {floor + 1} (ceil mode)", output);
        Check.That(output == 0 || (output - 1) * stride < input + before, "pooling", "out_" + dimension,
            "must let every window start inside the image or its leading padding", output);
    }
}
