using System.Runtime.CompilerServices;

namespace FugakuDnn.Build;

/// <summary>Where things are.</summary>
internal static class Repository
{
    /// <summary>The folder of build.cs.</summary>
    public static string Root { get; } = Path.GetDirectoryName(Path.GetDirectoryName(ThisFile()))!;

    /// <summary>A path below the root.</summary>
    public static string At(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>A path below artifacts/, where everything that is made goes.</summary>
    public static string Artifact(params string[] parts) => Path.Combine([Root, "artifacts", .. parts]);

    /// <summary>The folder of the published library and programs for a platform.</summary>
    public static string Published(string rid) => Artifact("publish", rid);

    /// <summary>The published library for a platform.</summary>
    public static string Library(string rid) => Path.Combine(Published(rid), "libfugakudnn.so");

    /// <summary>The platforms we publish for.</summary>
    public static IReadOnlyList<string> Rids { get; } = ["linux-x64", "linux-arm64"];

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
