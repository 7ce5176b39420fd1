using System.Text.RegularExpressions;

namespace FugakuDnn.Build;

/// <summary>Makes the wheels: fugakudnn with the library inside, and the plug-ins, which are for every machine.</summary>
internal static partial class Pack
{
    /// <summary>Where the wheels go.</summary>
    public static string Folder { get; } = Repository.Artifact("wheels");

    public static void Run()
    {
        Setup.Run();
        Compile.Library(Compile.HostRid);
        string library = Repository.Library(Compile.HostRid);
        string inside = Repository.At("python", "fugakudnn", "lib", "libfugakudnn.so");
        if (!File.Exists(Repository.At("python", "pyproject.toml")))
        {
            throw new StepFailed("python/pyproject.toml does not exist");
        }

        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }

        Directory.CreateDirectory(Folder);
        Directory.CreateDirectory(Path.GetDirectoryName(inside)!);
        File.Copy(library, inside, overwrite: true);
        string machine = Compile.HostRid == "linux-x64" ? "x86_64" : "aarch64";
        Wheel("python", $"manylinux_{NeededGlibc(library).Replace('.', '_')}_{machine}");
        Wheel("frameworks-plugins/pytorch", platform: null);
        Wheel("frameworks-plugins/tensorflow", platform: null);
    }

    /// <summary>The newest symbol version of the C library that the library asks for: what the wheel's tag promises.</summary>
    private static string NeededGlibc(string library)
    {
        CommandResult symbols = new Command("objdump", "-T", library).Capture();
        return GlibcVersion().Matches(symbols.Output).Select(match => Version.Parse(match.Groups[1].Value)).Max()?.ToString(2)
            ?? throw new StepFailed($"objdump -T {library} shows no GLIBC_ symbol");
    }

    /// <summary>Builds one wheel offline; a platform makes it py3-none-PLATFORM, otherwise it is for every machine.</summary>
    private static void Wheel(string folder, string? platform)
    {
        string[] options = platform is null ? [] : ["--config-settings", $"--build-option=--plat-name={platform}"];
        Step.Quiet($"wheel of {folder}", Python.Command(["-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index",
            "--no-build-isolation", .. options, "--wheel-dir", Folder, Repository.At(folder)]));
        string wheel = Directory.GetFiles(Folder, "*.whl").MaxBy(File.GetLastWriteTimeUtc)!;
        if (!wheel.EndsWith($"-py3-none-{platform ?? "any"}.whl", StringComparison.Ordinal))
        {
            throw new StepFailed($"{folder}: the wheel must be py3-none-{platform ?? "any"}, got {Path.GetFileName(wheel)}");
        }
    }

    [GeneratedRegex(@"GLIBC_(\d+\.\d+)")]
    private static partial Regex GlibcVersion();
}
