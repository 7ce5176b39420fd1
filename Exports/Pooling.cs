using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Primitives.Pooling;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Exports;

/// <summary>2-D pooling, forward. Global pooling is a window as large as the image.</summary>
[CName("fdnn_pooling_desc")]
[StructLayout(LayoutKind.Sequential)]
public struct PoolingStruct : IDescription<PoolingDesc>
{
    /// <summary>sizeof this struct.</summary>
    public ulong Size;

    /// <summary>Element type of all tensors: f32 or f64.</summary>
    public DataType DataType;

    /// <summary>Which pooling.</summary>
    public PoolingKind Kind;

    /// <summary>Layout of source, destination and indices.</summary>
    public Layout Layout;

    /// <summary>1: max pooling also writes indices.</summary>
    public int HasIndices;

    /// <summary>Images.</summary>
    public long Batch;

    /// <summary>Channels.</summary>
    public long Channels;

    /// <summary>Rows of the source.</summary>
    public long InHeight;

    /// <summary>Columns of the source.</summary>
    public long InWidth;

    /// <summary>Rows of the destination; given, because floor and ceil mode differ.</summary>
    public long OutHeight;

    /// <summary>Columns of the destination.</summary>
    public long OutWidth;

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
    readonly PoolingDesc IDescription<PoolingDesc>.ToDesc() => new()
    {
        Type = DataType,
        Kind = Kind,
        Layout = Layout,
        HasIndices = Structs.Flag(HasIndices, "pooling", "has_indices"),
        Batch = Batch,
        Channels = Channels,
        InHeight = InHeight,
        InWidth = InWidth,
        OutHeight = OutHeight,
        OutWidth = OutWidth,
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
    };
}

/// <summary>2-D pooling.</summary>
public static unsafe class Pooling
{
    /// <summary>Makes a pooling. An execution reads src and writes dst and, with indices, workspace: the position row·width + column (s64) of each maximum in its image.</summary>
    /// <param name="desc">The problem.</param>
    /// <param name="primitive">Gets the handle.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_pooling_create")]
    public static int Create(
        [C99Type("const fdnn_pooling_desc*")] PoolingStruct* desc, [C99Type("fdnn_primitive*")] ulong* primitive) =>
        Structs.Create(desc, primitive, PoolingPrimitive.Kind);
}
