using System.Runtime.InteropServices;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>
/// e^x of several vectors at once. x = n·ln 2 + r with integral n and |r| ≤ ln 2 / 2; e^x = 2^n·e^r. n·(ln 2)ₕ is exact because (ln 2)ₕ
/// has nine significant bits; e^r = 1 + r + r²·q(r), q of degree 4 fitted for the least relative error, 2^-28.
/// Error: at most 1 ulp (the tests hold it to that) for normal results; one more rounding, so 1.5 ulp, for subnormal ones.
/// e^-∞ = 0, e^+∞ = +∞, above 88.7229 +∞, below -103.973 0, NaN stays.
/// </summary>
internal static unsafe class Exponential
{
    /// <summary>Beyond these bounds the result is +∞ or 0 anyway, and 2^n would leave its range.</summary>
    private const float Highest = 89, Lowest = -105;

    private const float Log2OfE = 1.44269504f, Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;

    private const int Scale = 0, High = 4, Low = 8, UpperBound = 12, LowerBound = 16, Polynomial = 20;

    // From the highest power down to the constant.
    private static readonly float[] Coefficients = [0.001381454f, 0.008368745f, 0.04166839f, 0.16666521f, 0.49999994f, 1, 1];

    /// <summary>The constants in memory, for as long as the process lives: kernels get the address as an argument.</summary>
    public static void* Constants { get; } = MakeConstants();

    /// <summary>Registers that <see cref="Emit"/> takes for the moment, besides those of x.</summary>
    public static int Spares(int vectors) => 2 * vectors + 3;

    /// <summary>The most vectors that fit beside <paramref name="others"/> registers, at most 4.</summary>
    public static int Vectors(VectorAssembler a, int others) => Math.Clamp((a.VectorRegisters - others - 3) / 3, 1, 4);

    /// <summary>Emits x = e^x. Registers change roles: afterwards <paramref name="x"/> names the results.</summary>
    public static void Emit(VectorAssembler a, Gpr constants, Vec[] x)
    {
        Vec[] n = a.NewVecs(x.Length), p = a.NewVecs(x.Length);
        Vec t = a.NewVec();
        Split(a, constants, x, n, t);
        a.LoadBroadcast(t, constants, Polynomial);
        for (int power = 1; power < Coefficients.Length; power++)
        {
            for (int i = 0; i < x.Length; i++)
            {
                Vec next = power == 1 ? p[i] : t;
                a.LoadBroadcast(next, constants, Polynomial + power * sizeof(float));
                a.MulAdd(next, power == 1 ? t : p[i], x[i]);
                if (power > 1)
                {
                    (p[i], t) = (t, p[i]);
                }
            }
        }

        a.Free(t);
        for (int i = 0; i < x.Length; i++)
        {
            a.ScaleByPowerOfTwo(p[i], p[i], n[i]);
        }

        a.Free(n);
        a.Free(x);
        p.CopyTo(x, 0);
    }

    /// <summary>n = the nearest integer to x / ln 2; x = the rest.</summary>
    private static void Split(VectorAssembler a, Gpr constants, Vec[] x, Vec[] n, Vec t)
    {
        Each(UpperBound, i => a.MinBound(x[i], x[i], t));
        Each(LowerBound, i => a.MaxBound(x[i], x[i], t));
        Each(Scale, i => a.Multiply(n[i], x[i], t));
        for (int i = 0; i < n.Length; i++)
        {
            a.Round(n[i], n[i]);
        }

        Each(High, i => a.MulSubtract(x[i], n[i], t));
        Each(Low, i => a.MulSubtract(x[i], n[i], t));

        void Each(int constant, Action<int> emit)
        {
            a.LoadBroadcast(t, constants, constant);
            for (int i = 0; i < x.Length; i++)
            {
                emit(i);
            }
        }
    }

    private static void* MakeConstants()
    {
        float* constants = (float*)NativeMemory.AlignedAlloc(64, 64);
        constants[Scale / 4] = Log2OfE;
        constants[High / 4] = Ln2High;
        constants[Low / 4] = Ln2Low;
        constants[UpperBound / 4] = Highest;
        constants[LowerBound / 4] = Lowest;
        Coefficients.CopyTo(new Span<float>(constants + Polynomial / 4, Coefficients.Length));
        return constants;
    }
}
