using System.Runtime.InteropServices;

namespace FugakuDnn.Build;

/// <summary>
/// A virtual environment below artifacts/ with a TensorFlow out of ../shared/wheels: neither Debian nor the package registries have one.
/// </summary>
/// <param name="Version">The version as the archive has it: 2.15.</param>
/// <param name="WithDebiansNumPy">Whether it is made for the system's NumPy, or brings its own.</param>
internal sealed record TensorFlowFolder(string Version, bool WithDebiansNumPy)
{
    private const string CPython = "3.11"; // the wheels are built for it

    public static IReadOnlyList<TensorFlowFolder> All { get; } =
        [new("2.15", WithDebiansNumPy: true), new("2.21", WithDebiansNumPy: false)];

    /// <summary>The folder below artifacts/.</summary>
    public string Name => $"tensorflow-{Version}";

    /// <summary>Its interpreter.</summary>
    public string Interpreter => Path.Combine(Root, "bin", "python");

    private string Root => Repository.Artifact(Name);

    private static string Wheels => Repository.At("..", "shared", "wheels");

    private string Archive => Path.Combine(Wheels, $"{Name}.tar.xz");

    /// <summary>Why it cannot be had here, or null.</summary>
    public string? Missing()
    {
        if (!File.Exists(Archive))
        {
            return $"TensorFlow {Version} comes from ../shared/wheels/{Name}.tar.xz, which is not there";
        }

        if (RuntimeInformation.OSArchitecture != Architecture.X64)
        {
            return $"the wheels of TensorFlow {Version} are for x86-64, this machine is {RuntimeInformation.OSArchitecture}";
        }

        string python = Requirement.BasePython(), version = Ask(python);
        return version == CPython ? null : $"the wheels of TensorFlow {Version} are for CPython {CPython}, {python} is {version}";
    }

    /// <summary>Installs it once; a marker is written when all of it is there.</summary>
    public void Make()
    {
        string marker = Path.Combine(Root, ".complete"), contents = $"{new FileInfo(Archive).Length} {Ask(Requirement.BasePython())}";
        if (File.Exists(marker) && File.ReadAllText(marker) == contents)
        {
            return;
        }

        string[] system = WithDebiansNumPy ? ["--system-site-packages"] : [];
        Step.Quiet($"environment artifacts/{Name}", new Command(Requirement.BasePython(), ["-m", "venv", "--clear", .. system, Root]));
        Step.Quiet($"TensorFlow {Version} into it", new Command("bash", Path.Combine(Wheels, "install.sh"), Root, Name));
        File.WriteAllText(marker, contents);
    }

    private static string Ask(string python) =>
        new Command(python, "-c", "import sys; print(*sys.version_info[:2], sep='.')").Capture().Output.Trim();
}
