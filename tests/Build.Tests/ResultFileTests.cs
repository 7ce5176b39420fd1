namespace FugakuDnn.Build.Tests;

/// <summary>What the suites print is read as it was meant; above all, a failure is never read as a success.</summary>
public sealed class ResultFileTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void ACaseThatDidNotEndFailed()
    {
        File.WriteAllText(path, "Running\tA.B\t0.0\tA.B(1)\t\nPassed\tA.B\t0.1\tA.B(1)\t\nRunning\tA.B\t0.0\tA.B(2)\t\n");
        Assert.Equal([Outcome.Passed, Outcome.Failed], ResultFiles.AotRunner(path).Select(result => result.Outcome));
    }

    [Fact]
    public void ASkipKeepsItsReason()
    {
        File.WriteAllText(path, "Skipped\tA.B\t0.0\tA.B\tno AVX-512\n");
        TestResult result = Assert.Single(ResultFiles.AotRunner(path));
        Assert.Equal((Outcome.Skipped, "no AVX-512"), (result.Outcome, result.Text));
    }

    [Fact]
    public void ProtocolLinesAreCases()
    {
        IReadOnlyList<TestResult> results = ResultFiles.Protocol("c", new CommandResult(0, "ok - a\nok 2 - b # SKIP no SVE\nother\n"));
        Assert.Equal([Outcome.Passed, Outcome.Skipped], results.Select(result => result.Outcome));
        Assert.Equal("no SVE", results[1].Text);
    }

    [Theory]
    [InlineData(0, "not ok - a\n")]
    [InlineData(1, "ok - a\n")]
    [InlineData(139, "")]
    public void AProgramThatFailedIsNeverASuccess(int exitCode, string output) =>
        Assert.Contains(ResultFiles.Protocol("c", new CommandResult(exitCode, output)), result => result.Outcome == Outcome.Failed);

    [Fact]
    public void PytestErrorsAreFailures()
    {
        File.WriteAllText(path, "<testsuites><testsuite><testcase classname='t' name='a[1]'/><testcase classname='t' name='b'>"
            + "<error message='m'/></testcase><testcase classname='t' name='c'><skipped message='why'/></testcase></testsuite></testsuites>");
        IReadOnlyList<TestResult> results = ResultFiles.Pytest(path);
        Assert.Equal([Outcome.Passed, Outcome.Failed, Outcome.Skipped], results.Select(result => result.Outcome));
        Assert.Equal(("t.a", "why"), (results[0].Method, results[2].Text));
    }

    [Fact]
    public void DifferentCaseCountsFail()
    {
        TestResult one = new("FugakuDnn.Native.Tests.A.B", "FugakuDnn.Native.Tests.A.B(1)", Outcome.Passed);
        TestResult two = one with { Name = "FugakuDnn.Native.Tests.A.B(2)" };
        Assert.Equal(Outcome.Passed, Assert.Single(Comparison.Run([one, two], [two, one])).Outcome);
        TestResult different = Assert.Single(Comparison.Run([one, two], [one]));
        Assert.Equal((Outcome.Failed, "FugakuDnn.Native.Tests.A.B: 2 natively, 1 emulated"), (different.Outcome, different.Text));
    }

    [Fact]
    public void TotalsAreTheLastLine() => Assert.Equal("1 passed, 1 failed, 0 skipped",
        Summary.Totals([new SuiteResult("s", [new("m", "a", Outcome.Passed), new("m", "b", Outcome.Failed, "no")], TimeSpan.Zero)]));
}
