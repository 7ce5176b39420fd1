using System.Diagnostics;

namespace FugakuDnn.Build;

/// <summary>The commands, and what they say about themselves.</summary>
internal static class CommandLine
{
    private sealed record Entry(string Name, string Usage, string Does, Action<Options> Run);

    private static readonly Entry[] Entries =
    [
        new("setup", "setup", "install what is missing and make .venv", _ => Setup.Run()),
        new("build", "build", "compile everything for this machine", _ => Compile.Build()),
        new("publish", "publish [--rid linux-x64|linux-arm64]", "library and programs into artifacts/publish/<rid>", Compile.Publish),
        new("test", "test [--exhaustive] [--only TEXT]", "every test, natively and on an emulated A64FX", TestRun.Run),
        new("bench", "bench [arguments of benchmarks/resnet50.py]", "the main job: ResNet-50 in PyTorch", Python.Bench),
        new("judge", "judge [arguments of benchmarks/judge.py]", "what the kernels would reach on an A64FX", Python.Judge),
        new("pack", "pack", "wheels into artifacts/wheels", _ => Pack.Run()),
        new("help", "help", "this text", _ => Help()),
    ];

    /// <summary>The commands, in the order help shows them.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Entries.Select(entry => entry.Name)];

    /// <summary>Runs a command; the exit code of the process.</summary>
    public static int Run(string[] args)
    {
        Console.OutputEncoding = System.Text.Encoding.UTF8;
        Environment.SetEnvironmentVariable("DOTNET_CLI_TELEMETRY_OPTOUT", "1");
        Environment.SetEnvironmentVariable("DOTNET_NOLOGO", "1");
        Environment.SetEnvironmentVariable("MSBUILDDISABLENODEREUSE", "1");
        Environment.SetEnvironmentVariable("EnforceCodeStyleInBuild", "true"); // off in an inner loop: Directory.Build.props
        string name = args.FirstOrDefault() ?? "help";
        if (Entries.FirstOrDefault(entry => entry.Name == name.TrimStart('-')) is not { } entry)
        {
            Console.Error.WriteLine($"unknown command {name}; the commands are {string.Join(", ", Entries.Select(e => e.Name))}");
            return 2;
        }

        long start = Stopwatch.GetTimestamp();
        try
        {
            entry.Run(new Options(args.Skip(1)));
        }
        catch (StepFailed e)
        {
            Console.Error.WriteLine($"{name} failed after {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s: {e.Message}");
            return 1;
        }

        return Environment.ExitCode;
    }

    private static void Help()
    {
        Console.WriteLine("usage: ./build.sh COMMAND   (PowerShell: ./build.ps1 COMMAND)\n");
        foreach (Entry entry in Entries)
        {
            Console.WriteLine($"  {entry.Usage,-46} {entry.Does}");
        }
    }
}
