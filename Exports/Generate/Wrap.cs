namespace FugakuDnn.Exports.Generate;

/// <summary>Breaks text into lines.</summary>
public static class Wrap
{
    public static IEnumerable<string> Lines(string text, int width)
    {
        string line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length != 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line += (line.Length == 0 ? "" : " ") + word;
        }

        if (line.Length != 0)
        {
            yield return line;
        }
    }
}
