using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Matmul;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Exports;

/// <summary>A fully connected layer; all tensors are dense and row-major, weights are out_features × in_features.</summary>
[CName("fdnn_inner_product_desc")]
[StructLayout(LayoutKind.Sequential)]
public struct InnerProductStruct : IDescription<MatmulDesc>
{
    /// <summary>sizeof this struct.</summary>
    public ulong Size;

    /// <summary>Element type of all tensors: f32 or f64.</summary>
    public DataType DataType;

    /// <summary>Must be 0.</summary>
    public int Reserved;

    /// <summary>Rows of source and destination.</summary>
    public long Batch;

    /// <summary>Columns of the source.</summary>
    public long InFeatures;

    /// <summary>Columns of the destination.</summary>
    public long OutFeatures;

    /// <summary>1: a bias of out_features elements is added to every row.</summary>
    public int HasBias;

    /// <summary>1: a residual is added.</summary>
    public int HasResidual;

    /// <summary>Applied last.</summary>
    public ActivationStruct Activation;
    readonly MatmulDesc IDescription<MatmulDesc>.ToDesc()
    {
        Check.That(Reserved == 0, "inner_product", "reserved", "must be 0", Reserved);
        Check.That(DataType is DataType.F32 or DataType.F64, "inner_product", "data_type", "must be f32 or f64", DataType);
        Check.NotNegative(Batch, "inner_product", "batch");
        Check.NotNegative(InFeatures, "inner_product", "in_features");
        Check.NotNegative(OutFeatures, "inner_product", "out_features");
        return new()
        {
            TypeA = DataType,
            TypeB = DataType,
            TypeC = DataType,
            Batch = 1,
            M = Batch,
            N = OutFeatures,
            K = InFeatures,
            TransposeB = true,
            LeadingA = Math.Max(InFeatures, 1),
            LeadingB = Math.Max(InFeatures, 1),
            LeadingC = Math.Max(OutFeatures, 1),
            HasBias = Structs.Flag(HasBias, "inner_product", "has_bias"),
            HasResidual = Structs.Flag(HasResidual, "inner_product", "has_residual"),
            Alpha = 1,
            Beta = 1,
            Activation = Activation.ToDesc("inner_product"),
        };
    }
}

/// <summary>Inner product (a fully connected layer).</summary>
public static unsafe class InnerProduct
{
    /// <summary>Makes an inner product: dst = activation(src·weightsᵀ + bias + residual). An execution reads src, weights or packed_weights, bias and residual as the descriptor says, and writes dst, which may be the residual but not overlap src.</summary>
    /// <param name="desc">The problem.</param>
    /// <param name="primitive">Gets the handle.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_inner_product_create")]
    public static int Create(
        [C99Type("const fdnn_inner_product_desc*")] InnerProductStruct* desc, [C99Type("fdnn_primitive*")] ulong* primitive) =>
        Structs.Create(desc, primitive, MatmulPrimitive.InnerProduct);
}
