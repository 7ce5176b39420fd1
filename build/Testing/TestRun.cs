namespace FugakuDnn.Build;

/// <summary>Runs every suite and says what came of it. The last line is "N passed, N failed, N skipped".</summary>
internal static class TestRun
{
    /// <summary>The seed of everything random in the tests, so that a failure comes back.</summary>
    public const string Seed = "20200601";

    /// <summary>Where the suites leave their logs.</summary>
    public static string Folder { get; } = Repository.Artifact("test");

    /// <summary>Whether the long versions of tests were asked for.</summary>
    public static bool Exhaustive { get; private set; }

    /// <summary>The longest that one suite may take: a guard against a test that hangs, not a measure of speed.</summary>
    public static TimeSpan Patience => TimeSpan.FromHours(Exhaustive ? 12 : 1);

    public static void Run(Options options)
    {
        Exhaustive = options.Flag("--exhaustive");
        Environment.SetEnvironmentVariable("FUGAKUDNN_EXHAUSTIVE", Exhaustive ? "1" : null);
        Environment.SetEnvironmentVariable("FUGAKUDNN_TEST_SEED", Seed);
        Environment.SetEnvironmentVariable("FUGAKUDNN_ISA", null); // each test says which it means
        Environment.SetEnvironmentVariable("FUGAKUDNN_TORCH_REGISTRAR", null); // set, it would leave the other registrar's tests out
        string only = options.Value("--only") ?? "";
        options.End();

        Setup.Run();
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }

        Directory.CreateDirectory(Folder);
        List<SuiteResult> results = [];
        foreach (Suite suite in Suites.All(results).Where(suite => suite.Name.Contains(only, StringComparison.Ordinal)))
        {
            results.Add(RunSuite(suite));
        }

        Summary.Print(results);
        if (results.Sum(suite => suite.Count(Outcome.Failed)) > 0)
        {
            Environment.ExitCode = 1;
        }
    }

    private static SuiteResult RunSuite(Suite suite)
    {
        Console.WriteLine($"▸ test: {suite.Name}");
        using Heartbeat heartbeat = new();
        IReadOnlyList<TestResult> results;
        try
        {
            results = suite.Run();
        }
        catch (Exception e) // whatever it is: this suite failed, and the others still run
        {
            results = [new TestResult(suite.Name, $"{suite.Name}: the suite itself", Outcome.Failed, e is StepFailed ? e.Message : e.ToString())];
        }

        SuiteResult result = new(suite.Name, results, heartbeat.Elapsed);
        foreach (TestResult failure in results.Where(r => r.Outcome == Outcome.Failed))
        {
            Console.WriteLine($"  FAILED {failure.Name}\n{Summary.Indent(failure.Text)}");
        }

        Console.WriteLine($"  {Summary.Totals([result])} in {result.Duration.TotalSeconds:F1} s");
        return result;
    }
}
