using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Matmul;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Exports;

/// <summary>A batched matrix product of row-major matrices.</summary>
[CName("fdnn_matmul_desc")]
[StructLayout(LayoutKind.Sequential)]
public struct MatmulStruct : IDescription<MatmulDesc>
{
    /// <summary>sizeof this struct.</summary>
    public ulong Size;

    /// <summary>Element type of A: f32, f64, u8 or s8.</summary>
    public DataType TypeA;

    /// <summary>Element type of B: as A, or s8 where A is u8.</summary>
    public DataType TypeB;

    /// <summary>Element type of destination, bias and residual: as A, or s32 where A has 8 bits.</summary>
    public DataType TypeC;

    /// <summary>Must be 0.</summary>
    public int Reserved;

    /// <summary>Independent products.</summary>
    public long Batch;

    /// <summary>Rows of A and of the destination.</summary>
    public long M;

    /// <summary>Columns of B and of the destination.</summary>
    public long N;

    /// <summary>Length of the sums.</summary>
    public long K;

    /// <summary>1: A is stored as k × m.</summary>
    public int TransposeA;

    /// <summary>1: B is stored as n × k.</summary>
    public int TransposeB;

    /// <summary>Elements between rows of stored A.</summary>
    public long Lda;

    /// <summary>Elements between rows of stored B.</summary>
    public long Ldb;

    /// <summary>Elements between rows of destination and residual.</summary>
    public long Ldc;

    /// <summary>Elements between matrices of A; 0 repeats one.</summary>
    public long StrideA;

    /// <summary>Elements between matrices of B; 0 repeats one.</summary>
    public long StrideB;

    /// <summary>Elements between matrices of destination and residual.</summary>
    public long StrideC;

    /// <summary>1: a bias of n elements is added to every row.</summary>
    public int HasBias;

    /// <summary>1: a residual is added.</summary>
    public int HasResidual;

    /// <summary>Factor of the product; usually 1.</summary>
    public float Alpha;

    /// <summary>Factor of the residual.</summary>
    public float Beta;

    /// <summary>Applied last.</summary>
    public ActivationStruct Activation;
    readonly MatmulDesc IDescription<MatmulDesc>.ToDesc()
    {
        Check.That(Reserved == 0, "matmul", "reserved", "must be 0", Reserved);
        return new()
        {
            TypeA = TypeA,
            TypeB = TypeB,
            TypeC = TypeC,
            Batch = Batch,
            M = M,
            N = N,
            K = K,
            TransposeA = Structs.Flag(TransposeA, "matmul", "transpose_a"),
            TransposeB = Structs.Flag(TransposeB, "matmul", "transpose_b"),
            LeadingA = Lda,
            LeadingB = Ldb,
            LeadingC = Ldc,
            StrideA = StrideA,
            StrideB = StrideB,
            StrideC = StrideC,
            HasBias = Structs.Flag(HasBias, "matmul", "has_bias"),
            HasResidual = Structs.Flag(HasResidual, "matmul", "has_residual"),
            Alpha = Alpha + 0f,
            Beta = Beta + 0f,
            Activation = Activation.ToDesc("matmul"),
        };
    }
}

/// <summary>Matrix product.</summary>
public static unsafe class Matmul
{
    /// <summary>Makes a matrix product: dst[b] = activation(alpha·A[b]·B[b] + bias + beta·residual[b]). An execution reads src (A), weights (B) or packed_weights, bias and residual as the descriptor says, and writes dst, which may be the residual but not overlap A or B.</summary>
    /// <param name="desc">The problem.</param>
    /// <param name="primitive">Gets the handle.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_matmul_create")]
    public static int Create(
        [C99Type("const fdnn_matmul_desc*")] MatmulStruct* desc, [C99Type("fdnn_primitive*")] ulong* primitive) =>
        Structs.Create(desc, primitive, MatmulPrimitive.Kind);
}
