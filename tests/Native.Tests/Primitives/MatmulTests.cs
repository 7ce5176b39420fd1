using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives.Matmul;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Primitives;

public sealed class MatmulTests
{
    public static IEnumerable<TheoryDataRow<Isa, string>> Lines => ShapeFiles.Lines("gemm", "matmul.txt", "networks.txt");

    public static IEnumerable<TheoryDataRow<Isa, int>> Batches => ShapeFiles.Batches(10);

    [Theory]
    [MemberData(nameof(Lines))]
    public void Shape_AgreesWithReference(Isa isa, string line)
    {
        TestIsas.Require(isa);
        ProblemLine problem = ProblemLine.Parse(line);
        foreach (string type in problem.Word("dt", "f32").Split(','))
        {
            (DataType a, DataType b, DataType c) = type switch
            {
                "f32" => (DataType.F32, DataType.F32, DataType.F32),
                "f64" => (DataType.F64, DataType.F64, DataType.F64),
                "u8s8s32" => (DataType.U8, DataType.S8, DataType.S32),
                "s8s8s32" => (DataType.S8, DataType.S8, DataType.S32),
                _ => throw new FormatException($"{line}: dt={type}"),
            };
            MatmulDesc desc = MatmulCase.Cropped(ProblemDescriptors.Matmul(problem, a, b, c), TestBudget.ShapeWork);
            CaseCheck.Run(new MatmulCase(desc, $"{line} ({desc.M}×{desc.N}, {type})"), isa, ShapeFiles.SeedOf(line));
        }
    }

    [Theory]
    [MemberData(nameof(Batches))]
    public void Samples_AgreeWithReference(Isa isa, int batch)
    {
        TestIsas.Require(isa);
        var random = new TestRandom(ShapeFiles.SeedOf($"matmul {batch}"));
        for (int i = 0; i < TestBudget.SamplesPerCase; i++)
        {
            MatmulDesc desc = MatmulCase.Sample(random);
            CaseCheck.Run(new MatmulCase(desc, desc.ToString()), isa, random.Next());
        }
    }
}
