using System.Runtime.InteropServices;

namespace FugakuDnn.Build;

/// <summary>
/// A Debian release with PyTorch, unpacked into a folder below artifacts/. Nothing of it is installed or configured, and nothing is
/// run inside: its programs find what they need by what they are told.
/// </summary>
/// <param name="Name">The folder below artifacts/.</param>
/// <param name="Release">Debian's name of the release.</param>
/// <param name="Architecture">Debian's name of the architecture.</param>
internal sealed record DebianFolder(string Name, string Release, string Architecture)
{
    private const string Packages = "python3-torch,python3-torchvision,python3-numpy,python3-pytest";
    private const string ForWheels = ",python3-pip,python3-setuptools,python3-wheel";
    private const string ForTestsInCpp = ",libtorch-dev"; // torch's headers, for the native registrar, the allocator's shim and their tests

    // A mirror that stands still shows a release that has expired. What is unpacked is checked against Debian's signatures all the same.
    private const string OldIndexIsFine = "--aptopt=Acquire::Check-Valid-Until \"false\"";

    /// <summary>A release for the processor of this machine.</summary>
    public static DebianFolder ForThisMachine(string release) => new($"{release}-root", release, IsArm ? "arm64" : "amd64")
    {
        AllPackages = Packages + ForWheels + ForTestsInCpp,
    };

    /// <summary>The packages that are unpacked, with all they depend on.</summary>
    public string AllPackages { get; private init; } = Packages;

    /// <summary>The folder.</summary>
    public string Root => Repository.Artifact(Name);

    /// <summary>Where the architecture's shared libraries are, seen from the root of the system.</summary>
    public string[] LibraryFolders
    {
        get
        {
            string own = $"/usr/lib/{(Architecture == "arm64" ? "aarch64" : "x86_64")}-linux-gnu";
            return [own, "/usr/lib", $"{own}/blas", $"{own}/lapack"];
        }
    }

    /// <summary>The name of its Python, "python3.14".</summary>
    public string Python => Path.GetFileName(Directory.GetDirectories(Path.Combine(Root, "usr", "lib"), "python3.*")
        .Single(folder => Directory.Exists(Path.Combine(folder, "lib-dynload"))));

    private static bool IsArm => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64;

    /// <summary>Unpacks the system once; a marker is written when all of it is there.</summary>
    public void Make()
    {
        string marker = Path.Combine(Root, ".complete"), contents = $"{Release} {Architecture} {AllPackages}";
        if (File.Exists(marker) && File.ReadAllText(marker) == contents)
        {
            return;
        }

        if (Directory.Exists(Root))
        {
            Directory.Delete(Root, recursive: true);
        }

        Step.Run($"unpack PyTorch of Debian {Release} ({Architecture}) into artifacts/{Name}", Unpack);
        File.WriteAllText(marker, contents);
    }

    private void Unpack()
    {
        Command command = new(
            "mmdebstrap", "--variant=extract", $"--architectures={Architecture}", OldIndexIsFine, $"--include={AllPackages}", Release, Root);
        CommandResult result = command.Capture();
        if (result.ExitCode != 0)
        {
            throw new StepFailed($"Debian {Release} does not give us its PyTorch: {command} ended with exit code {result.ExitCode}\n{result.Output}");
        }
    }

    /// <summary>
    /// A program for this machine's processor that runs the system's Python by the system's own dynamic loader, so that neither a chroot
    /// nor root is needed. Python takes it for itself (sys.executable), so that processes it starts run the same way.
    /// </summary>
    public string MakeInterpreter()
    {
        string path = Path.Combine(Root, "python"), libraries = string.Join(':', LibraryFolders.Select(folder => Root + folder));
        string loader = Root + LibraryFolders[0] + (Architecture == "arm64" ? "/ld-linux-aarch64.so.1" : "/ld-linux-x86-64.so.2");
        File.WriteAllText(path, $"""
            #!/bin/sh
            unset PYTHONDONTWRITEBYTECODE # nothing in the folder is compiled yet, and PyTorch takes seconds
            export PYTHONHOME='{Root}/usr'
            exec '{loader}' --library-path '{libraries}' --argv0 "$0" '{Root}/usr/bin/{Python}' "$@"

            """);
        Step.Shown(new Command("chmod", "+x", path));
        return path;
    }
}
