using System.Globalization;
using System.Runtime.CompilerServices;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>
/// How much a test may compute. The number of cases is the same everywhere, their sizes are not: an emulated machine
/// (the AOT build of the tests) is twenty times slower.
/// </summary>
internal static class TestBudget
{
    private static readonly bool Emulated = !RuntimeFeature.IsDynamicCodeSupported;

    /// <summary>More samples and full sizes.</summary>
    public static bool Exhaustive { get; } = Environment.GetEnvironmentVariable("FUGAKUDNN_EXHAUSTIVE") == "1";

    /// <summary>Share of the usual sizes: FUGAKUDNN_TEST_SCALE, else 1, emulated 1/25.</summary>
    public static double Scale { get; } =
        double.TryParse(Environment.GetEnvironmentVariable("FUGAKUDNN_TEST_SCALE"), CultureInfo.InvariantCulture, out double scale)
            ? scale : Emulated ? 0.04 : 1;

    /// <summary>Multiplications (or elements) that one execution of a sampled problem may take.</summary>
    public static long SampleWork => (long)(1_000_000 * Scale);

    /// <summary>The same for a problem from tests/shapes.</summary>
    public static long ShapeWork => Exhaustive ? long.MaxValue : (long)(4e9 * (Scale < 1 ? Scale / 40 : 1));

    /// <summary>Terms that the reference may add up for one problem; beyond, it computes some of the outputs only.</summary>
    public static long ReferenceTerms => (long)(6_000_000 * Scale * (Exhaustive ? 20 : 1));

    /// <summary>Samples in a test case.</summary>
    public static int SamplesPerCase => Exhaustive ? 500 : 25;

    /// <summary>Seed of everything random.</summary>
    public static ulong Seed { get; } =
        ulong.TryParse(Environment.GetEnvironmentVariable("FUGAKUDNN_TEST_SEED"), out ulong seed) ? seed : 20200601;
}
