using System.Text.RegularExpressions;

namespace FugakuDnn.Native.Tests.Structure;

/// <summary>A C# file of the repository: its path from the root, its text without comments, its number of lines.</summary>
internal sealed record SourceFile(string Path, string Code, int Lines)
{
    /// <summary>The folder below Native, such as "Kernels"; empty for a file directly in Native.</summary>
    public string Room => Path.Split('/') is ["Native", var room, _, ..] ? room : "";
}

/// <summary>Reads the repository that the tests were built in.</summary>
internal static partial class SourceTree
{
    private static readonly string[] Generated = ["artifacts", ".venv", "bin", "obj", ".git"];

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<SourceFile> Read(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(path => (Full: path, Relative: Path.GetRelativePath(Root, path).Replace('\\', '/')))
            .Where(path => !path.Relative.Split('/').Any(Generated.Contains))
            .OrderBy(path => path.Relative, StringComparer.Ordinal)
            .Select(path => Parse(path.Relative, File.ReadAllText(path.Full)))
            .ToList();

    public static SourceFile Parse(string path, string text) =>
        new(path, Comment().Replace(text, ""), text.AsSpan().Count('\n'));

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FugakuDnn.Interop.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"no FugakuDnn.Interop.sln above {AppContext.BaseDirectory}");
    }

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();
}
