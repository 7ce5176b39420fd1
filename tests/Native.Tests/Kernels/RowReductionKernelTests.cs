using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Support;

namespace FugakuDnn.Native.Tests.Kernels;

/// <summary>Sums, maxima and means of rows, and the division by a constant that means use.</summary>
public sealed unsafe class RowReductionKernelTests
{
    public static TheoryData<Isa> All => Isas.Generated;

    [Theory, MemberData(nameof(All))]
    public void Rows_of_every_length(Isa isa)
    {
        const int Rows = 3;
        foreach (RowReduction kind in Enum.GetValues<RowReduction>())
        {
            using TestKernel kernel = new(isa, a => RowReductionKernel.Generate(kind, a));
            using TailBuffer source = new(Rows * Lengths.Most), destination = new(Rows);
            for (int count = 0; count <= Lengths.Most; count++)
            {
                // Small integers: sums are exact, quotients have one right answer.
                float[] x = [.. Lengths.Numbers(Rows * count, count, 1000).Select(value => MathF.Round(value))];
                kernel.Run(new RowReductionCall
                {
                    Source = source.Fill(x), Destination = destination.Last(Rows), Rows = Rows, Count = count, Divisor = new DivisorPair(Math.Max(count, 1)),
                });
                for (int row = 0; row < Rows; row++)
                {
                    float[] values = x[(row * count)..((row + 1) * count)];
                    float expected = kind switch
                    {
                        RowReduction.Sum => values.Sum(),
                        RowReduction.Mean => values.Sum() / Math.Max(count, 1),
                        _ => count == 0 ? float.NegativeInfinity : values.Max(),
                    };
                    Assert.Equal(expected, destination.Last(Rows)[row]);
                }
            }
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Special_values(Isa isa)
    {
        Assert.Equal(float.NaN, Reduce(isa, RowReduction.Max, [1, 2, float.NaN, 4, 5, 6, 7, 8, 9]));
        Assert.Equal(float.NaN, Reduce(isa, RowReduction.Sum, [1, float.NaN]));
        Assert.Equal(float.PositiveInfinity, Reduce(isa, RowReduction.Mean, [1, float.PositiveInfinity, 3]));
        Assert.Equal(float.NegativeInfinity, Reduce(isa, RowReduction.Mean, [1, float.NegativeInfinity, 3]));
        Assert.Equal(float.NaN, Reduce(isa, RowReduction.Mean, [float.PositiveInfinity, float.NegativeInfinity]));
        Assert.Equal(float.NegativeInfinity, Reduce(isa, RowReduction.Max, [float.NegativeInfinity, float.NegativeInfinity]));
    }

    [Theory, MemberData(nameof(All))]
    public void Division_by_a_constant_is_correctly_rounded(Isa isa)
    {
        using TestKernel kernel = new(isa, a => RowReductionKernel.Generate(RowReduction.Mean, a));
        for (int divisor = 1; divisor <= 512; divisor++)
        {
            // Rows of one element: the mean is the element divided.
            float[] x = Lengths.Numbers(64, divisor, 1e6f), y = new float[64];
            fixed (float* px = x, py = y)
            {
                kernel.Run(new RowReductionCall { Source = px, Destination = py, Rows = 64, Count = 1, Divisor = new DivisorPair(divisor) });
            }

            for (int i = 0; i < x.Length; i++)
            {
                Assert.Equal(x[i] / divisor, y[i]);
            }
        }
    }

    private static float Reduce(Isa isa, RowReduction kind, float[] x)
    {
        using TestKernel kernel = new(isa, a => RowReductionKernel.Generate(kind, a));
        float y = 0;
        fixed (float* px = x)
        {
            kernel.Run(new RowReductionCall { Source = px, Destination = &y, Rows = 1, Count = x.Length, Divisor = new DivisorPair(x.Length) });
        }

        return y;
    }
}
