using System.Runtime.InteropServices;

namespace FugakuDnn.Exports;

/// <summary>The version of the library.</summary>
public static class Version
{
    /// <summary>Version of the library as 10000·major + 100·minor + patch.</summary>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_version")]
    public static int Number()
    {
        System.Version version = typeof(Version).Assembly.GetName().Version!;
        return (10_000 * version.Major) + (100 * version.Minor) + version.Build;
    }
}
