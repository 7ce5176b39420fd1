using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.Matmul;

/// <summary>What the C boundary needs to know of a matrix product.</summary>
internal static class MatmulPrimitive
{
    public static readonly PrimitiveKind<MatmulDesc> Kind = new(
        "matmul", static desc => desc.Validate(), static desc => Arguments("matmul", desc), Describe, static () => MatmulPlans.Table);

    /// <summary>An inner product is a matrix product under another name.</summary>
    public static readonly PrimitiveKind<MatmulDesc> InnerProduct = Kind with
    {
        Name = "inner_product",
        Arguments = static desc => Arguments("inner_product", desc),
    };

    private static ArgumentRules Arguments(string name, MatmulDesc d)
    {
        TensorRule destination = Matrix(Argument.Destination, TensorUse.Write, d.TypeC, d.Batch, d.M, d.N, d.LeadingC, d.StrideC);
        List<TensorRule> tensors =
        [
            d.TransposeA
                ? Matrix(Argument.Source, TensorUse.Read, d.TypeA, d.Batch, d.K, d.M, d.LeadingA, d.StrideA)
                : Matrix(Argument.Source, TensorUse.Read, d.TypeA, d.Batch, d.M, d.K, d.LeadingA, d.StrideA),
            d.TransposeB
                ? Matrix(Argument.Weights, TensorUse.Read, d.TypeB, d.Batch, d.N, d.K, d.LeadingB, d.StrideB)
                : Matrix(Argument.Weights, TensorUse.Read, d.TypeB, d.Batch, d.K, d.N, d.LeadingB, d.StrideB),
            destination,
        ];
        if (d.HasBias)
        {
            tensors.Add(TensorRule.Contiguous(Argument.Bias, TensorUse.Read, d.TypeC, d.N));
        }

        if (d.HasResidual)
        {
            tensors.Add(destination with { Argument = Argument.Residual, Use = TensorUse.ReadInPlace });
        }

        return new ArgumentRules(name, [.. tensors]);
    }

    private static TensorRule Matrix(
        Argument argument, TensorUse use, DataType type, long batch, long rows, long columns, long leading, long stride) =>
        TensorRule.Strided(argument, use, type, new Dims(batch, rows, columns), new Dims(stride, leading, 1));

    private static string Describe(MatmulDesc d) =>
        $"{Words.Of(d.TypeA)}:{Words.Of(d.TypeB)}:{Words.Of(d.TypeC)},"
        + $"a:{(d.TransposeA ? "t" : "n")} b:{(d.TransposeB ? "t" : "n")}"
        + $"{(d.HasBias ? " bias" : "")}{(d.HasResidual ? " residual" : "")}{Words.Of(d.Activation)},{d.Batch}x{d.M}x{d.K}:{d.Batch}x{d.K}x{d.N}";
}
