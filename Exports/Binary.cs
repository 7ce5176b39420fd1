using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Primitives.Binary;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Exports;

/// <summary>An operation on two strided tensors.</summary>
[CName("fdnn_binary_desc")]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct BinaryStruct : IDescription<BinaryDesc>
{
    /// <summary>sizeof this struct.</summary>
    public ulong Size;

    /// <summary>Element type of all tensors: f32 or f64.</summary>
    public DataType DataType;

    /// <summary>Which operation.</summary>
    public BinaryKind Kind;

    /// <summary>Dimensions, at most 8; only so many places of the lists are read.</summary>
    public int Rank;

    /// <summary>Factor of b in an addition; usually 1.</summary>
    public float Alpha;

    /// <summary>Sizes of the destination.</summary>
    public fixed long Sizes[Structs.MostDims];

    /// <summary>Strides of a, in elements; 0 broadcasts.</summary>
    public fixed long StridesA[Structs.MostDims];

    /// <summary>Strides of b.</summary>
    public fixed long StridesB[Structs.MostDims];

    /// <summary>Strides of the destination; no two elements share a place.</summary>
    public fixed long StridesDst[Structs.MostDims];

    /// <summary>Applied last.</summary>
    public ActivationStruct Activation;
    readonly BinaryDesc IDescription<BinaryDesc>.ToDesc()
    {
        fixed (long* sizes = Sizes, a = StridesA, b = StridesB, destination = StridesDst)
        {
            return new()
            {
                Type = DataType,
                Kind = Kind,
                Sizes = Structs.Dims(sizes, Rank, "binary"),
                StridesA = Structs.Dims(a, Rank, "binary"),
                StridesB = Structs.Dims(b, Rank, "binary"),
                StridesC = Structs.Dims(destination, Rank, "binary"),
                Alpha = Alpha + 0f,
                Activation = Activation.ToDesc("binary"),
            };
        }
    }
}

/// <summary>Operations on two tensors.</summary>
public static unsafe class Binary
{
    /// <summary>Makes a binary operation: dst = activation(a op b). An execution reads src (a) and src1 (b), and writes dst, which may be an input with the same strides.</summary>
    /// <param name="desc">The problem.</param>
    /// <param name="primitive">Gets the handle.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_binary_create")]
    public static int Create(
        [C99Type("const fdnn_binary_desc*")] BinaryStruct* desc, [C99Type("fdnn_primitive*")] ulong* primitive) =>
        Structs.Create(desc, primitive, BinaryPrimitive.Kind);
}
