namespace FugakuDnn.Build;

/// <summary>
/// Compiles each C program in tests/native against the header and the library, without a warning, and runs it: as it is, emulated, and with
/// tools that watch its memory. Programs print "ok - name" or "not ok - name" lines and end with 0 when all is well.
/// </summary>
internal static class CSuite
{
    private static readonly string Sources = Repository.At("tests", "native");

    /// <summary>What LeakSanitizer is not to report, with the reasons.</summary>
    private static readonly string Leaks = Path.Combine(Sources, "leaks.supp");

    private static readonly Way Natively = new("natively", "linux-x64", "gcc", program => new Command(program));

    private static readonly Way Emulated = new("emulated", "linux-arm64", "aarch64-linux-gnu-gcc", program => Emulator.Command(program));

    /// <summary>Sees what the programs do wrong with memory, and how they call the library.</summary>
    private static readonly Way AddressSanitizer = Natively with
    {
        Label = "asan",
        Flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer", "-DWATCHED"],
        Command = program => new Command(program)
        {
            Environment = new Dictionary<string, string?>
            {
                // Tests fault on purpose, and ask for more than there is.
                ["ASAN_OPTIONS"] = "handle_segv=0:allocator_may_return_null=1",
                ["LSAN_OPTIONS"] = $"suppressions={Leaks}:print_suppressions=0",
            },
        },
        Omits = name => name switch
        {
            "pool_fork" => "AddressSanitizer (GCC 12) does not guard its own allocator's locks against fork: children wait in its free for ever",
            "pool_exhaustion" => "under RLIMIT_AS AddressSanitizer ends the program itself",
            _ => null,
        },
    };

    /// <summary>Sees what the library's machine code does, too, wherever the memory is the C library's.</summary>
    private static readonly Way Valgrind = Natively with
    {
        Label = "valgrind",
        Flags = ["-DWATCHED"],
        Command = program => new Command("valgrind", "--quiet", "--error-exitcode=9", program),
        Omits = name => name switch
        {
            "pool_exhaustion" => "valgrind does not hold a program to RLIMIT_AS",
            "fuzz" => "a descriptor that claims to be longer than it is has the library look at what lies behind it on the stack",
            _ => null,
        },
    };

    private static TestResult WaitsForExhaustive =>
        new("valgrind", "valgrind", Outcome.Skipped, "takes minutes; AddressSanitizer looks at the same programs; test --exhaustive runs it");

    public static IEnumerable<Suite> ForEveryPlatform() =>
    [
        new("C consumer", () => Run(Natively)),
        new("C consumer, emulated A64FX", () => Run(Emulated)),
        new("C consumer, AddressSanitizer", () => Run(AddressSanitizer)),
        new("C consumer, valgrind", () => TestRun.Exhaustive ? Run(Valgrind) : [WaitsForExhaustive]),
    ];

    private static IReadOnlyList<TestResult> Run(Way way)
    {
        Compile.Library(way.Rid);
        string[] sources = Directory.Exists(Sources) ? Directory.GetFiles(Sources, "*.c") : [];
        return sources.Length == 0
            ? [new TestResult("tests/native", "tests/native", Outcome.Failed, "there is no C program")]
            : [.. sources.Order(StringComparer.Ordinal).SelectMany(source => RunOne(source, way))];
    }

    private static IReadOnlyList<TestResult> RunOne(string source, Way way)
    {
        string name = Path.GetFileNameWithoutExtension(source);
        if (way.Omits(name) is { } reason)
        {
            return [new TestResult(name, name, Outcome.Skipped, reason)];
        }

        string program = Repository.Artifact("test", $"{name}-{way.Label}");
        CommandResult compiled = new Command(way.Compiler, ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", .. way.Flags, source, "-o", program,
            "-I", Repository.At("Exports", "include"), "-L", Repository.Published(way.Rid), "-lfugakudnn", "-lm", "-ldl", "-lpthread",
            $"-Wl,-rpath,{Repository.Published(way.Rid)}"]).Capture();
        return compiled.ExitCode == 0
            ? ResultFiles.Protocol(name, (way.Command(program) with { Limit = TimeSpan.FromMinutes(20) }).Capture())
            : [new TestResult(name, $"{name} compiles", Outcome.Failed, compiled.Output)];
    }

    /// <summary>How the programs are compiled and run; <c>Omits</c> gives the reason why one is not, or null.</summary>
    private sealed record Way(string Label, string Rid, string Compiler, Func<string, Command> Command)
    {
        public string[] Flags { get; init; } = [];

        public Func<string, string?> Omits { get; init; } = _ => null;
    }
}
