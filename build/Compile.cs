using System.Runtime.InteropServices;

namespace FugakuDnn.Build;

/// <summary>Compiles: the solution, and the NativeAOT library and programs.</summary>
internal static class Compile
{
    public const string Solution = "FugakuDnn.Interop.sln";

    private const long LargestLibrary = 20L * 1024 * 1024;

    private static readonly HashSet<string> FreshLibraries = [];

    private static bool solutionIsFresh;

    /// <summary>The platform of this machine.</summary>
    public static string HostRid { get; } = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";

    public static void Build()
    {
        Setup.Run();
        SolutionInRelease();
        GenerateSignatures();
        PublishFor(HostRid);
        CheckHeader();
    }

    public static void Publish(Options options)
    {
        string rid = options.Value("--rid") ?? HostRid;
        options.End();
        if (!Repository.Rids.Contains(rid))
        {
            throw new StepFailed($"--rid: must be one of {string.Join(", ", Repository.Rids)}, got {rid}");
        }

        Setup.Run();
        PublishFor(rid);
    }

    /// <summary>Everything in the solution, once.</summary>
    public static void SolutionInRelease()
    {
        if (!solutionIsFresh)
        {
            Step.Quiet("compile", new Command("dotnet", "build", Solution, "-c", "Release", "-v", "quiet"));
            solutionIsFresh = true;
        }
    }

    /// <summary>
    /// The C header and Python's signatures follow from the exports. They are committed; a test tells where they were not renewed,
    /// so test does not renew them.
    /// </summary>
    private static void GenerateSignatures() => Step.Quiet("header and signatures", new Command(
        "dotnet", Repository.Artifact("bin", "FugakuDnn.Exports.Generate", "release", "FugakuDnn.Exports.Generate.dll"), Repository.Root));

    /// <summary>libfugakudnn.so and fdnn-bench into artifacts/publish/RID.</summary>
    public static void PublishFor(string rid)
    {
        Library(rid);
        Bench(rid);
    }

    /// <summary>fdnn-bench into artifacts/publish/RID.</summary>
    public static void Bench(string rid) => NativeAot("benchmarks/fdnn-bench", rid, Repository.Published(rid));

    /// <summary>libfugakudnn.so into artifacts/publish/RID, once.</summary>
    public static void Library(string rid)
    {
        if (!FreshLibraries.Add(rid))
        {
            return;
        }

        NativeAot("Exports", rid, Repository.Published(rid));
        long size = new FileInfo(Repository.Library(rid)).Length;
        if (size > LargestLibrary)
        {
            throw new StepFailed($"libfugakudnn.so must be under {LargestLibrary} bytes, got {size}");
        }
    }

    /// <summary>Publishes one project as machine code.</summary>
    public static void NativeAot(string project, string rid, string folder) => Step.Quiet($"publish {project} for {rid}",
        new Command("dotnet", "publish", project, "-c", "Release", "-r", rid, "-o", folder, "-v", "quiet"));

    /// <summary>The C header compiles alone, as C and as C++, without a warning.</summary>
    private static void CheckHeader()
    {
        string header = Repository.At("Exports", "include", "fugakudnn.h");
        if (!File.Exists(header))
        {
            throw new StepFailed("Exports/include/fugakudnn.h does not exist");
        }

        string[] strict = ["-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-pedantic", header];
        Step.Quiet("fugakudnn.h as C", new Command("gcc", ["-x", "c", "-std=c99", .. strict]));
        Step.Quiet("fugakudnn.h as C++", new Command("clang", ["-x", "c++", "-std=c++11", "-Wno-pragma-once-outside-header", .. strict]));
    }
}
