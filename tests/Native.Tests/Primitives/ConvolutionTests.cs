using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives.Convolution;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Primitives;

public sealed class ConvolutionTests
{
    public static IEnumerable<TheoryDataRow<Isa, string>> Lines => ShapeFiles.Lines("conv", "convolution.txt", "networks.txt");

    public static IEnumerable<TheoryDataRow<Isa, int>> Batches => ShapeFiles.Batches(10);

    [Theory]
    [MemberData(nameof(Lines))]
    public void Shape_AgreesWithReference(Isa isa, string line)
    {
        TestIsas.Require(isa);
        ProblemLine problem = ProblemLine.Parse(line);
        foreach (DataType type in ProblemDescriptors.FloatTypes(problem))
        {
            ConvolutionDesc desc = ConvolutionCase.Cropped(ProblemDescriptors.Convolution(problem, type), TestBudget.ShapeWork);
            CaseCheck.Run(new ConvolutionCase(desc, $"{line} ({desc.InHeight}×{desc.InWidth}, {type})"), isa, ShapeFiles.SeedOf(line));
        }
    }

    [Theory]
    [MemberData(nameof(Batches))]
    public void Samples_AgreeWithReference(Isa isa, int batch)
    {
        TestIsas.Require(isa);
        var random = new TestRandom(ShapeFiles.SeedOf($"convolution {batch}"));
        for (int i = 0; i < TestBudget.SamplesPerCase; i++)
        {
            ConvolutionDesc desc = ConvolutionCase.Sample(random);
            CaseCheck.Run(new ConvolutionCase(desc, desc.ToString()), isa, random.Next());
        }
    }
}
