using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Primitives;

/// <summary>What every plan promises, for every primitive and instruction set.</summary>
public sealed unsafe class PlanContractTests
{
    private const int Samples = 6;

    public static IEnumerable<TheoryDataRow<Isa, string>> Primitives => PrimitiveSamples.ByIsa;

    [Theory]
    [MemberData(nameof(Primitives))]
    public void SpecialValues_Propagate(Isa isa, string primitive)
    {
        TestIsas.Require(isa);
        var random = new TestRandom(ShapeFiles.SeedOf($"special {primitive}"));
        for (int i = 0; i < 5 * Samples; i++)
        {
            CaseCheck.RunSpecial(PrimitiveSamples.Next(primitive, random), isa, random.Next());
        }
    }

    [Theory]
    [MemberData(nameof(Primitives))]
    public void SameThreads_SameBits(Isa isa, string primitive)
    {
        TestIsas.Require(isa);
        var random = new TestRandom(ShapeFiles.SeedOf($"determinism {primitive}"));
        for (int i = 0; i < Samples; i++)
        {
            PrimitiveCase problem = PrimitiveSamples.Next(primitive, random);
            using Plan plan = problem.Create(new PlanContext(isa, 2));
            using var buffers = new CaseBuffers(problem, DataKind.Random, Placement.End, random.Next());
            long bytes = buffers.Slot(Role.Destination).Bytes;
            ulong first = 0;
            for (int run = 0; run < 5; run++)
            {
                buffers.ClearOutputs();
                plan.Execute(buffers.Arguments);
                ulong bits = TestData.Fingerprint((byte*)buffers.Arguments.Destination, bytes);
                Assert.True(run == 0 || bits == first, $"{problem.Text}: run {run} differs");
                first = bits;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Primitives))]
    public void Execute_AllocatesNothing(Isa isa, string primitive)
    {
        TestIsas.Require(isa);
        var random = new TestRandom(ShapeFiles.SeedOf($"allocation {primitive}"));
        for (int i = 0; i < Samples; i++)
        {
            PrimitiveCase problem = PrimitiveSamples.Next(primitive, random);
            using Plan plan = problem.Create(new PlanContext(isa, 2));
            using var buffers = new CaseBuffers(problem, DataKind.Random, Placement.End, random.Next());
            plan.Execute(buffers.Arguments);
            plan.Execute(buffers.Arguments);
            long before = GC.GetAllocatedBytesForCurrentThread();
            plan.Execute(buffers.Arguments);
            plan.Execute(buffers.Arguments);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() == before, $"{problem.Text}: managed memory was allocated");
        }
    }

    /// <summary>Plans that say they read the same packed weights do: weights packed by one execute in the other.</summary>
    [Theory]
    [MemberData(nameof(Primitives))]
    public void EqualKeys_SharePackedWeights(Isa isa, string primitive)
    {
        TestIsas.Require(isa);
        var random = new TestRandom(ShapeFiles.SeedOf($"packed {primitive}"));
        for (int i = 0; i < Samples; i++)
        {
            PrimitiveCase problem = PrimitiveSamples.Next(primitive, random);
            using Plan packer = problem.Create(new PlanContext(isa, 1));
            using Plan reader = problem.Create(new PlanContext(isa, 2));
            Assert.True(packer.PackedWeightsKey == reader.PackedWeightsKey && packer.PackedWeightsBytes == reader.PackedWeightsBytes,
                $"{problem.Text}: packed weights depend on the number of threads");
            if (packer.PackedWeightsBytes == 0)
            {
                continue;
            }

            using var buffers = new CaseBuffers(problem, DataKind.Random, Placement.End, random.Next());
            using var packed = new GuardedBuffer(Shapes.RoundUp(packer.PackedWeightsBytes, ScratchPool.Alignment));
            packer.PackWeights(buffers.Arguments.Weights, packed.Data);
            Arguments arguments = buffers.Arguments;
            arguments.Weights = null;
            arguments.PackedWeights = packed.Data;
            buffers.ClearOutputs();
            reader.Execute(arguments);
            new CaseResults(problem, problem.Reference(buffers.Arguments), DataKind.Random, 1).Check(arguments, problem.Text);
        }
    }
}
