namespace FugakuDnn.Build;

/// <summary>
/// Debian's arm64 PyTorch, unpacked into a folder (nothing of it is installed), on an emulated A64FX: the whole chain
/// from a model to SVE machine code. Files test_*.py in tests/emulated are run by pytest, other scripts by themselves.
/// </summary>
internal static class EmulatedPythonSuite
{
    private const string Packages = "python3-torch,python3-torchvision,python3-numpy,python3-pytest";
    private const string Release = "bookworm";

    private static readonly string Root = Repository.Artifact("arm64-root");

    public static IReadOnlyList<TestResult> Run()
    {
        string folder = Repository.At("tests", "emulated");
        string[] scripts = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.py") : [];
        if (scripts.Length == 0)
        {
            return [new TestResult("tests/emulated", "tests/emulated", Outcome.Failed, "there is no script")];
        }

        Compile.Library("linux-arm64");
        MakeRoot();
        return [.. scripts.Where(script => Path.GetFileName(script) is not ("conftest.py" or "__init__.py"))
            .Order(StringComparer.Ordinal).SelectMany(RunScript)];
    }

    /// <summary>Unpacks the arm64 system once; a marker is written when all of it is there.</summary>
    private static void MakeRoot()
    {
        string marker = Path.Combine(Root, ".complete"), contents = $"{Release} {Packages}";
        if (File.Exists(marker) && File.ReadAllText(marker) == contents)
        {
            return;
        }

        if (Directory.Exists(Root))
        {
            Directory.Delete(Root, recursive: true);
        }

        Step.Quiet("unpack an arm64 PyTorch into artifacts/arm64-root", new Command("mmdebstrap", "--quiet", "--variant=extract",
            "--architectures=arm64", $"--include={Packages}", Release, Root));
        File.WriteAllText(marker, contents);
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
        string python = Path.GetFileName(Directory.GetDirectories(Path.Combine(Root, "usr", "lib"), "python3.*")
            .Single(folder => Directory.Exists(Path.Combine(folder, "lib-dynload"))));
        string modules = $"{Root}/usr/lib/{python}";
        string path = string.Join(':', Python.PackagePath, $"{Root}/usr/lib/python3/dist-packages", modules, $"{modules}/lib-dynload");
        return new Command("qemu-aarch64",
        [
            "-cpu", "a64fx", "-L", Root,
            "-E", "LD_LIBRARY_PATH=/usr/lib/aarch64-linux-gnu/blas:/usr/lib/aarch64-linux-gnu/lapack",
            "-E", "PYTHONHOME=/usr", "-E", $"PYTHONPATH={path}", "-E", "PYTHONDONTWRITEBYTECODE=1",
            "-E", $"FUGAKUDNN_LIBRARY={Repository.Library("linux-arm64")}",
            $"{Root}/usr/bin/{python}", .. arguments,
        ])
        {
            Limit = TimeSpan.FromMinutes(20),
        };
    }
}
