namespace FugakuDnn.Build;

/// <summary>Runs pytest on a folder of the repository.</summary>
internal static class PytestSuite
{
    /// <summary>Runs it in .venv, or with the <paramref name="python"/> that is given; <paramref name="name"/> is that of the file of results.</summary>
    public static IReadOnlyList<TestResult> Run(string name, string folder, Func<string[], Command>? python = null)
    {
        if (!Directory.Exists(Repository.At(folder)))
        {
            return [new TestResult(folder, folder, Outcome.Failed, "there is no such folder")];
        }

        Compile.Library(Compile.HostRid);
        string xml = Path.Combine(TestRun.Folder, name + ".xml");
        CommandResult run = ((python ?? Python.Command)(["-m", "pytest", "-q", "-p", "no:cacheprovider", folder, "--junitxml", xml]) with
        {
            Limit = TestRun.Patience,
        }).Capture();
        return Read(xml, run);
    }

    /// <summary>The results in <paramref name="xml"/>, and a failure when pytest itself was not content.</summary>
    public static IReadOnlyList<TestResult> Read(string xml, CommandResult run)
    {
        if (!File.Exists(xml))
        {
            throw new StepFailed($"pytest ended with exit code {run.ExitCode} and left no results\n{run.Output}");
        }

        IReadOnlyList<TestResult> results = ResultFiles.Pytest(xml);
        bool unexplained = run.ExitCode != 0 && results.All(result => result.Outcome != Outcome.Failed);
        return unexplained ? [.. results, new TestResult(xml, "pytest", Outcome.Failed, $"exit code {run.ExitCode}\n{run.Output}")] : results;
    }
}
