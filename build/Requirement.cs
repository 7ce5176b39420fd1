using System.Runtime.InteropServices;

namespace FugakuDnn.Build;

/// <summary>
/// Something that must be on the machine: the Debian packages that bring it (the first one the system offers is taken)
/// and a probe that sees whether it is there, wherever it came from.
/// </summary>
internal sealed record Requirement(Func<bool> IsThere, params string[] Packages)
{
    private const int OldestLlvm = 19; // older models of the A64FX charge wrongly; shared/mca refuses them

    /// <summary>The python that can import torch: the system's, even where another one comes first in PATH.</summary>
    private const string SystemPython = "/usr/bin/python3";

    public static IReadOnlyList<Requirement> All { get; } = [.. Always(), .. IsX64() ? ForEmulation() : []];

    /// <summary>The newest folder of LLVM tools that knows the A64FX well, or null.</summary>
    public static string? LlvmFolder() =>
        Directory.Exists("/usr/lib")
            ? Directory.EnumerateDirectories("/usr/lib", "llvm-*")
                .Select(path => (Path: Path.Combine(path, "bin"), Version: int.TryParse(path.AsSpan(path.LastIndexOf('-') + 1), out int v) ? v : 0))
                .Where(llvm => llvm.Version >= OldestLlvm && File.Exists(Path.Combine(llvm.Path, "llvm-mc")))
                .OrderByDescending(llvm => llvm.Version).Select(llvm => llvm.Path).FirstOrDefault()
            : null;

    /// <summary>The first interpreter that has every module, or the system's.</summary>
    public static string BasePython() =>
        new[] { SystemPython, "python3" }.FirstOrDefault(python => MissingModules(python) is { Count: 0 }) ?? SystemPython;

    private static IEnumerable<Requirement> Always() =>
    [
        Tool("clang"), Tool("ld.lld", "lld"), Tool("gcc"), Tool("g++"), Tool("objdump", "binutils"), Tool("valgrind"),
        File_("/usr/include/zlib.h", "zlib1g-dev"),
        new(() => LlvmFolder() is not null, "llvm-22", "llvm-21", "llvm-20", "llvm-19"),
        Module("ensurepip", "python3-venv"), Module("pip", "python3-pip"), Module("setuptools", "python3-setuptools"),
        Module("wheel", "python3-wheel"), Module("pytest", "python3-pytest"), Module("numpy", "python3-numpy"),
        Module("torch", "python3-torch"), Module("torchvision", "python3-torchvision"), Module("sklearn", "python3-sklearn"),
        Module("filelock", "python3-filelock"), Module("google.protobuf", "python3-protobuf"), // for the tests with Chainer
        new(HasTorchHeaders, "libtorch-dev"),
        Tool("mmdebstrap"), File_("/usr/share/keyrings/debian-archive-keyring.gpg", "debian-archive-keyring"),
    ];

    private static IEnumerable<Requirement> ForEmulation() =>
    [
        Tool("qemu-aarch64", "qemu-user"), Tool("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu"),
        File_("/usr/aarch64-linux-gnu/lib/libc.so.6", "libc6-dev-arm64-cross"),
    ];

    private static bool IsX64() => RuntimeInformation.OSArchitecture == Architecture.X64;

    private static Requirement Tool(string program, string? package = null) => new(() => InPath(program), package ?? program);

    private static Requirement File_(string path, string package) => new(() => File.Exists(path), package);

    private static Requirement Module(string module, string package) =>
        new(() => MissingModules(BasePython())?.Contains(module) == false, package);

    private static bool InPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Whether torch's C++ headers lie where its Python package says they do.</summary>
    private static bool HasTorchHeaders()
    {
        const string Ask = "import importlib.util as u, os, sys; s = u.find_spec('torch'); "
            + "sys.exit(not (s and os.path.exists(os.path.join(os.path.dirname(s.origin), 'include', 'c10', 'core', 'Allocator.h'))))";
        string python = BasePython();
        return (Path.IsPathRooted(python) ? File.Exists(python) : InPath(python)) && new Command(python, "-c", Ask).Capture().ExitCode == 0;
    }

    private static readonly Dictionary<string, IReadOnlyList<string>> Modules = [];

    /// <summary>Which of our modules an interpreter lacks; null when there is no such interpreter.</summary>
    private static IReadOnlyList<string>? MissingModules(string python)
    {
        if (Modules.TryGetValue(python, out IReadOnlyList<string>? known))
        {
            return known;
        }

        const string Ask = "import importlib.util as u; print(*[m for m in "
            + "'ensurepip pip setuptools wheel pytest numpy torch torchvision sklearn filelock google.protobuf'.split() "
            + "if not (u.find_spec(m.split('.')[0]) and u.find_spec(m))])";
        if (!(Path.IsPathRooted(python) ? File.Exists(python) : InPath(python)))
        {
            return null;
        }

        CommandResult result = new Command(python, "-c", Ask).Capture();
        return Modules[python] = result.ExitCode == 0 ? result.Output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries) : ["all"];
    }

    /// <summary>Forgets what was seen: packages were installed.</summary>
    public static void LookAgain() => Modules.Clear();
}
