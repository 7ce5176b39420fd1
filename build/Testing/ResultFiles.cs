using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FugakuDnn.Build;

/// <summary>Reads what the test programs write.</summary>
internal static partial class ResultFiles
{
    /// <summary>xunit's own XML (-xml FILE).</summary>
    public static IReadOnlyList<TestResult> Xunit(string path) =>
        [.. from test in XDocument.Load(path).Descendants("test")
            let outcome = (string?)test.Attribute("result") switch
            {
                "Pass" => Outcome.Passed,
                "Skip" => Outcome.Skipped,
                _ => Outcome.Failed,
            }
            let text = (string?)test.Element("reason") ?? (string?)test.Descendants("message").FirstOrDefault() ?? ""
            select new TestResult($"{(string?)test.Attribute("type")}.{(string?)test.Attribute("method")}",
                (string)test.Attribute("name")!, outcome, text)];

    /// <summary>pytest's --junitxml.</summary>
    public static IReadOnlyList<TestResult> Pytest(string path) =>
        [.. from test in XDocument.Load(path).Descendants("testcase")
            let failure = test.Element("failure") ?? test.Element("error")
            let skip = test.Element("skipped")
            let name = $"{(string?)test.Attribute("classname")}.{(string?)test.Attribute("name")}"
            select new TestResult(name.Split('[')[0], name,
                failure is not null ? Outcome.Failed : skip is not null ? Outcome.Skipped : Outcome.Passed,
                (string?)failure?.Attribute("message") ?? (string?)skip?.Attribute("message") ?? "")];

    /// <summary>The log of tests/Native.Tests.Aot. A case that started and did not end brought the program down.</summary>
    public static IReadOnlyList<TestResult> AotRunner(string path)
    {
        Dictionary<string, TestResult> results = [];
        foreach (string[] fields in File.ReadLines(path).Select(line => line.Split('\t')).Where(fields => fields.Length == 5))
        {
            results[fields[3]] = Enum.TryParse(fields[0], out Outcome outcome)
                ? new TestResult(fields[1], fields[3], outcome, fields[4].Replace("\\n", "\n", StringComparison.Ordinal))
                : new TestResult(fields[1], fields[3], Outcome.Failed, "the program ended while this case was running");
        }

        return [.. results.Values];
    }

    /// <summary>
    /// Lines "ok - name", "not ok - name" and "ok - name # SKIP reason" (the Test Anything Protocol); a program that prints
    /// none counts as one case. An exit code other than 0 without a failed case is a failure of its own.
    /// </summary>
    public static IReadOnlyList<TestResult> Protocol(string program, CommandResult run)
    {
        List<TestResult> results = [.. ProtocolLine().Matches(run.Output).Select(line => new TestResult(
            program, $"{program}: {line.Groups["name"].Value.Trim()}",
            line.Groups["not"].Success ? Outcome.Failed : line.Groups["skip"].Success ? Outcome.Skipped : Outcome.Passed,
            line.Groups["skip"].Value.Trim()))];
        bool explained = results.Any(result => result.Outcome == Outcome.Failed);
        if (run.ExitCode != 0 && !explained)
        {
            results.Add(new TestResult(program, program, Outcome.Failed, $"exit code {run.ExitCode}\n{run.Output}"));
        }
        else if (results.Count == 0)
        {
            results.Add(new TestResult(program, program, Outcome.Passed));
        }

        return explained ? [.. results, new TestResult(program, $"{program}: output", Outcome.Failed, run.Output)] : results;
    }

    [GeneratedRegex(@"^(?<not>not )?ok\b(?: \d+)?(?: -)? (?<name>[^#\r\n]*)(?:# SKIP (?<skip>[^\r\n]*))?", RegexOptions.Multiline)]
    private static partial Regex ProtocolLine();
}
