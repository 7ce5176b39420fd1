namespace FugakuDnn.Build;

/// <summary>Packs the wheels, installs them into an environment of their own, away from the sources, and uses them.</summary>
internal static class WheelSuite
{
    public static IReadOnlyList<TestResult> Run()
    {
        Pack.Run();
        string environment = Repository.Artifact("wheel-venv");
        string python = Path.Combine(environment, "bin", "python");
        string[] wheels = Directory.GetFiles(Pack.Folder, "*.whl");
        return
        [
            Case("a fresh environment", new Command(Requirement.BasePython(), "-m", "venv", "--clear", "--system-site-packages", environment)),
            Case("pip installs the wheels", new Command(python, ["-m", "pip", "install", "-q", "--no-index", "--no-deps", .. wheels])),
            Case("fugakudnn info", Outside(python, "-m", "fugakudnn", "info")),
            Case("import fugakudnn_torch", Outside(python, "-c", "import fugakudnn_torch")),
            Case("the source of fugakudnn_tensorflow's shim", Outside(python, "-c",
                "from fugakudnn_tensorflow import shim; assert shim.SOURCE.is_file(), shim.SOURCE")),
        ];
    }

    /// <summary>Runs where the sources cannot be imported by accident, with the library that is in the wheel.</summary>
    private static Command Outside(string program, params string[] arguments) => new(program, arguments)
    {
        Folder = TestRun.Folder,
        Environment = new Dictionary<string, string?> { ["FUGAKUDNN_LIBRARY"] = null, ["PYTHONPATH"] = null },
    };

    private static TestResult Case(string name, Command command)
    {
        CommandResult run = command.Capture();
        return new TestResult(name, name, run.ExitCode == 0 ? Outcome.Passed : Outcome.Failed, run.ExitCode == 0 ? "" : $"{command}\n{run.Output}");
    }
}
