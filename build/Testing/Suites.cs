namespace FugakuDnn.Build;

/// <summary>The suites, in the order they run.</summary>
internal static class Suites
{
    private const string NativeName = "native (xunit)";
    private const string EmulatedName = "native, emulated A64FX";

    /// <summary><paramref name="finished"/> fills as suites end: the comparison of two suites reads it.</summary>
    public static IReadOnlyList<Suite> All(IReadOnlyList<SuiteResult> finished) =>
    [
        new("build program (xunit)", () => XunitSuite.Run("FugakuDnn.Build.Tests")),
        new("exports (xunit)", () => XunitSuite.Run("FugakuDnn.Exports.Tests")),
        new(NativeName, () => XunitSuite.Run("FugakuDnn.Native.Tests")),
        new(EmulatedName, EmulatedSuite.Run),
        new("native and emulated ran the same cases", () => Comparison.Run(Find(finished, NativeName), Find(finished, EmulatedName))),
        .. CSuite.ForEveryPlatform(),
        new("loading the library, and README", () => PytestSuite.Run("library", "tests/library")),
        new("benchmarks", () =>
        {
            Compile.Bench(Compile.HostRid);
            return PytestSuite.Run("benchmarks", "tests/benchmarks");
        }),
        new("python", () => PytestSuite.Run("python", "python/tests")),
        new("pytorch plug-in", () => PytestSuite.Run("pytorch", "frameworks-plugins/pytorch/tests")),
        new("tensorflow plug-in", TensorFlowSuite.Run),
        new("wheels", WheelSuite.Run),
        new("pytorch on an emulated A64FX", EmulatedPythonSuite.Run),
        DebianTorchSuite.For("pytorch plug-in, torch 2.6 (Debian 13)", "trixie", usual: false),
        DebianTorchSuite.For("pytorch plug-in, newest torch (Debian sid)", "sid", usual: true),
    ];

    private static IReadOnlyList<TestResult> Find(IReadOnlyList<SuiteResult> finished, string name) =>
        finished.FirstOrDefault(suite => suite.Suite == name)?.Results ?? [];
}
