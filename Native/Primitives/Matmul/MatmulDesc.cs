using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.Matmul;

/// <summary>
/// Batched matrix product: destination[b] = activation(alpha·A[b]·B[b] + bias + beta·residual[b]).
/// A is m × k, B is k × n, destination and residual are m × n, all row-major with leading dimensions in elements; with
/// <see cref="TransposeA"/> A is stored as k × m, with <see cref="TransposeB"/> B as n × k. Reads <c>Source</c> (A), <c>Weights</c>
/// (B) or <c>PackedWeights</c>, <c>Bias</c> (n) if <see cref="HasBias"/>, <c>Residual</c> if <see cref="HasResidual"/>; writes
/// <c>Destination</c>, which may be the residual but not overlap A or B. Types: F32, F64; U8·S8 and S8·S8 into S32, whose sums are exact
/// (modulo 2³², which needs k above 65,000). A product of no terms (k = 0) is zero. An inner product is a matmul with <see cref="TransposeB"/>.
/// </summary>
public readonly record struct MatmulDesc
{
    /// <summary>Element type of A.</summary>
    public DataType TypeA { get; init; }

    /// <summary>Element type of B.</summary>
    public DataType TypeB { get; init; }

    /// <summary>Element type of destination, bias and residual.</summary>
    public DataType TypeC { get; init; }

    /// <summary>Independent products.</summary>
    public long Batch { get; init; }

    /// <summary>Rows of A and of the destination.</summary>
    public long M { get; init; }

    /// <summary>Columns of B and of the destination.</summary>
    public long N { get; init; }

    /// <summary>Length of the sums.</summary>
    public long K { get; init; }

    /// <summary>A is stored transposed.</summary>
    public bool TransposeA { get; init; }

    /// <summary>B is stored transposed.</summary>
    public bool TransposeB { get; init; }

    /// <summary>Elements between rows of stored A.</summary>
    public long LeadingA { get; init; }

    /// <summary>Elements between rows of stored B.</summary>
    public long LeadingB { get; init; }

    /// <summary>Elements between rows of destination and residual.</summary>
    public long LeadingC { get; init; }

    /// <summary>Elements between matrices of A; 0 repeats one.</summary>
    public long StrideA { get; init; }

    /// <summary>Elements between matrices of B; 0 repeats one.</summary>
    public long StrideB { get; init; }

    /// <summary>Elements between matrices of destination and residual.</summary>
    public long StrideC { get; init; }

    /// <summary>A bias of n elements is added to every row.</summary>
    public bool HasBias { get; init; }

    /// <summary>A residual is added.</summary>
    public bool HasResidual { get; init; }

    /// <summary>Factor of the product.</summary>
    public float Alpha { get; init; }

    /// <summary>Factor of the residual.</summary>
    public float Beta { get; init; }

    /// <summary>Applied last.</summary>
    public ActivationDesc Activation { get; init; }

    /// <summary>Throws <see cref="FdnnException"/> naming argument, rule and value if the descriptor is not a matmul.</summary>
    public void Validate()
    {
        Check.That(TypesSupported(TypeA, TypeB, TypeC), "matmul", "data types",
            "must be f32 f32 f32, f64 f64 f64, u8 s8 s32 or s8 s8 s32", $"{TypeA} {TypeB} {TypeC}");
        Check.NotNegative(Batch, "matmul", "batch");
        Check.NotNegative(M, "matmul", "m");
        Check.NotNegative(N, "matmul", "n");
        Check.NotNegative(K, "matmul", "k");
        Leading("lda", LeadingA, TransposeA ? M : K);
        Leading("ldb", LeadingB, TransposeB ? K : N);
        Leading("ldc", LeadingC, N);
        Check.NotNegative(StrideA, "matmul", "stride_a");
        Check.NotNegative(StrideB, "matmul", "stride_b");
        Check.NotNegative(StrideC, "matmul", "stride_c");
        Check.Volume("matmul", "a", TypeA, TransposeA ? K : M, LeadingA);
        Check.Volume("matmul", "b", TypeB, TransposeB ? N : K, LeadingB);
        Check.Volume("matmul", "dst", TypeC, M, LeadingC);
        Check.Volume("matmul", "a", TypeA, Batch, Math.Max(StrideA, 1));
        Check.Volume("matmul", "b", TypeB, Batch, Math.Max(StrideB, 1));
        Check.Volume("matmul", "dst", TypeC, Batch, Math.Max(StrideC, 1));
        Check.That(Batch <= 1 || M == 0 || N == 0 || StrideC >= (M - 1) * LeadingC + N, "matmul", "stride_c",
            "must be at least (m - 1)·ldc + n, so that results do not overlap", StrideC);
        Check.That(TypeC != DataType.S32 || (Alpha == 1 && !HasResidual && Activation.Kind == Primitives.Activation.None), "matmul", "alpha, residual, activation",
            "must be 1, absent and none for integer types", $"{Alpha}, {HasResidual}, {Activation.Kind}");
        Check.That(Activation.Fusable, "matmul", "activation", "must be none, relu, leaky_relu, clip or linear", Activation.Kind);
    }

    private static bool TypesSupported(DataType a, DataType b, DataType c) => (a, b, c) is
        (DataType.F32, DataType.F32, DataType.F32) or (DataType.F64, DataType.F64, DataType.F64) or
        (DataType.U8, DataType.S8, DataType.S32) or (DataType.S8, DataType.S8, DataType.S32);

    private static void Leading(string name, long value, long columns) =>
        Check.Range(value, Math.Max(columns, 1), Check.MaxExtent * 256, "matmul", name);
}
