namespace FugakuDnn.Native.Tests.Support;

/// <summary>A small generator with the same numbers on every machine (splitmix64).</summary>
internal sealed class TestRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A whole number from low to high, both included.</summary>
    public long Whole(long low, long high) => low + (long)(Next() % (ulong)(high - low + 1));

    /// <summary>Mostly small, sometimes up to high: sizes.</summary>
    public long Size(long high) => Whole(1, Whole(0, 2) == 0 ? high : Math.Max(1, high / 4));

    /// <summary>A real number in (-1, 1).</summary>
    public double Real() => ((long)Next() >> 11) * (1.0 / (1L << 52));

    public bool Chance(double probability) => (Next() >> 11) * (1.0 / (1L << 53)) < probability;

    public T Of<T>(params ReadOnlySpan<T> choices) => choices[(int)Whole(0, choices.Length - 1)];
}
