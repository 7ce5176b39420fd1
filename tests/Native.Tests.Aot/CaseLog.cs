namespace FugakuDnn.Native.Tests.Aot;

internal enum Outcome
{
    Passed,
    Failed,
    Skipped,
}

/// <summary>What became of a case; <c>Text</c> is the skip reason or the failure.</summary>
internal sealed record CaseResult(Outcome Outcome, string Text);

/// <summary>Writes results as they come, so that a crash shows which case was running.</summary>
internal sealed class CaseLog(string? path) : IDisposable
{
    private readonly StreamWriter? writer = path is null ? null : new StreamWriter(path) { AutoFlush = true };
    private readonly int[] totals = new int[3];

    public void Starting(TestCase testCase) => WriteLine("Running", testCase, TimeSpan.Zero, "");

    public void Finished(TestCase testCase, CaseResult result, TimeSpan duration)
    {
        totals[(int)result.Outcome]++;
        WriteLine(result.Outcome.ToString(), testCase, duration, result.Text);
        if (result.Outcome == Outcome.Failed)
        {
            Console.WriteLine($"FAILED {testCase.DisplayName}\n{result.Text}\n");
        }
    }

    /// <summary>Prints the totals; true when nothing failed.</summary>
    public bool PrintTotals()
    {
        Console.WriteLine($"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped");
        return totals[(int)Outcome.Failed] == 0;
    }

    public void Dispose() => writer?.Dispose();

    private void WriteLine(string outcome, TestCase testCase, TimeSpan duration, string text) =>
        writer?.WriteLine(string.Join('\t', outcome, testCase.Method.FullName, $"{duration.TotalSeconds:F3}",
            OneLine(testCase.DisplayName), OneLine(text)));

    private static string OneLine(string text) =>
        text.Replace("\t", " ", StringComparison.Ordinal).Replace("\r", "", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}
