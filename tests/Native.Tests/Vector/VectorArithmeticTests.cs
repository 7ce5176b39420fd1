using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Tests.Vector;

/// <summary>Each arithmetic operation of the contract against scalar C#.</summary>
public sealed unsafe class VectorArithmeticTests
{
    public static TheoryData<Isa> All => Isas.Generated;

    [Theory, MemberData(nameof(All))]
    public void Add(Isa isa) => Probe.Binary(isa, (a, d, x, y) => a.Add(d, x, y), (x, y) => x + y);

    [Theory, MemberData(nameof(All))]
    public void Subtract(Isa isa) => Probe.Binary(isa, (a, d, x, y) => a.Subtract(d, x, y), (x, y) => x - y);

    [Theory, MemberData(nameof(All))]
    public void Multiply(Isa isa) => Probe.Binary(isa, (a, d, x, y) => a.Multiply(d, x, y), (x, y) => x * y);

    [Theory, MemberData(nameof(All))]
    public void Divide(Isa isa) => Probe.Binary(isa, (a, d, x, y) => a.Divide(d, x, y), (x, y) => x / y);

    [Theory, MemberData(nameof(All))]
    public void Max_is_NaN_if_either_is(Isa isa) => Probe.Binary(isa, (a, d, x, y) => a.Max(d, x, y), MathF.Max, zerosAlike: true);

    [Theory, MemberData(nameof(All))]
    public void Min_is_NaN_if_either_is(Isa isa) => Probe.Binary(isa, (a, d, x, y) => a.Min(d, x, y), MathF.Min, zerosAlike: true);

    [Theory, MemberData(nameof(All))]
    public void MaxBound_keeps_the_NaN_of_x(Isa isa) => Probe.Binary(
        isa, (a, d, x, y) => a.MaxBound(d, x, y), MathF.Max, zerosAlike: true, only: (_, bound) => !float.IsNaN(bound));

    [Theory, MemberData(nameof(All))]
    public void MinBound_keeps_the_NaN_of_x(Isa isa) => Probe.Binary(
        isa, (a, d, x, y) => a.MinBound(d, x, y), MathF.Min, zerosAlike: true, only: (_, bound) => !float.IsNaN(bound));

    [Theory, MemberData(nameof(All))]
    public void MulAdd_rounds_once(Isa isa) => Probe.Binary(isa, (a, d, x, y) => Fused(a, d, x, y, a.MulAddF32),
        (x, y) => MathF.FusedMultiplyAdd(x, y, 1.000001f));

    [Theory, MemberData(nameof(All))]
    public void MulSubtract_rounds_once(Isa isa) => Probe.Binary(isa, (a, d, x, y) => Fused(a, d, x, y, a.MulSubtract),
        (x, y) => MathF.FusedMultiplyAdd(-x, y, 1.000001f));

    [Theory, MemberData(nameof(All))]
    public void Round_goes_to_even(Isa isa) =>
        Probe.Binary(isa, (a, d, x, _) => a.Round(d, x), (x, _) => MathF.Round(x, MidpointRounding.ToEven));

    [Theory, MemberData(nameof(All))]
    public void Copy_and_zero(Isa isa)
    {
        Probe.Binary(isa, (a, d, x, _) => a.Copy(d, x), (x, _) => x);
        Probe.Binary(isa, (a, d, _, _) => a.Zero(d), (_, _) => 0);
    }

    [Theory, MemberData(nameof(All))]
    public void Compare_and_select(Isa isa)
    {
        foreach (Comparison comparison in Enum.GetValues<Comparison>())
        {
            Probe.Binary(isa, (a, d, x, y) =>
            {
                Mask mask = a.NewMask();
                a.Compare(mask, x, y, comparison);
                a.Select(d, mask, x, y);
                a.Free(mask);
            }, (x, y) => Holds(comparison, x, y) ? x : y);
            Probe.Binary(isa, (a, d, x, y) =>
            {
                Mask mask = a.NewMask();
                Vec no = a.NewVec(), yes = a.NewVec();
                a.Broadcast(no, -3);
                a.Broadcast(yes, 7);
                a.Compare(mask, x, y, comparison);
                a.Select(d, mask, yes, no);
                a.Free(yes);
                a.Free(no);
                a.Free(mask);
            }, (x, y) => Holds(comparison, x, y) ? 7 : -3);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Broadcasts(Isa isa)
    {
        foreach (float value in Probe.Specials)
        {
            Probe.Binary(isa, (a, d, _, _) => a.Broadcast(d, value), (_, _) => value);
        }

        foreach (int value in (int[])[0, 1, -1, 127, 128, -129, 65536, 0x12345678, int.MinValue, int.MaxValue])
        {
            Probe.Binary(isa, (a, d, _, _) => a.BroadcastInt32(d, value), (_, _) => BitConverter.Int32BitsToSingle(value));
        }
    }

    [Theory, MemberData(nameof(All))]
    public void AddInt32_wraps(Isa isa) => Probe.Binary(isa, (a, d, x, y) => a.AddInt32(d, x, y), (x, y) =>
        BitConverter.Int32BitsToSingle(unchecked(BitConverter.SingleToInt32Bits(x) + BitConverter.SingleToInt32Bits(y))));

    [Theory, MemberData(nameof(All))]
    public void ScaleByPowerOfTwo_is_exact_where_the_result_is_normal(Isa isa)
    {
        for (int n = -250; n <= 250; n += n is > -155 and < 135 ? 1 : 19)
        {
            int power = n;
            Probe.Binary(isa, (a, d, x, _) =>
            {
                Vec exponent = a.NewVec();
                a.Broadcast(exponent, power);
                a.ScaleByPowerOfTwo(d, x, exponent);
                a.Free(exponent);
            }, (x, _) => MathF.ScaleB(x, power), only: (x, _) => !float.IsSubnormal(MathF.ScaleB(x, power)) && !float.IsSubnormal(x)
                && !(MathF.ScaleB(x, power) == 0 && x != 0));
        }
    }

    [Theory, MemberData(nameof(All))]
    public void ScaleByPowerOfTwo_rounds_subnormal_results_once_more_at_most(Isa isa)
    {
        foreach (int power in (int[])[-130, -140, -149, -150, -160])
        {
            float step = float.Epsilon;
            Probe.Binary(isa, (a, d, x, y) =>
            {
                Vec exponent = a.NewVec(), exact = a.NewVec();
                a.Broadcast(exponent, power);
                a.ScaleByPowerOfTwo(exact, x, exponent);
                a.Copy(d, exact);
                a.Free(exact);
                a.Free(exponent);
            }, (x, _) => MathF.ScaleB(x, power), zerosAlike: true, only: (x, _) => MathF.Abs(x) is >= 1 and < 2 && step > 0);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void ScaleByPowerOfTwo_of_NaN_is_NaN(Isa isa) => Probe.Binary(
        isa, (a, d, x, _) => a.ScaleByPowerOfTwo(d, x, x), (_, _) => float.NaN, only: (x, _) => float.IsNaN(x));

    [Theory, MemberData(nameof(All))]
    public void Products_of_bytes(Isa isa)
    {
        foreach (Product product in (Product[])[Product.U8S8, Product.S8S8])
        {
            if (!VectorAssemblers.Create(isa).Supports(product))
            {
                continue;
            }

            Probe.Binary(isa, (a, d, x, y) =>
            {
                Vec sum = a.NewVec();
                a.BroadcastInt32(sum, 1000);
                a.MulAdd(sum, x, y, product);
                a.Copy(d, sum);
                a.Free(sum);
            }, (x, y) => BitConverter.Int32BitsToSingle(1000 + DotOfBytes(x, y, product)));
        }
    }

    private static int DotOfBytes(float x, float y, Product product)
    {
        int sum = 0;
        for (int shift = 0; shift < 32; shift += 8)
        {
            byte first = (byte)(BitConverter.SingleToInt32Bits(x) >> shift);
            sum += (product == Product.U8S8 ? first : (sbyte)first) * (sbyte)(BitConverter.SingleToInt32Bits(y) >> shift);
        }

        return sum;
    }

    private static bool Holds(Comparison comparison, float x, float y) => comparison switch
    {
        Comparison.Greater => x > y,
        Comparison.GreaterOrEqual => x >= y,
        Comparison.Equal => x == y,
        _ => float.IsNaN(x) || float.IsNaN(y),
    };

    private static void Fused(VectorAssembler a, Vec d, Vec x, Vec y, Action<Vec, Vec, Vec> operation)
    {
        Vec sum = a.NewVec();
        a.Broadcast(sum, 1.000001f);
        operation(sum, x, y);
        a.Copy(d, sum);
        a.Free(sum);
    }
}

/// <summary>The product's default spelled out, so that it can be passed as a delegate.</summary>
internal static class FusedF32
{
    public static void MulAddF32(this VectorAssembler a, Vec acc, Vec x, Vec y) => a.MulAdd(acc, x, y);
}
