using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives.Binary;
using FugakuDnn.Native.Primitives.Convolution;
using FugakuDnn.Native.Primitives.Eltwise;
using FugakuDnn.Native.Primitives.Matmul;
using FugakuDnn.Native.Primitives.Pooling;
using FugakuDnn.Native.Primitives.Reorder;
using FugakuDnn.Native.Primitives.Softmax;
using FugakuDnn.Native.Tests.Support;

namespace FugakuDnn.Native.Tests.Primitives;

/// <summary>Random problems of every primitive, by name.</summary>
internal static class PrimitiveSamples
{
    public static IReadOnlyList<string> Names { get; } =
        ["convolution", "matmul", "pooling", "eltwise", "binary", "softmax", "batch_normalization", "reorder"];

    /// <summary>Every primitive for every instruction set.</summary>
    public static IEnumerable<TheoryDataRow<Isa, string>> ByIsa =>
        from isa in TestIsas.All from name in Names select new TheoryDataRow<Isa, string>(isa, name);

    public static PrimitiveCase Next(string name, TestRandom random)
    {
        switch (name)
        {
            case "convolution":
                ConvolutionDesc convolution = ConvolutionCase.Sample(random);
                return new ConvolutionCase(convolution, convolution.ToString());
            case "matmul":
                MatmulDesc matmul = MatmulCase.Sample(random);
                return new MatmulCase(matmul, matmul.ToString());
            case "pooling":
                PoolingDesc pooling = PoolingCase.Sample(random);
                return new PoolingCase(pooling, pooling.ToString());
            case "eltwise":
                EltwiseDesc eltwise = EltwiseCase.Sample(random);
                return new EltwiseCase(eltwise, eltwise.ToString());
            case "binary":
                BinaryDesc binary = BinaryCase.Sample(random);
                return new BinaryCase(binary, binary.ToString());
            case "softmax":
                SoftmaxDesc softmax = SoftmaxCase.Sample(random);
                return new SoftmaxCase(softmax, softmax.ToString());
            case "batch_normalization":
                return BatchNormalizationCase.Sample(random);
            case "reorder":
                ReorderDesc reorder = ReorderCase.Sample(random);
                return new ReorderCase(reorder, reorder.ToString());
            default:
                throw new ArgumentOutOfRangeException(nameof(name), name, "no such primitive");
        }
    }
}
