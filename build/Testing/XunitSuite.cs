namespace FugakuDnn.Build;

/// <summary>Runs an xunit project that the solution has compiled.</summary>
internal static class XunitSuite
{
    public static IReadOnlyList<TestResult> Run(string project)
    {
        Compile.SolutionInRelease();
        string program = Repository.Artifact("bin", project, "release", project);
        string xml = Path.Combine(TestRun.Folder, project + ".xml");
        // One test at a time: the tests set what the whole process shares (team, thread count, ISA), as the emulated run does.
        CommandResult run = new Command(program, $":{TestRun.Seed}", "-noColor", "-parallel", "none", "-xml", xml) { Limit = TimeSpan.FromMinutes(60) }.Capture();
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
