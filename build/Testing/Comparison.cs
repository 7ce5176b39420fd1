namespace FugakuDnn.Build;

/// <summary>
/// Compares how many cases of each method ran natively and emulated: a case that exists on one machine only would be
/// a case nobody misses on the other. (A case that cannot run is skipped, with a reason, and still counts.)
/// </summary>
internal static class Comparison
{
    private const string Name = "the same number of cases of every method";

    public static IReadOnlyList<TestResult> Run(IReadOnlyList<TestResult> native, IReadOnlyList<TestResult> emulated)
    {
        if (native.Count == 0 || emulated.Count == 0)
        {
            return [new TestResult(Name, Name, Outcome.Skipped, "only one of the two suites ran")];
        }

        Dictionary<string, int> here = Count(native), there = Count(emulated);
        string[] differences = here.Keys.Union(there.Keys)
            .Where(method => here.GetValueOrDefault(method) != there.GetValueOrDefault(method))
            .Select(method => $"{method}: {here.GetValueOrDefault(method)} natively, {there.GetValueOrDefault(method)} emulated")
            .ToArray();
        Console.WriteLine($"  {here.Values.Sum()} cases natively, {there.Values.Sum()} emulated");
        return [new TestResult(Name, Name, differences.Length == 0 ? Outcome.Passed : Outcome.Failed, string.Join('\n', differences))];
    }

    /// <summary>Only methods of test classes: the suites add findings of their own.</summary>
    private static Dictionary<string, int> Count(IReadOnlyList<TestResult> results) =>
        results.Where(result => result.Method.StartsWith("FugakuDnn.Native.Tests.", StringComparison.Ordinal)
                && !result.Method.EndsWith(".Aot", StringComparison.Ordinal)
                && !result.Name.EndsWith("must not be skipped here", StringComparison.Ordinal))
            .CountBy(result => result.Method).ToDictionary();
}
