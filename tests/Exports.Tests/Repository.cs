using FugakuDnn.Exports.Generate;

namespace FugakuDnn.Exports.Tests;

internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, GeneratedFiles.Marker)) ? folder : Find(Path.GetDirectoryName(folder)!);
}
