namespace FugakuDnn.Build;

/// <summary>Runs an xunit project that the solution has compiled.</summary>
internal static class XunitSuite
{
    public static IReadOnlyList<TestResult> Run(string project)
    {
        Compile.SolutionInRelease();
        string program = Repository.Artifact("bin", project, "release", project);
        string xml = Path.Combine(TestRun.Folder, project + ".xml");
        // One test at a time, as the emulated run does. A run in parallel was once given up after four minutes; why, is not known. It did not
        // happen again in 20 runs in parallel, on one to many threads and two shared cores, which took 41 to 108 s. The tests that set what
        // the process shares (team, thread count, ISA) are in the collection WorkerTeam, which xunit runs alone, after all others.
        // One class, the convolutions, takes three quarters of the time, so that running in parallel gains little.
        // Whatever takes two minutes is named in the log: a test that stands still has a name.
        string[] options = ["-noColor", "-parallel", "none", "-longRunning", "120", "-xml", xml];
        CommandResult run = new Command(program, [$":{TestRun.Seed}", .. options]) { Limit = TestRun.Patience }.Capture();
        File.WriteAllText(Path.Combine(TestRun.Folder, project + ".log"), run.Output);
        if (!File.Exists(xml))
        {
            throw new StepFailed($"{project} ended with exit code {run.ExitCode} and left no results\n{run.Output}");
        }

        IReadOnlyList<TestResult> results = ResultFiles.Xunit(xml);
        bool unexplained = run.ExitCode != 0 && results.All(result => result.Outcome != Outcome.Failed);
        return unexplained
            ? [.. results, new TestResult(project, project, Outcome.Failed, $"exit code {run.ExitCode}\n{run.Output}")]
            : results;
    }
}
