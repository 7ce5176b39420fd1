using System.Globalization;

namespace FugakuDnn.Reference;

/// <summary>One line of a problem file: a kind and key=value pairs. tests/shapes/README.md lists kinds and keys.</summary>
public sealed class ProblemLine
{
    private readonly Dictionary<string, string> _values = [];

    private ProblemLine(string text)
    {
        Text = text;
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Kind = words[0];
        foreach (string word in words.Skip(1))
        {
            int at = word.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                throw new FormatException($"'{text}': '{word}' is not key=value");
            }

            _values.Add(word[..at], word[(at + 1)..]);
        }
    }

    /// <summary>First word.</summary>
    public string Kind { get; }

    /// <summary>The line without comment and outer blanks.</summary>
    public string Text { get; }

    /// <summary>The problems of a file, without comments and empty lines.</summary>
    public static IReadOnlyList<ProblemLine> ReadFile(string path) =>
        [.. File.ReadLines(path).Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0).Select(Parse)];

    /// <summary>Parses one line.</summary>
    public static ProblemLine Parse(string text) => new(text.Trim());

    /// <summary>Whether a key is there.</summary>
    public bool Has(string key) => _values.ContainsKey(key);

    /// <summary>Value of a key, or what it is by default.</summary>
    public string Word(string key, string byDefault) => _values.GetValueOrDefault(key, byDefault);

    /// <summary>Value of a key that must be there.</summary>
    public long Whole(string key) => Has(key) ? Whole(key, 0) : throw new FormatException($"'{Text}': {key} is missing");

    /// <summary>Value of a key, or what it is by default.</summary>
    public long Whole(string key, long byDefault) =>
        _values.TryGetValue(key, out string? value) ? long.Parse(value, CultureInfo.InvariantCulture) : byDefault;

    /// <summary>Value of a key, or what it is by default.</summary>
    public double Real(string key, double byDefault) =>
        _values.TryGetValue(key, out string? value) ? double.Parse(value, CultureInfo.InvariantCulture) : byDefault;

    /// <summary>Whether a 0-1 key is 1.</summary>
    public bool Flag(string key, bool byDefault = false) => Whole(key, byDefault ? 1 : 0) != 0;

    /// <summary>A list such as 2x3x4.</summary>
    public long[] List(string key) =>
        [.. Word(key, "").Split('x', StringSplitOptions.RemoveEmptyEntries).Select(text => long.Parse(text, CultureInfo.InvariantCulture))];

    /// <inheritdoc/>
    public override string ToString() => Text;
}
