namespace FugakuDnn.Build;

/// <summary>The Python package and the PyTorch plug-in under the Python, NumPy and PyTorch of another Debian release.</summary>
internal static class DebianTorchSuite
{
    private const int DoesNotLoad = 1; // Python's exit code after an exception

    // What is mapped into the process besides the folder's own files would be this machine's, another version.
    private const string WhereItComesFrom = """
        import sys, numpy, torch, torchvision
        files = {line.split()[-1] for line in open("/proc/self/maps") if ".so" in line}
        foreign = sorted(file for file in files if not file.startswith(sys.argv[1]))
        print(torch.__version__, *foreign, sep="\n")
        sys.exit(2 if foreign else 0)
        """;

    /// <summary>Runs the tests in the release, or, unless it is one of the <paramref name="usual"/> ones, skips them outside of --exhaustive.</summary>
    public static Suite For(string title, string release, bool usual) => new(title, () =>
        usual || TestRun.Exhaustive ? Run(DebianFolder.ForThisMachine(release))
            : [new TestResult(title, title, Outcome.Skipped, "a version between the two that always run; test --exhaustive runs it")]);

    private static IReadOnlyList<TestResult> Run(DebianFolder system)
    {
        string name = $"PyTorch of Debian {system.Release} loads, from artifacts/{system.Name} alone";
        try
        {
            system.Make();
        }
        catch (StepFailed e)
        {
            return [NotToBeHad(name, e.Message)];
        }

        string python = system.MakeInterpreter();
        Command Inside(params string[] arguments) => Python.Command(arguments) with { Program = python };

        TestResult torch = Loads(name, Inside("-c", WhereItComesFrom, system.Root));
        return torch.Outcome != Outcome.Passed ? [torch] :
        [
            torch,
            .. PytestSuite.Run($"python-{system.Release}", "python/tests", Inside),
            .. PytestSuite.Run($"pytorch-{system.Release}", "frameworks-plugins/pytorch/tests", Inside),
        ];
    }

    private static TestResult Loads(string name, Command command)
    {
        CommandResult run = command.Capture();
        string text = $"{command}\n{run.Output}";
        return run.ExitCode switch
        {
            0 => new TestResult(name, $"{name}: {run.Output.Trim()}", Outcome.Passed),
            DoesNotLoad => NotToBeHad(name, text),
            _ => new TestResult(name, name, Outcome.Failed, text),
        };
    }

    /// <summary>Debian's fault: it fails the thorough run, and does not stand in the way of the usual one.</summary>
    private static TestResult NotToBeHad(string name, string text) =>
        new(name, name, TestRun.Exhaustive ? Outcome.Failed : Outcome.Skipped, text);
}
