using FugakuDnn.Native.Tests.Support;

namespace FugakuDnn.Native.Tests.Kernels;

/// <summary>Memory that ends at a page whose access faults, from which tests take the last elements.</summary>
internal sealed unsafe class TailBuffer(long most) : IDisposable
{
    private readonly GuardedBuffer _buffer = new(most * 4);

    public float* Last(long count) => (float*)_buffer.Data + (_buffer.ByteCount / 4 - count);

    /// <summary>Fills the last elements and returns where they start.</summary>
    public float* Fill(ReadOnlySpan<float> values)
    {
        float* at = Last(values.Length);
        values.CopyTo(new Span<float>(at, values.Length));
        return at;
    }

    public void Dispose() => _buffer.Dispose();
}

/// <summary>Inputs of kernel tests.</summary>
internal static class Lengths
{
    /// <summary>Longest row that is tested with every length below it.</summary>
    public const int Most = 257;

    public static float[] Numbers(int count, int seed, float range = 8)
    {
        var random = new Random(seed);
        var numbers = new float[count];
        for (int i = 0; i < count; i++)
        {
            numbers[i] = (random.NextSingle() * 2 - 1) * range;
        }

        return numbers;
    }

    /// <summary>Puts NaN, infinities, zeros and extremes among the numbers.</summary>
    public static float[] WithSpecials(float[] numbers)
    {
        float[] specials = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, -0f, float.Epsilon, -1e-39f, float.MaxValue, -float.MaxValue];
        for (int i = 0; i < numbers.Length; i += 5)
        {
            numbers[i] = specials[i / 5 % specials.Length];
        }

        return numbers;
    }

    /// <summary>Distance from the double result in units of the float's last place.</summary>
    public static double Ulps(double exact, float actual)
    {
        if (double.IsNaN(exact) || float.IsNaN(actual))
        {
            return double.IsNaN(exact) == float.IsNaN(actual) ? 0 : double.PositiveInfinity;
        }

        float nearest = (float)exact;
        if (float.IsInfinity(nearest) || float.IsInfinity(actual))
        {
            return nearest == actual ? 0 : double.PositiveInfinity;
        }

        double place = Math.Max((double)MathF.BitIncrement(MathF.Abs(nearest)) - MathF.Abs(nearest), float.Epsilon);
        return Math.Abs(actual - exact) / place;
    }
}
