namespace FugakuDnn.Build.Tests;

/// <summary>The emulated suite exists for SVE-512: without it, or with a part of it skipped, the suite fails.</summary>
public sealed class EmulationTests
{
    private static readonly TestResult Ran = new("M", "M(isa: Sve512, n: 1)", Outcome.Passed);

    [Fact]
    public void SveThatRanIsASuccess() => Assert.Equal([Outcome.Passed], Judge(Ran));

    [Fact]
    public void WithoutAnySveCaseTheSuiteFails() => Assert.Equal([Outcome.Failed], Judge(new TestResult("M", "M(isa: Portable)", Outcome.Passed)));

    [Theory]
    [InlineData("M(isa: Sve512, n: 2)", "not available here")]
    [InlineData("M", "this CPU has no SVE of 512 bits")]
    public void ASkippedSveCaseFails(string name, string reason) =>
        Assert.Equal([Outcome.Failed, Outcome.Passed], Judge(Ran, new TestResult("M", name, Outcome.Skipped, reason)));

    [Fact]
    public void SkippedX86CasesAreFine() =>
        Assert.Equal([Outcome.Passed], Judge(Ran, new TestResult("M", "M(isa: Avx512)", Outcome.Skipped, "only sve512 and portable run here")));

    private static Outcome[] Judge(params TestResult[] results) =>
        [.. EmulatedSuite.SveFindings(results).Select(finding => finding.Outcome)];
}
