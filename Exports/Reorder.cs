using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Primitives.Reorder;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Exports;

/// <summary>A copy of a strided tensor into other strides.</summary>
[CName("fdnn_reorder_desc")]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct ReorderStruct : IDescription<ReorderDesc>
{
    /// <summary>sizeof this struct.</summary>
    public ulong Size;

    /// <summary>Element type of both tensors: any.</summary>
    public DataType DataType;

    /// <summary>Dimensions, at most 8; only so many places of the lists are read.</summary>
    public int Rank;

    /// <summary>Sizes of both tensors.</summary>
    public fixed long Sizes[Structs.MostDims];

    /// <summary>Strides of the source, in elements; 0 broadcasts.</summary>
    public fixed long StridesSrc[Structs.MostDims];

    /// <summary>Strides of the destination; no two elements share a place.</summary>
    public fixed long StridesDst[Structs.MostDims];
    readonly ReorderDesc IDescription<ReorderDesc>.ToDesc()
    {
        fixed (long* sizes = Sizes, source = StridesSrc, destination = StridesDst)
        {
            return new ReorderDesc(
                DataType,
                Structs.Dims(sizes, Rank, "reorder"),
                Structs.Dims(source, Rank, "reorder"),
                Structs.Dims(destination, Rank, "reorder"));
        }
    }
}

/// <summary>Copies into another order of dimensions.</summary>
public static unsafe class Reorder
{
    /// <summary>Makes a reorder: dst = src. An execution reads src and writes dst; they must not overlap.</summary>
    /// <param name="desc">The problem.</param>
    /// <param name="primitive">Gets the handle.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_reorder_create")]
    public static int Create(
        [C99Type("const fdnn_reorder_desc*")] ReorderStruct* desc, [C99Type("fdnn_primitive*")] ulong* primitive) =>
        Structs.Create(desc, primitive, ReorderPrimitive.Kind);
}
