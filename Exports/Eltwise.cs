using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Eltwise;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Exports;

/// <summary>A function of one variable over a dense tensor.</summary>
[CName("fdnn_eltwise_desc")]
[StructLayout(LayoutKind.Sequential)]
public struct EltwiseStruct : IDescription<EltwiseDesc>
{
    /// <summary>sizeof this struct.</summary>
    public ulong Size;

    /// <summary>Element type of all tensors: f32 or f64.</summary>
    public DataType DataType;

    /// <summary>Must be 0.</summary>
    public int Reserved;

    /// <summary>The function.</summary>
    public ActivationStruct Activation;

    /// <summary>Elements.</summary>
    public long Count;
    readonly EltwiseDesc IDescription<EltwiseDesc>.ToDesc()
    {
        Check.That(Reserved == 0, "eltwise", "reserved", "must be 0", Reserved);
        return new EltwiseDesc(DataType, Activation.ToDesc("eltwise"), Count);
    }
}

/// <summary>Elementwise functions.</summary>
public static unsafe class Eltwise
{
    /// <summary>Makes an elementwise function: dst = activation(src). An execution reads src and writes dst, which may be src.</summary>
    /// <param name="desc">The problem.</param>
    /// <param name="primitive">Gets the handle.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_eltwise_create")]
    public static int Create(
        [C99Type("const fdnn_eltwise_desc*")] EltwiseStruct* desc, [C99Type("fdnn_primitive*")] ulong* primitive) =>
        Structs.Create(desc, primitive, EltwisePrimitive.Kind);
}
