using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace FugakuDnn.Native.Tests.Assembler;

/// <summary>llvm-mc, restricted to what an A64FX executes, as the independent judge of our encodings.</summary>
internal static class LlvmJudge
{
    private static readonly string[] Candidates = ["/usr/bin/llvm-mc-22", "/usr/lib/llvm-22/bin/llvm-mc", "/usr/bin/llvm-mc-19", "/usr/lib/llvm-19/bin/llvm-mc"];

    /// <summary>Older ones accept and print other forms, so that only these are asked.</summary>
    public static string? Path { get; } = Candidates.FirstOrDefault(File.Exists);

    /// <summary>The word of each line, or null where llvm-mc refuses it; one process for all.</summary>
    public static uint?[] Assemble(IReadOnlyList<string> lines)
    {
        string folder = Directory.CreateTempSubdirectory("fugakudnn-judge").FullName;
        try
        {
            string input = System.IO.Path.Combine(folder, "judge.s");
            File.WriteAllText(input, Program(lines));
            var start = new ProcessStartInfo(Path!) { RedirectStandardError = true, RedirectStandardOutput = true };
            foreach (string argument in (string[])["-triple=aarch64", "-mcpu=a64fx", "-show-encoding", input])
            {
                start.ArgumentList.Add(argument);
            }

            using Process process = Process.Start(start)!;

            // With errors llvm-mc keeps no output file, but does print the lines it accepts.
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            uint?[] words = Encodings(Lines(process.StandardOutput), lines.Count);
            process.WaitForExit();
            return words;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> Lines(StreamReader reader)
    {
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static string Program(IReadOnlyList<string> lines)
    {
        var text = new StringBuilder();
        for (int i = 0; i < lines.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"case{i}:\n{lines[i]}\n");
            if (lines[i].StartsWith("movprfx", StringComparison.Ordinal))
            {
                text.Append(CultureInfo.InvariantCulture, $"after{i}:\n{Prefixed(lines[i])}\n");
            }
        }

        return text.ToString();
    }

    /// <summary>An instruction that may follow this movprfx: llvm-mc refuses a prefix without one.</summary>
    private static string Prefixed(string movprfx)
    {
        string[] operands = movprfx["movprfx ".Length..].Split(", ");
        string d = operands[0].Split('.')[0];
        string other = d == "z9" ? "z10" : "z9";
        string size = operands[0].Contains('.') ? operands[0].Split('.')[1] : "s";
        string g = operands.Length == 3 ? operands[1].Split('/')[0] : "p0";
        return $"abs {d}.{size}, {g}/m, {other}.{size}";
    }

    private static uint?[] Encodings(IEnumerable<string> output, int count)
    {
        var words = new uint?[count];
        int at = -1;
        foreach (string line in output)
        {
            if (line.StartsWith("case", StringComparison.Ordinal))
            {
                at = int.Parse(line.AsSpan("case".Length, line.IndexOf(':') - "case".Length), CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("after", StringComparison.Ordinal))
            {
                at = -1;
            }
            else if (at >= 0 && line.IndexOf("encoding: [", StringComparison.Ordinal) is >= 0 and int found)
            {
                words[at] = Word(line, found + "encoding: [".Length);
            }
        }

        return words;
    }

    private static uint Word(string line, int from)
    {
        string[] bytes = line[from..line.IndexOf(']', from)].Split(',');
        uint word = 0;
        for (int i = 0; i < 4; i++)
        {
            word |= (uint)Convert.ToByte(bytes[i], 16) << (8 * i);
        }

        return word;
    }
}
