using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Primitives.Softmax;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Exports;

/// <summary>Softmax along the middle of three dense dimensions.</summary>
[CName("fdnn_softmax_desc")]
[StructLayout(LayoutKind.Sequential)]
public struct SoftmaxStruct : IDescription<SoftmaxDesc>
{
    /// <summary>sizeof this struct.</summary>
    public ulong Size;

    /// <summary>Element type of all tensors: f32 or f64.</summary>
    public DataType DataType;

    /// <summary>1: the logarithm of the softmax.</summary>
    public int Logarithm;

    /// <summary>Product of the dimensions before the axis.</summary>
    public long Outer;

    /// <summary>Size of the axis.</summary>
    public long Axis;

    /// <summary>Product of the dimensions after the axis.</summary>
    public long Inner;
    readonly SoftmaxDesc IDescription<SoftmaxDesc>.ToDesc() =>
        new(DataType, Outer, Axis, Inner, Structs.Flag(Logarithm, "softmax", "logarithm"));
}

/// <summary>Softmax and log-softmax.</summary>
public static unsafe class Softmax
{
    /// <summary>Makes a softmax. An execution reads src and writes dst, which may be src. A row with a NaN, or with only -∞, becomes NaN.</summary>
    /// <param name="desc">The problem.</param>
    /// <param name="primitive">Gets the handle.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_softmax_create")]
    public static int Create(
        [C99Type("const fdnn_softmax_desc*")] SoftmaxStruct* desc, [C99Type("fdnn_primitive*")] ulong* primitive) =>
        Structs.Create(desc, primitive, SoftmaxPrimitive.Kind);
}
