using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Tests.Vector;

/// <summary>Small generated functions that apply one operation of the contract to arrays.</summary>
internal static unsafe class Probe
{
    /// <summary>Values at which floating-point operations go wrong.</summary>
    internal static readonly float[] Specials =
    [
        0, -0f, 1, -1, 0.5f, 1.5f, 2.5f, -2.5f, 3.75f, 1e-3f, 16777216, -16777215, 1e30f, -1e30f, float.MaxValue, float.MinValue,
        float.Epsilon, -float.Epsilon, 1.17549435e-38f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, -float.NaN,
    ];

    internal static TestKernel Generate(Isa isa, Action<VectorAssembler, Gpr> emit) => new(isa, a =>
    {
        Gpr call = a.Argument(0);
        emit(a, call);
        a.Return();
    });

    /// <summary>All pairs of <see cref="Specials"/> and as many random ones, padded to whole vectors.</summary>
    internal static (float[] X, float[] Y) Pairs(int lanes)
    {
        List<float> x = [], y = [];
        var random = new Random(1);
        foreach (float first in Specials)
        {
            foreach (float second in Specials)
            {
                x.AddRange([first, random.NextSingle() * 20 - 10]);
                y.AddRange([second, random.NextSingle() * 20 - 10]);
            }
        }

        while (x.Count % lanes != 0)
        {
            x.Add(1);
            y.Add(2);
        }

        return ([.. x], [.. y]);
    }

    /// <summary>
    /// Applies an operation to all pairs, in every way registers can coincide, with the lowest registers and with the highest, and compares
    /// bit by bit (any NaN equals any NaN).
    /// </summary>
    internal static void Binary(
        Isa isa, Action<VectorAssembler, Vec, Vec, Vec> operation, Func<float, float, float> reference, bool zerosAlike = false,
        Func<float, float, bool>? only = null)
    {
        foreach (bool high in (bool[])[false, true])
        {
            foreach (int result in (int[])[0, 1, 2])
            {
                float[] output = Apply(isa, high, result, operation, out float[] x, out float[] y);
                for (int i = 0; i < x.Length; i++)
                {
                    if (only is null || only(x[i], y[i]))
                    {
                        Same(reference(x[i], y[i]), output[i], zerosAlike, $"({x[i]:R}, {y[i]:R}), high {high}, result {result}");
                    }
                }
            }
        }
    }

    internal static void Same(float expected, float actual, bool zerosAlike, string where)
    {
        bool same = float.IsNaN(expected) ? float.IsNaN(actual)
            : BitConverter.SingleToInt32Bits(expected) == BitConverter.SingleToInt32Bits(actual)
                || (zerosAlike && expected == 0 && actual == 0);
        Assert.True(same, $"{where}: expected {expected:R}, got {actual:R}");
    }

    /// <summary>Runs over arrays of whole vectors; the body gets x in its first register, y in its second, and stores its third.</summary>
    private static float[] Apply(
        Isa isa, bool high, int result, Action<VectorAssembler, Vec, Vec, Vec> operation, out float[] x, out float[] y)
    {
        using TestKernel kernel = Generate(isa, (a, call) =>
        {
            Gpr px = a.NewGpr(call, 0), py = a.NewGpr(call, 8), pd = a.NewGpr(call, 16), left = a.NewGpr(call, 24);

            // Operations may take a few registers for the moment: leave them some.
            Vec[] taken = high ? a.NewVecs(a.VectorRegisters - 8) : [];
            Vec vx = a.NewVec(), vy = a.NewVec(), vd = result == 0 ? vx : result == 1 ? vy : a.NewVec();
            a.Repeat(left, () =>
            {
                a.Load(vx, px, 0, Mask.All);
                a.Load(vy, py, 0, Mask.All);
                operation(a, vd, vx, vy);
                a.Store(vd, pd, 0, Mask.All);
                foreach (Gpr pointer in (Gpr[])[px, py, pd])
                {
                    a.AddImmediate(pointer, pointer, a.VectorBytes);
                }
            });
            a.Free(taken);
        });
        (x, y) = Pairs(kernel.Lanes);
        var output = new float[x.Length];
        fixed (float* first = x, second = y, destination = output)
        {
            kernel.Run(new Call { X = first, Y = second, D = destination, N = x.Length / kernel.Lanes });
        }

        return output;
    }

    /// <summary>What probes are called with: three pointers and a number.</summary>
    internal struct Call
    {
        public void* X;
        public void* Y;
        public void* D;
        public long N;
    }
}
