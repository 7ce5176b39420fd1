namespace FugakuDnn.Build;

/// <summary>Runs Python with our packages and our library, from the sources.</summary>
internal static class Python
{
    /// <summary>The interpreter of .venv.</summary>
    public static string Interpreter { get; } = Repository.At(".venv", "bin", "python");

    /// <summary>Where the Python packages are imported from.</summary>
    public static string PackagePath { get; } = string.Join(
        ':', Repository.At("python"), Repository.At("frameworks-plugins", "pytorch"), Repository.At("frameworks-plugins", "tensorflow"));

    /// <summary>A command of .venv's interpreter which sees the packages and the library of this machine.</summary>
    public static Command Command(params string[] arguments) => new(Interpreter, arguments)
    {
        Environment = new Dictionary<string, string?>
        {
            ["PYTHONPATH"] = PackagePath,
            ["FUGAKUDNN_LIBRARY"] = Repository.Library(Compile.HostRid),
            ["PYTHONUNBUFFERED"] = "1",
        },
    };

    public static void Bench(Options options) => Script("resnet50.py", options, BuildRegistrar);

    /// <summary>Users are told to, so that is what is measured.</summary>
    private static void BuildRegistrar() => Step.Quiet("the native registrar for torch", Command("-m", "fugakudnn_torch", "build"));

    public static void Judge(Options options)
    {
        Setup.Run();
        Compile.PublishFor("linux-arm64");
        Script("judge.py", options);
    }

    private static void Script(string name, Options options, Action? prepare = null)
    {
        string path = Repository.At("benchmarks", name);
        if (!File.Exists(path))
        {
            throw new StepFailed($"benchmarks/{name} does not exist");
        }

        Setup.Run();
        Compile.Library(Compile.HostRid);
        prepare?.Invoke();
        Step.Shown(Command([path, .. options.Rest]));
    }
}
