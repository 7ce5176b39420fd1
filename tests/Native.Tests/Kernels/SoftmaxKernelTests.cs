using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Support;

namespace FugakuDnn.Native.Tests.Kernels;

/// <summary>Softmax along rows and down columns, and the sums that log-softmax starts from.</summary>
public sealed unsafe class SoftmaxKernelTests
{
    // x - max, e^x (1 ulp), the sum's rounding, 1 / sum and the product.
    private static double Tolerance(int count) => (8 + Math.Sqrt(count)) * 6e-8;

    public static TheoryData<Isa> All => Isas.Generated;

    [Theory, MemberData(nameof(All))]
    public void Rows_of_every_length(Isa isa)
    {
        using TestKernel kernel = new(isa, a => SoftmaxRowsKernel.Generate(false, a));
        using TestKernel sums = new(isa, a => SoftmaxRowsKernel.Generate(true, a));
        using TailBuffer source = new(3 * Lengths.Most), destination = new(3 * Lengths.Most), maxima = new(3), totals = new(3);
        for (int count = 1; count <= Lengths.Most; count++)
        {
            float[] x = Lengths.Numbers(3 * count, count, count % 7 == 0 ? 1000 : 10);
            float* y = destination.Last(3 * count);
            kernel.Run(new SoftmaxRowsCall
            {
                Source = source.Fill(x), Destination = y, Rows = 3, Count = count, Constants = Exponential.Constants,
            });
            sums.Run(new SoftmaxRowsCall
            {
                Source = source.Fill(x), Rows = 3, Count = count, Constants = Exponential.Constants,
                Maxima = maxima.Last(3), Sums = totals.Last(3),
            });
            for (int row = 0; row < 3; row++)
            {
                float[] values = x[(row * count)..((row + 1) * count)];
                double sum = values.Sum(value => Math.Exp((double)value - values.Max()));
                Assert.Equal(values.Max(), maxima.Last(3)[row]);
                Assert.Equal(1, totals.Last(3)[row] / sum, Tolerance(count));
                Check(values, new Span<float>(y + row * count, count));
            }
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Columns_of_every_number(Isa isa)
    {
        const int Axis = 5;
        using TestKernel kernel = new(isa, a => SoftmaxColumnsKernel.Generate(false, a));
        using TestKernel sums = new(isa, a => SoftmaxColumnsKernel.Generate(true, a));
        using TailBuffer source = new(Axis * Lengths.Most), destination = new(Axis * Lengths.Most), maxima = new(Lengths.Most), totals = new(Lengths.Most);
        for (int columns = 1; columns <= Lengths.Most; columns++)
        {
            float[] x = Lengths.Numbers(Axis * columns, columns, columns % 7 == 0 ? 1000 : 10);
            float* y = destination.Last(Axis * columns);
            var call = new SoftmaxColumnsCall
            {
                Source = source.Fill(x), Destination = y, Columns = columns, Axis = Axis, Stride = 4 * columns,
                Constants = Exponential.Constants, Maxima = maxima.Last(columns), Sums = totals.Last(columns),
            };
            kernel.Run(call);
            sums.Run(call);
            for (int column = 0; column < columns; column++)
            {
                float[] values = [.. Enumerable.Range(0, Axis).Select(i => x[i * columns + column])];
                float[] results = [.. Enumerable.Range(0, Axis).Select(i => destination.Last(Axis * columns)[i * columns + column])];
                double sum = values.Sum(value => Math.Exp((double)value - values.Max()));
                Assert.Equal(values.Max(), maxima.Last(columns)[column]);
                Assert.Equal(1, totals.Last(columns)[column] / sum, Tolerance(Axis));
                Check(values, results);
            }
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Rows_with_special_values(Isa isa)
    {
        using TestKernel kernel = new(isa, a => SoftmaxRowsKernel.Generate(false, a));
        (float[] Row, float[] Expected)[] cases =
        [
            ([1, float.NaN, 2], [float.NaN, float.NaN, float.NaN]),
            ([float.NegativeInfinity, float.NegativeInfinity], [float.NaN, float.NaN]),
            ([float.NegativeInfinity, 5, float.NegativeInfinity], [0, 1, 0]),
            ([float.PositiveInfinity, 1], [float.NaN, float.NaN]),
            ([1000, 1000], [0.5f, 0.5f]),
            ([-1000, -1000, -1000, -1000], [0.25f, 0.25f, 0.25f, 0.25f]),
            ([3], [1]),
        ];
        foreach ((float[] row, float[] expected) in cases)
        {
            var y = new float[row.Length];
            fixed (float* px = row, py = y)
            {
                kernel.Run(new SoftmaxRowsCall { Source = px, Destination = py, Rows = 1, Count = row.Length, Constants = Exponential.Constants });
            }

            Assert.Equal(expected, y);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void A_NaN_anywhere_reaches_its_row_only(Isa isa)
    {
        const int Count = 100;
        using TestKernel kernel = new(isa, a => SoftmaxRowsKernel.Generate(false, a));
        for (int at = 0; at < Count; at++)
        {
            float[] x = Lengths.Numbers(2 * Count, at);
            x[at] = float.NaN;
            var y = new float[2 * Count];
            fixed (float* px = x, py = y)
            {
                kernel.Run(new SoftmaxRowsCall { Source = px, Destination = py, Rows = 2, Count = Count, Constants = Exponential.Constants });
            }

            Assert.All(y[..Count], value => Assert.Equal(float.NaN, value));
            Check(x[Count..], y.AsSpan(Count));
        }
    }

    private static void Check(float[] x, ReadOnlySpan<float> y)
    {
        double maximum = x.Max(), sum = x.Sum(value => Math.Exp(value - maximum));
        for (int i = 0; i < x.Length; i++)
        {
            double exact = Math.Exp(x[i] - maximum) / sum, rounding = Math.Abs(x[i] - maximum) * 6e-8;
            Assert.True(Math.Abs(y[i] - exact) <= exact * (Tolerance(x.Length) + rounding) + 2e-45, $"{exact:R} {y[i]:R} at {i} of {x.Length}");
        }
    }
}
