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
        Paths(folder, "*.cs").Select(path => Parse(path, File.ReadAllText(Path.Combine(Root, path)))).ToList();

    /// <summary>The texts of all files below a folder whose names match one of the patterns, comments included.</summary>
    public static IEnumerable<string> ReadTexts(string folder, params string[] patterns) =>
        patterns.SelectMany(pattern => Paths(folder, pattern)).Select(path => File.ReadAllText(Path.Combine(Root, path)));

    public static SourceFile Parse(string path, string text) =>
        new(path, Comment().Replace(text, ""), text.AsSpan().Count('\n'));

    private static IEnumerable<string> Paths(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(Generated.Contains))
            .Order(StringComparer.Ordinal);

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
