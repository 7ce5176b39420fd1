namespace FugakuDnn.Build;

/// <summary>The Python package and the PyTorch plug-in under the Python, NumPy and PyTorch of another Debian release.</summary>
internal static class DebianTorchSuite
{
    // What is mapped into the process besides the folder's own files would be this machine's, another version.
    private const string WhereItComesFrom = """
        import sys, numpy, torch, torchvision
        files = {line.split()[-1] for line in open("/proc/self/maps") if ".so" in line}
        print(torch.__version__)
        sys.exit("\n".join(sorted(file for file in files if not file.startswith(sys.argv[1]))))
        """;

    /// <summary>Runs the tests in the release, or, unless it is one of the <paramref name="usual"/> ones, skips them outside of --exhaustive.</summary>
    public static Suite For(string title, string release, bool usual) => new(title, () =>
        usual || TestRun.Exhaustive ? Run(DebianFolder.ForThisMachine(release))
            : [new TestResult(title, title, Outcome.Skipped, "takes minutes; test --exhaustive runs it")]);

    private static IReadOnlyList<TestResult> Run(DebianFolder system)
    {
        system.Make();
        string python = system.MakeInterpreter();
        Command Inside(params string[] arguments) => Python.Command(arguments) with { Program = python };

        TestResult torch = Loads(system, Inside("-c", WhereItComesFrom, system.Root));
        return torch.Outcome == Outcome.Failed ? [torch] :
        [
            torch,
            .. PytestSuite.Run($"python-{system.Release}", "python/tests", Inside),
            .. PytestSuite.Run($"pytorch-{system.Release}", "frameworks-plugins/pytorch/tests", Inside),
        ];
    }

    private static TestResult Loads(DebianFolder system, Command command)
    {
        CommandResult run = command.Capture();
        string name = $"PyTorch of Debian {system.Release} loads, from artifacts/{system.Name} alone";
        return run.ExitCode == 0
            ? new TestResult(name, $"{name}: {run.Output.Trim()}", Outcome.Passed)
            : new TestResult(name, name, Outcome.Failed, $"{command}\n{run.Output}");
    }
}
