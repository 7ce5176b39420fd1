namespace FugakuDnn.Build;

/// <summary>
/// Debian's arm64 PyTorch, unpacked into a folder (nothing of it is installed), on an emulated A64FX: the whole chain
/// from a model to SVE machine code. Files test_*.py in tests/emulated are run by pytest, other scripts by themselves.
/// </summary>
internal static class EmulatedPythonSuite
{
    private static readonly DebianFolder Debian = new("arm64-root", "bookworm", "arm64");

    public static IReadOnlyList<TestResult> Run()
    {
        string folder = Repository.At("tests", "emulated");
        string[] scripts = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.py") : [];
        if (scripts.Length == 0)
        {
            return [new TestResult("tests/emulated", "tests/emulated", Outcome.Failed, "there is no script")];
        }

        Compile.Library("linux-arm64");
        Debian.Make();
        return [.. scripts.Where(script => Path.GetFileName(script) is not ("conftest.py" or "__init__.py"))
            .Order(StringComparer.Ordinal).SelectMany(RunScript)];
    }

    private static IReadOnlyList<TestResult> RunScript(string script)
    {
        string name = Path.GetFileNameWithoutExtension(script);
        if (!name.StartsWith("test_", StringComparison.Ordinal))
        {
            return ResultFiles.Protocol(name, Python_(script).Capture());
        }

        string xml = Path.Combine(TestRun.Folder, $"emulated-{name}.xml");
        return PytestSuite.Read(xml, Python_("-m", "pytest", "-q", "-p", "no:cacheprovider", script, "--junitxml", xml).Capture());
    }

    /// <summary>No chroot and no binfmt: the emulator finds the C library in the folder, Python its modules by variables.</summary>
    private static Command Python_(params string[] arguments)
    {
        string root = Debian.Root, modules = $"{root}/usr/lib/{Debian.Python}";
        string path = string.Join(':', Python.PackagePath, $"{root}/usr/lib/python3/dist-packages", modules, $"{modules}/lib-dynload");
        return new Command("qemu-aarch64",
        [
            "-cpu", "a64fx", "-L", root,
            "-E", $"LD_LIBRARY_PATH={string.Join(':', Debian.LibraryFolders)}",
            "-E", "PYTHONHOME=/usr", "-E", $"PYTHONPATH={path}", "-E", "PYTHONDONTWRITEBYTECODE=1",
            "-E", $"FUGAKUDNN_LIBRARY={Repository.Library("linux-arm64")}",
            $"{root}/usr/bin/{Debian.Python}", .. arguments,
        ])
        {
            Limit = TimeSpan.FromMinutes(20),
        };
    }
}
