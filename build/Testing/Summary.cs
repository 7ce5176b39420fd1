namespace FugakuDnn.Build;

/// <summary>Prints the results of a test run.</summary>
internal static class Summary
{
    private const int LongestText = 4_000;

    /// <summary>Skips with their reasons, one line a suite, and the totals as the last line.</summary>
    public static void Print(IReadOnlyList<SuiteResult> suites)
    {
        PrintSkips(suites);
        Console.WriteLine($"\n{"suite",-44}{"passed",8}{"failed",8}{"skipped",8}{"seconds",9}");
        foreach (SuiteResult suite in suites)
        {
            Console.WriteLine($"{suite.Suite,-44}{suite.Count(Outcome.Passed),8}{suite.Count(Outcome.Failed),8}"
                + $"{suite.Count(Outcome.Skipped),8}{suite.Duration.TotalSeconds,9:F1}");
        }

        Console.WriteLine();
        Console.WriteLine(Totals(suites));
    }

    public static string Totals(IReadOnlyList<SuiteResult> suites)
    {
        int Sum(Outcome outcome) => suites.Sum(suite => suite.Count(outcome));
        return $"{Sum(Outcome.Passed)} passed, {Sum(Outcome.Failed)} failed, {Sum(Outcome.Skipped)} skipped";
    }

    public static string Indent(string text) =>
        "    " + (text.Length > LongestText ? text[..LongestText] + " …" : text).Trim().Replace("\n", "\n    ", StringComparison.Ordinal);

    /// <summary>Every skipped test, under its reason; a theory's rows are counted.</summary>
    private static void PrintSkips(IReadOnlyList<SuiteResult> suites)
    {
        var reasons = from suite in suites
                      from result in suite.Results
                      where result.Outcome == Outcome.Skipped
                      group result.Method by $"{suite.Suite}: {result.Text}";
        foreach (var reason in reasons)
        {
            Console.WriteLine($"\nskipped in {reason.Key}");
            foreach (IGrouping<string, string> method in reason.GroupBy(method => method))
            {
                Console.WriteLine($"    {method.Key}{(method.Count() > 1 ? $" ×{method.Count()}" : "")}");
            }
        }
    }
}
