using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Support;

namespace FugakuDnn.Native.Tests.Kernels;

/// <summary>e^x: the documented bound and special values.</summary>
public sealed unsafe class ExponentialTests
{
    public static TheoryData<Isa> All => Isas.Generated;

    [Theory, MemberData(nameof(All))]
    public void Special_values(Isa isa)
    {
        (float X, float Expected)[] cases =
        [
            (0, 1), (-0f, 1), (float.PositiveInfinity, float.PositiveInfinity), (float.NegativeInfinity, 0), (float.NaN, float.NaN),
            (88.72284f, float.PositiveInfinity), (89, float.PositiveInfinity), (1000, float.PositiveInfinity), (float.MaxValue, float.PositiveInfinity),
            (-104, 0), (-105, 0), (-1000, 0), (float.MinValue, 0), (float.Epsilon, 1), (-float.Epsilon, 1),
        ];
        float[] y = Exp(isa, [.. cases.Select(c => c.X)]);
        for (int i = 0; i < y.Length; i++)
        {
            Assert.True(cases[i].Expected.Equals(y[i]), $"exp({cases[i].X:R}) is {y[i]:R}");
        }

        Assert.True(float.IsFinite(Exp(isa, [88.72283f])[0]), "the greatest x with a finite result");
    }

    [Theory, MemberData(nameof(All))]
    public void Error_is_within_the_documented_bound(Isa isa)
    {
        // Every 1021st float between -104 and 89, of both signs: about four million.
        var x = new List<float>();
        foreach (uint sign in (uint[])[0, 0x8000_0000])
        {
            for (uint bits = 0x3000_0000; bits <= 0x42D0_0000; bits += 1021 * 4)
            {
                x.Add(BitConverter.UInt32BitsToSingle(bits | sign));
            }
        }

        float[] y = Exp(isa, [.. x]);
        double worst = 0, worstSubnormal = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double exact = Math.Exp(x[i]), error = Lengths.Ulps(exact, y[i]);
            if ((float)exact < 1.17549435e-38f)
            {
                worstSubnormal = Math.Max(worstSubnormal, error);
            }
            else
            {
                worst = Math.Max(worst, error);
            }
        }

        Assert.InRange(worst, 0.5, 1);
        Assert.InRange(worstSubnormal, 0.5, 1.5);
    }

    private static float[] Exp(Isa isa, float[] x)
    {
        using TestKernel kernel = new(isa, a => ElementwiseKernel.Generate(Chain.Copy.Then(ChainOp.Exp), a));
        var y = new float[x.Length];
        fixed (float* px = x, py = y)
        {
            kernel.Run(new ElementwiseCall { Source = px, Destination = py, Count = x.Length, Rows = 1, Constants = Exponential.Constants });
        }

        return y;
    }
}
