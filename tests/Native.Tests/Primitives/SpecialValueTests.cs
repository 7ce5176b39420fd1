using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Convolution;
using FugakuDnn.Native.Primitives.Eltwise;
using FugakuDnn.Native.Primitives.Matmul;
using FugakuDnn.Native.Primitives.Pooling;
using FugakuDnn.Native.Primitives.Softmax;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Support;

namespace FugakuDnn.Native.Tests.Primitives;

/// <summary>The special values that the descriptors document, in numbers.</summary>
public sealed unsafe class SpecialValueTests
{
    private const float Nan = float.NaN, Inf = float.PositiveInfinity;

    public static IEnumerable<TheoryDataRow<Isa>> Isas => TestIsas.All.Select(isa => new TheoryDataRow<Isa>(isa));

    public static IEnumerable<TheoryDataRow<Isa, Activation, float, float, float[], float[]>> Activations =>
        from isa in TestIsas.All
        from row in new (Activation Kind, float Alpha, float Beta, float[] X, float[] Y)[]
        {
            (Activation.Relu, 0, 0, [Nan, Inf, -Inf, -0f, -1, 2], [Nan, Inf, 0, 0, 0, 2]),
            (Activation.LeakyRelu, 0.5f, 0, [Nan, Inf, -Inf, -0f, -1, 2], [Nan, Inf, -Inf, 0, -0.5f, 2]),
            (Activation.LeakyRelu, 0, 0, [-Inf, -1, 1], [Nan, 0, 1]),
            (Activation.Clip, -1, 6, [Nan, Inf, -Inf, 0, -2, 7], [Nan, 6, -1, 0, -1, 6]),
            (Activation.Clip, 2, -1, [Nan, Inf, -Inf, 0], [Nan, -1, -1, -1]),
            (Activation.Linear, 2, 1, [Nan, Inf, -Inf, 0, 3], [Nan, Inf, -Inf, 1, 7]),
            (Activation.Linear, 0, 1, [Nan, Inf, 3], [Nan, Nan, 1]),
            (Activation.Exp, 0, 0, [Nan, Inf, -Inf, 0, -0f, 89, -104], [Nan, Inf, 0, 1, 1, Inf, 0]),
            (Activation.None, 0, 0, [Nan, Inf, -Inf, 4], [Nan, Inf, -Inf, 4]),
        }
        select new TheoryDataRow<Isa, Activation, float, float, float[], float[]>(isa, row.Kind, row.Alpha, row.Beta, row.X, row.Y);

    /// <summary>Alone at the start and behind a full vector: kernels treat tails differently.</summary>
    [Theory]
    [MemberData(nameof(Activations))]
    public void Activation_SpecialValues(Isa isa, Activation kind, float alpha, float beta, float[] x, float[] y)
    {
        TestIsas.Require(isa);
        foreach (int before in (int[])[0, 64])
        {
            float[] padded = [.. Enumerable.Repeat(1f, before), .. x];
            var result = new float[padded.Length];
            fixed (float* from = padded, to = result)
            {
                using Plan plan = EltwisePlans.Table.Create(
                    new EltwiseDesc(DataType.F32, new ActivationDesc(kind, alpha, beta), padded.Length), new PlanContext(isa, 1));
                plan.Execute(new Arguments { Source = from, Destination = to });
            }

            Same(y, result.AsSpan(before));
        }
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void MaxPooling_NaNWinsAndItsLastPositionIsKept(Isa isa)
    {
        TestIsas.Require(isa);
        (float[] y, long[] at) = MaxOfRow(isa, [3, Nan, 5, Nan, 1]);
        Same([Nan], y);
        Assert.Equal([3L], at);
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void MaxPooling_FirstOfEqualsAndMinusInfinity(Isa isa)
    {
        TestIsas.Require(isa);
        (float[] y, long[] at) = MaxOfRow(isa, [-Inf, 5, 5, 2]);
        Same([5], y);
        Assert.Equal([1L], at);
        (y, at) = MaxOfRow(isa, [-Inf, -Inf]);
        Same([-Inf], y);
        Assert.Equal([0L], at);
    }

    [Theory]
    [MemberData(nameof(Isas))]
    public void Softmax_SpecialRows(Isa isa)
    {
        TestIsas.Require(isa);
        Same([Nan, Nan, Nan], Softmax(isa, false, [1, Nan, 2]));
        Same([Nan, Nan], Softmax(isa, false, [-Inf, -Inf]));
        Same([Nan, Nan], Softmax(isa, false, [Inf, 0]));
        Same([0, 1, 0], Softmax(isa, false, [-Inf, 3, -Inf]));
        Same([0.5f, 0.5f], Softmax(isa, false, [1000, 1000]));
        Same([1, 0], Softmax(isa, false, [3e38f, -3e38f]));
        Same([-Inf, 0], Softmax(isa, true, [-Inf, 3]));
        Same([Nan, Nan], Softmax(isa, true, [-Inf, -Inf]));
        Same([Nan, Nan, Nan], Softmax(isa, true, [1, Nan, 2]));
        Same([Nan, Nan], Softmax(isa, true, [Inf, 0]));
    }

    /// <summary>Padding is not multiplied: an infinite weight above it leaves no NaN.</summary>
    [Theory]
    [MemberData(nameof(Isas))]
    public void Convolution_PaddingIsSkipped(Isa isa)
    {
        TestIsas.Require(isa);
        var desc = new ConvolutionDesc
        {
            Type = DataType.F32,
            WeightsLayout = WeightsLayout.Ohwi,
            Batch = 1,
            InChannels = 1,
            OutChannels = 1,
            InHeight = 1,
            InWidth = 1,
            KernelHeight = 3,
            KernelWidth = 3,
            StrideH = 1,
            StrideW = 1,
            DilationH = 1,
            DilationW = 1,
            PadTop = 1,
            PadBottom = 1,
            PadLeft = 1,
            PadRight = 1,
            Groups = 1,
        };
        float x = 3, y = 0;
        float* weights = stackalloc float[] { Inf, Nan, Inf, Inf, 2, Nan, Inf, Inf, Inf };
        using Plan plan = ConvolutionPlans.Table.Create(desc, new PlanContext(isa, 1));
        plan.Execute(new Arguments { Source = &x, Weights = weights, Destination = &y });
        Assert.Equal(6f, y);
    }

    /// <summary>An empty sum is zero, even times an infinite factor's neighbour: activation(0 + bias).</summary>
    [Theory]
    [MemberData(nameof(Isas))]
    public void Matmul_EmptySumIsBias(Isa isa)
    {
        TestIsas.Require(isa);
        var desc = new MatmulDesc
        {
            TypeA = DataType.F32,
            TypeB = DataType.F32,
            TypeC = DataType.F32,
            Batch = 1,
            M = 2,
            N = 2,
            K = 0,
            LeadingA = 1,
            LeadingB = 2,
            LeadingC = 2,
            StrideC = 4,
            HasBias = true,
            Alpha = 1,
            Activation = new ActivationDesc(Activation.Relu),
        };
        float* bias = stackalloc float[] { -3, 4 };
        var y = new float[4];
        fixed (float* to = y)
        {
            using Plan plan = MatmulPlans.Table.Create(desc, new PlanContext(isa, 1));
            plan.Execute(new Arguments { Bias = bias, Destination = to });
        }

        Same([0, 4, 0, 4], y);
    }

    private static (float[] Maximum, long[] Position) MaxOfRow(Isa isa, float[] x)
    {
        var desc = new PoolingDesc
        {
            Type = DataType.F32,
            Kind = PoolingKind.Max,
            Batch = 1,
            Channels = 1,
            InHeight = 1,
            InWidth = x.Length,
            OutHeight = 1,
            OutWidth = 1,
            KernelHeight = 1,
            KernelWidth = x.Length,
            StrideH = 1,
            StrideW = 1,
            DilationH = 1,
            DilationW = 1,
            HasIndices = true,
        };
        desc.Validate();
        var y = new float[1];
        var at = new long[1];
        using Plan plan = PoolingPlans.Table.Create(desc, new PlanContext(isa, 1));
        fixed (float* from = x, to = y)
        {
            fixed (long* index = at)
            {
                plan.Execute(new Arguments { Source = from, Destination = to, Workspace = index });
            }
        }

        return (y, at);
    }

    private static float[] Softmax(Isa isa, bool logarithm, float[] x)
    {
        var y = new float[x.Length];
        using Plan plan = SoftmaxPlans.Table.Create(new SoftmaxDesc(DataType.F32, 1, x.Length, 1, logarithm), new PlanContext(isa, 1));
        fixed (float* from = x, to = y)
        {
            plan.Execute(new Arguments { Source = from, Destination = to });
        }

        return y;
    }

    /// <summary>Equal as numbers: NaN equals NaN, and zeros of either sign are equal.</summary>
    private static void Same(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        bool same = expected.Length == actual.Length;
        for (int i = 0; i < expected.Length && same; i++)
        {
            same = expected[i] == actual[i] || (float.IsNaN(expected[i]) && float.IsNaN(actual[i]));
        }

        Assert.True(same, $"should be [{string.Join(", ", expected.ToArray())}], is [{string.Join(", ", actual.ToArray())}]");
    }
}
