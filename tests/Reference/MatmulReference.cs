using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Matmul;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Reference;

/// <summary>Batched matrix product.</summary>
public sealed unsafe class MatmulReference(MatmulDesc desc, in Arguments arguments) : IReference
{
    private readonly Cells _a = new(arguments.Source, desc.TypeA);
    private readonly Cells _b = new(arguments.Weights, desc.TypeB);
    private readonly Cells _bias = new(desc.HasBias ? arguments.Bias : null, desc.TypeC);
    private readonly Cells _residual = new(desc.HasResidual ? arguments.Residual : null, desc.TypeC);

    public long Count => desc.Batch * desc.M * desc.N;

    public DataType Type => desc.TypeC;

    public long Offset(long output)
    {
        (long batch, long m, long n) = Position(output);
        return batch * desc.StrideC + m * desc.LeadingC + n;
    }

    public Expected Output(long output)
    {
        (long batch, long m, long n) = Position(output);
        Sum sum = default;
        for (long k = 0; k < desc.K; k++)
        {
            long a = batch * desc.StrideA + (desc.TransposeA ? k * desc.LeadingA + m : m * desc.LeadingA + k);
            long b = batch * desc.StrideB + (desc.TransposeB ? n * desc.LeadingB + k : k * desc.LeadingB + n);
            sum.Add(_a[a], _b[b]);
        }

        sum.Scale(desc.Alpha);
        if (_bias.Exist)
        {
            sum.AddOnce(_bias[n]);
        }

        if (_residual.Exist)
        {
            sum.AddOnce(desc.Beta * _residual[Offset(output)]);
        }

        return sum.Finish(desc.Activation);
    }

    private (long Batch, long M, long N) Position(long output) =>
        (output / (desc.M * desc.N), output / desc.N % desc.M, output % desc.N);
}
