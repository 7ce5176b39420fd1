using System.Runtime.InteropServices;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>A divisor and its reciprocal, as a kernel's argument.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DivisorPair(float divisor)
{
    /// <summary>The divisor.</summary>
    public float Divisor = divisor;

    /// <summary>1 / divisor, rounded.</summary>
    public float Reciprocal = 1 / divisor;
}

/// <summary>
/// Division by a known number without the divider, which A64FX blocks for 98 cycles: q = x·(1/d), rest = x - q·d exactly (fused),
/// q + rest·(1/d). With 1/d correctly rounded that is the correctly rounded quotient (P. Markstein, "Computation of elementary functions
/// on the IBM RISC System/6000 processor", 1990) unless it is subnormal. Where x is ±∞ the rest is NaN, and q stays as it was.
/// </summary>
internal static class ConstantDivision
{
    /// <summary>Registers taken for the moment.</summary>
    public const int Spares = 4;

    /// <summary>Emits x /= divisor for each x; the pair lies at [call + at].</summary>
    public static void Emit(VectorAssembler a, Gpr call, int at, ReadOnlySpan<Vec> values)
    {
        Vec factor = a.NewVec(), rest = a.NewVec(), quotient = a.NewVec();
        Mask infinite = a.NewMask();
        foreach (Vec x in values)
        {
            a.LoadBroadcast(factor, call, at + sizeof(float));
            a.Copy(rest, x);
            a.Multiply(x, x, factor);
            a.LoadBroadcast(quotient, call, at);
            a.MulSubtract(rest, x, quotient);
            a.Copy(quotient, x);
            a.MulAdd(quotient, rest, factor);
            a.Compare(infinite, rest, rest, Comparison.Unordered);
            a.Select(x, infinite, x, quotient);
        }

        a.Free(infinite);
        a.Free(quotient);
        a.Free(rest);
        a.Free(factor);
    }
}
