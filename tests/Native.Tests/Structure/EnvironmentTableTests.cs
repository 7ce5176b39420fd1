using System.Text.RegularExpressions;

namespace FugakuDnn.Native.Tests.Structure;

/// <summary>docs/environment.md lists the variables that the sources read: all of them, and no others.</summary>
public sealed partial class EnvironmentTableTests
{
    private static readonly string[] Folders = ["Native", "Exports", "python", "frameworks-plugins", "benchmarks", "build", "tests"];

    [Fact]
    public void TheTableIsComplete()
    {
        string[] described = Names(Described(), File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "environment.md")));
        string[] used = Folders.Where(folder => Directory.Exists(Path.Combine(SourceTree.Root, folder)))
            .SelectMany(folder => SourceTree.ReadTexts(folder, "*.cs", "*.py"))
            .SelectMany(text => Names(Quoted(), text)).Distinct().Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(used, described);
    }

    private static string[] Names(Regex pattern, string text) =>
        pattern.Matches(text).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal).ToArray();

    [GeneratedRegex(@"^\| `(FUGAKUDNN_[A-Z_]+)`", RegexOptions.Multiline)]
    private static partial Regex Described();

    [GeneratedRegex(@"[""'](FUGAKUDNN_[A-Z][A-Z_]*)\b")]
    private static partial Regex Quoted();
}
