using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Matmul;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Primitives;

internal sealed class MatmulCase(MatmulDesc desc, string text) : PrimitiveCase
{
    public override string Text => text;

    public override long Work => WorkOf(desc);

    public override bool ExactOnIntegers => IsSimple(desc.Activation) && IsSimple(desc.Alpha, desc.Beta);

    public override IEnumerable<Role> InPlace => desc.HasResidual ? [Role.Residual] : [];

    public override IEnumerable<TensorSlot> Tensors
    {
        get
        {
            long outputs = Span(desc.M, desc.N, desc.LeadingC, desc.StrideC);
            yield return new(Role.Source, desc.TypeA, desc.TransposeA
                ? Span(desc.K, desc.M, desc.LeadingA, desc.StrideA) : Span(desc.M, desc.K, desc.LeadingA, desc.StrideA));
            yield return new(Role.Weights, desc.TypeB, desc.TransposeB
                ? Span(desc.N, desc.K, desc.LeadingB, desc.StrideB) : Span(desc.K, desc.N, desc.LeadingB, desc.StrideB));
            yield return new(Role.Bias, desc.TypeC, desc.HasBias ? desc.N : 0);
            yield return new(Role.Residual, desc.TypeC, desc.HasResidual ? outputs : 0);
            yield return new(Role.Destination, desc.TypeC, outputs);
        }
    }

    public override void Validate() => desc.Validate();

    public override Plan Create(PlanContext context) => MatmulPlans.Table.Create(desc, context);

    public override IReference Reference(in Arguments arguments) => new MatmulReference(desc, arguments);

    public static long WorkOf(MatmulDesc d) => d.Batch * d.M * d.N * Math.Max(1, d.K);

    /// <summary>Fewer rows, then columns, if all of them take too long (to compute, or to fill with data); the sums keep their length.</summary>
    public static MatmulDesc Cropped(MatmulDesc desc, long work)
    {
        long elements = TestBudget.Exhaustive ? long.MaxValue : Math.Min(work, 8_000_000);
        for (int i = 0; (WorkOf(desc) > work || desc.N * desc.K > elements) && (desc.M > 1 || desc.N > 1); i++)
        {
            desc = i % 2 == 0 && desc.M > 1
                ? desc with { M = Math.Max(1, desc.M / 2) }
                : desc with { N = Math.Max(1, desc.N / 2) };
        }

        return desc;
    }

    public static MatmulDesc Sample(TestRandom random)
    {
        (long m, long n, long k) = (random.Size(130), random.Size(200), random.Size(300));
        bool transposeA = random.Chance(0.3), transposeB = random.Chance(0.5), dense = random.Chance(0.5);
        long Gap() => dense ? 0 : random.Whole(0, 5);
        (DataType a, DataType b, DataType c) = random.Of(
            (DataType.F32, DataType.F32, DataType.F32), (DataType.F32, DataType.F32, DataType.F32), (DataType.F64, DataType.F64, DataType.F64),
            (DataType.U8, DataType.S8, DataType.S32), (DataType.S8, DataType.S8, DataType.S32));
        bool real = c != DataType.S32;
        long batch = random.Of<long>(1, 1, 1, 2, 5);
        long lda = (transposeA ? m : k) + Gap(), ldb = (transposeB ? k : n) + Gap(), ldc = n + Gap();
        var desc = new MatmulDesc
        {
            TypeA = a,
            TypeB = b,
            TypeC = c,
            Batch = batch,
            M = m,
            N = n,
            K = k,
            TransposeA = transposeA,
            TransposeB = transposeB,
            LeadingA = lda,
            LeadingB = ldb,
            LeadingC = ldc,
            StrideA = random.Chance(0.2) ? 0 : (transposeA ? k : m) * lda + Gap(),
            StrideB = random.Chance(0.3) ? 0 : (transposeB ? n : k) * ldb + Gap(),
            StrideC = m * ldc + Gap(),
            HasBias = random.Chance(0.5),
            HasResidual = real && random.Chance(0.4),
            Alpha = real ? random.Of(1f, 1f, 0.5f, -2f, 0.3f) : 1,
            Beta = random.Of(1f, 1f, 0.5f, 0f, -1.3f),
            Activation = real ? ConvolutionCase.SampleActivation(random) : ActivationDesc.None,
        };
        return Cropped(desc, TestBudget.SampleWork);
    }

    private long Span(long rows, long columns, long leading, long stride) =>
        rows == 0 || columns == 0 || desc.Batch == 0 ? 0 : (desc.Batch - 1) * stride + (rows - 1) * leading + columns;
}
