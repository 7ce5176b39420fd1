namespace FugakuDnn.Build;

/// <summary>
/// Compiles each C program in tests/native against the header and the library, without a warning, and runs it. Programs
/// print "ok - name" or "not ok - name" lines and end with 0 when all is well.
/// </summary>
internal static class CSuite
{
    private static readonly string Sources = Repository.At("tests", "native");

    public static IEnumerable<Suite> ForEveryPlatform() =>
    [
        new("C consumer", () => Run("linux-x64", "gcc", program => new Command(program))),
        new("C consumer, emulated A64FX", () => Run("linux-arm64", "aarch64-linux-gnu-gcc", program => Emulator.Command(program))),
    ];

    private static IReadOnlyList<TestResult> Run(string rid, string compiler, Func<string, Command> run)
    {
        Compile.Library(rid);
        string[] sources = Directory.Exists(Sources) ? Directory.GetFiles(Sources, "*.c") : [];
        return sources.Length == 0
            ? [new TestResult("tests/native", "tests/native", Outcome.Failed, "there is no C program")]
            : [.. sources.Order(StringComparer.Ordinal).SelectMany(source => RunOne(source, rid, compiler, run))];
    }

    private static IReadOnlyList<TestResult> RunOne(string source, string rid, string compiler, Func<string, Command> run)
    {
        string name = Path.GetFileNameWithoutExtension(source);
        string program = Repository.Artifact("test", $"{name}-{rid}");
        CommandResult compiled = new Command(compiler, "-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", source, "-o", program,
            "-I", Repository.At("Exports", "include"), "-L", Repository.Published(rid), "-lfugakudnn", "-lm", "-ldl", "-lpthread",
            $"-Wl,-rpath,{Repository.Published(rid)}").Capture();
        return compiled.ExitCode == 0
            ? ResultFiles.Protocol(name, (run(program) with { Limit = TimeSpan.FromMinutes(15) }).Capture())
            : [new TestResult(name, $"{name} compiles", Outcome.Failed, compiled.Output)];
    }
}
