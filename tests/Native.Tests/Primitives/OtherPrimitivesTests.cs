using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives.Pooling;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Primitives;

/// <summary>Everything but convolution and matmul: lines of tests/shapes and random samples.</summary>
public sealed class OtherPrimitivesTests
{
    private const int BatchCount = 8;

    private static readonly string[] Files = ["others.txt", "networks.txt"];

    public static IEnumerable<TheoryDataRow<Isa, string>> PoolingLines => ShapeFiles.Lines("pool", Files);

    public static IEnumerable<TheoryDataRow<Isa, string>> EltwiseLines => ShapeFiles.Lines("eltwise", Files);

    public static IEnumerable<TheoryDataRow<Isa, string>> BinaryLines => ShapeFiles.Lines("binary", Files);

    public static IEnumerable<TheoryDataRow<Isa, string>> SoftmaxLines => ShapeFiles.Lines("softmax", Files);

    public static IEnumerable<TheoryDataRow<Isa, string>> BatchNormalizationLines => ShapeFiles.Lines("bnorm", Files);

    public static IEnumerable<TheoryDataRow<Isa, string>> ReorderLines => ShapeFiles.Lines("reorder", Files);

    public static IEnumerable<TheoryDataRow<Isa, string, int>> Samples =>
        from isa in TestIsas.All
        from name in PrimitiveSamples.Names.Except(["convolution", "matmul"])
        from batch in Enumerable.Range(0, BatchCount)
        select new TheoryDataRow<Isa, string, int>(isa, name, batch);

    [Theory]
    [MemberData(nameof(PoolingLines))]
    public void Pooling_AgreesWithReference(Isa isa, string line) => Check(isa, line, (problem, type, text) =>
    {
        PoolingDesc desc = ProblemDescriptors.Pooling(problem, type);
        return new PoolingCase(desc with { Channels = TestBudget.Scale < 1 ? Math.Min(desc.Channels, 200) : desc.Channels }, text);
    });

    [Theory]
    [MemberData(nameof(EltwiseLines))]
    public void Eltwise_AgreesWithReference(Isa isa, string line) =>
        Check(isa, line, (problem, type, text) => new EltwiseCase(ProblemDescriptors.Eltwise(problem, type), text));

    [Theory]
    [MemberData(nameof(BinaryLines))]
    public void Binary_AgreesWithReference(Isa isa, string line) =>
        Check(isa, line, (problem, type, text) => new BinaryCase(ProblemDescriptors.Binary(problem, type), text));

    [Theory]
    [MemberData(nameof(SoftmaxLines))]
    public void Softmax_AgreesWithReference(Isa isa, string line) =>
        Check(isa, line, (problem, type, text) => new SoftmaxCase(ProblemDescriptors.Softmax(problem, type), text));

    [Theory]
    [MemberData(nameof(BatchNormalizationLines))]
    public void BatchNormalization_AgreesWithReference(Isa isa, string line) => Check(isa, line, (problem, type, text) =>
        new BatchNormalizationCase(ProblemDescriptors.BatchNormalization(problem, type),
            problem.Word("flags", "").Contains('s'), problem.Word("flags", "").Contains('h'), text));

    [Theory]
    [MemberData(nameof(ReorderLines))]
    public void Reorder_AgreesWithReference(Isa isa, string line) =>
        Check(isa, line, (problem, type, text) => new ReorderCase(ProblemDescriptors.Reorder(problem, type), text));

    [Theory]
    [MemberData(nameof(Samples))]
    public void Samples_AgreeWithReference(Isa isa, string primitive, int batch)
    {
        TestIsas.Require(isa);
        var random = new TestRandom(ShapeFiles.SeedOf($"{primitive} {batch}"));
        for (int i = 0; i < TestBudget.SamplesPerCase; i++)
        {
            CaseCheck.Run(PrimitiveSamples.Next(primitive, random), isa, random.Next());
        }
    }

    private static void Check(Isa isa, string line, Func<ProblemLine, DataType, string, PrimitiveCase> make)
    {
        TestIsas.Require(isa);
        ProblemLine problem = ProblemLine.Parse(line);
        foreach (string type in problem.Word("dt", "f32").Split(','))
        {
            PrimitiveCase made = make(problem, Enum.Parse<DataType>(type, ignoreCase: true), $"{line} ({type})");
            CaseCheck.Run(made, isa, ShapeFiles.SeedOf(line));
        }
    }
}
