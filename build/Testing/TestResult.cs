namespace FugakuDnn.Build;

internal enum Outcome
{
    Passed,
    Failed,
    Skipped,
}

/// <summary>One test case. <c>Method</c> groups the cases of one theory; <c>Text</c> is a skip's reason or a failure's message.</summary>
internal sealed record TestResult(string Method, string Name, Outcome Outcome, string Text = "");

/// <summary>Everything one suite found out.</summary>
internal sealed record SuiteResult(string Suite, IReadOnlyList<TestResult> Results, TimeSpan Duration)
{
    public int Count(Outcome outcome) => Results.Count(result => result.Outcome == outcome);
}

/// <summary>A named set of tests.</summary>
internal sealed record Suite(string Name, Func<IReadOnlyList<TestResult>> Run);
