using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Tests.Primitives;

/// <summary>Pointers are refused exactly where a rule is broken; the addresses here are never followed.</summary>
public sealed unsafe class ArgumentRulesTests
{
    private const long Base = 0x10000;

    private static readonly ArgumentRules Dense = new(
        "test",
        TensorRule.Contiguous(Argument.Source, TensorUse.ReadInPlace, DataType.F32, 4, 4),
        TensorRule.Contiguous(Argument.Weights, TensorUse.Read, DataType.F32, 8),
        TensorRule.Contiguous(Argument.Scale, TensorUse.ReadOptional, DataType.F32, 8),
        TensorRule.Contiguous(Argument.Destination, TensorUse.Write, DataType.F32, 4, 4));

    [Theory]
    [InlineData(Base, Base + 64, Base + 128, "")] // side by side
    [InlineData(Base, Base + 64, Base, "")] // in place
    [InlineData(Base, Base + 256, Base + 60, "dst must not overlap src")]
    [InlineData(Base + 60, Base + 256, Base, "dst must not overlap src")]
    [InlineData(Base, Base + 128, Base + 128, "dst must not overlap weights")]
    [InlineData(0, Base + 64, Base + 128, "src must not be null")]
    [InlineData(Base, 0, Base + 128, "weights must not be null")]
    [InlineData(Base, Base + 64, 0, "dst must not be null")]
    [InlineData(Base + 2, Base + 128, Base + 256, "src must be aligned to 4 bytes")]
    [InlineData(Base, Base + 128, Base + 257, "dst must be aligned to 4 bytes")]
    public void DenseTensors(long source, long weights, long destination, string rule) => Expect(
        rule, Dense, new Arguments { Source = (void*)source, Weights = (void*)weights, Destination = (void*)destination });

    [Fact]
    public void PackedWeightsStandInForWeights() => Expect(
        "", Dense, new Arguments { Source = (void*)Base, PackedWeights = (void*)(Base + 512), Destination = (void*)(Base + 64) });

    [Fact]
    public void ScratchIsAligned() => Expect("scratch must be aligned to 256 bytes", Dense, new Arguments
    {
        Source = (void*)Base, Weights = (void*)(Base + 64), Destination = (void*)(Base + 128), Scratch = (void*)(Base + 64),
    });

    // Rows of 8 in a buffer of 16 columns; the destination takes one half of the columns, an input the other or the same.
    [Theory]
    [InlineData(Base, Base + 32, "")] // the other half of each row
    [InlineData(Base, Base + 4 * 64, "")] // after it
    [InlineData(Base, Base, "dst must not overlap src")]
    public void TensorsWithGaps(long source, long destination, string rule)
    {
        Dims sizes = new(4, 8), strides = new(16, 1);
        ArgumentRules rules = new(
            "test",
            TensorRule.Strided(Argument.Source, TensorUse.Read, DataType.F32, sizes, strides),
            TensorRule.Strided(Argument.Destination, TensorUse.Write, DataType.F32, sizes, strides));
        Expect(rule, rules, new Arguments { Source = (void*)source, Destination = (void*)destination });
    }

    [Theory]
    [InlineData(new long[] { 3, 4 }, new long[] { 4, 1 }, 48, true)]
    [InlineData(new long[] { 3, 4 }, new long[] { 1, 3 }, 48, true)]
    [InlineData(new long[] { 3, 4 }, new long[] { 0, 1 }, 16, true)] // broadcast
    [InlineData(new long[] { 3, 4 }, new long[] { 5, 1 }, 56, false)]
    [InlineData(new long[] { 3, 3 }, new long[] { 2, 2 }, 36, false)] // every other place, though 9 of 9
    [InlineData(new long[] { 3, 0 }, new long[] { 4, 1 }, 0, false)]
    [InlineData(new long[] { }, new long[] { }, 4, true)] // a scalar
    public void ExtentAndDensity(long[] sizes, long[] strides, long bytes, bool dense)
    {
        TensorRule rule = TensorRule.Strided(Argument.Source, TensorUse.Read, DataType.F32, new Dims(sizes), new Dims(strides));
        Assert.Equal(bytes, rule.Bytes);
        Assert.True(bytes == 0 || dense == rule.Dense);
    }

    [Fact]
    public void NothingToDoWhereNoOutputHasAnElement()
    {
        Assert.False(Dense.NothingToDo);
        Assert.True(new ArgumentRules("test", TensorRule.Contiguous(Argument.Destination, TensorUse.Write, DataType.F32, 4, 0)).NothingToDo);
    }

    private static void Expect(string rule, ArgumentRules rules, Arguments arguments)
    {
        if (rule.Length == 0)
        {
            rules.Check(arguments);
            return;
        }

        var refusal = Assert.Throws<FdnnException>(() => rules.Check(arguments));
        Assert.Equal(Status.InvalidArgument, refusal.Status);
        Assert.Contains(rule, refusal.Message, StringComparison.Ordinal);
    }
}
