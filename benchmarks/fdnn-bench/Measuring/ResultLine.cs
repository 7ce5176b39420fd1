using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FugakuDnn.Benchmarks.Problems;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Reference;

namespace FugakuDnn.Benchmarks.Measuring;

/// <summary>Prints results, one JSON object a line, with the fields that the peers' programs use.</summary>
internal static class ResultLine
{
    private static readonly string Library =
        $"fugakudnn-{typeof(Plan).Assembly.GetName().Version?.ToString(3)}";

    public static void Skipped(ProblemLine line, string type, Options options, string reason) =>
        Print(line, type, options, json => json.WriteString("skipped", reason));

    public static void Wrong(ProblemLine line, string type, Options options, string what) =>
        Print(line, type, options, json => json.WriteString("error", what));

    public static void Measured(Problem problem, Plan plan, Options options, Timing timing, double createSeconds, double bytes) =>
        Print(problem.Line, problem.Type, options, json =>
        {
            json.WriteString("impl", plan.Implementation);
            Number(json, "ms_min", timing.Min * 1e3, 5);
            Number(json, "ms_med", timing.Median * 1e3, 5);
            Number(json, "ms_p90", timing.P90 * 1e3, 5);
            json.WriteNumber("runs", timing.Runs);
            json.WriteNumber("clean_runs", timing.CleanRuns);
            if (problem.Flop > 0)
            {
                Number(json, "gflop", problem.Flop * 1e-9, 6);
                Number(json, "gflops", problem.Flop / timing.Min * 1e-9, 2);
                Number(json, "gflops_med", problem.Flop / timing.Median * 1e-9, 2);
            }

            Number(json, "mbytes", bytes * 1e-6, 4);
            Number(json, "gbps", bytes / timing.Min * 1e-9, 2);
            Number(json, "gbps_med", bytes / timing.Median * 1e-9, 2);
            Number(json, "create_ms", createSeconds * 1e3, 3);
            json.WriteBoolean("checked", options.Check);
        });

    private static void Number(Utf8JsonWriter json, string name, double value, int digits) =>
        json.WriteNumber(name, Math.Round(value, digits));

    private static void Print(ProblemLine line, string type, Options options, Action<Utf8JsonWriter> rest)
    {
        using var memory = new MemoryStream();
        using (var json = new Utf8JsonWriter(memory, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("bench", "prim");
            json.WriteString("lib", Library);
            json.WriteString("isa", IsaSelection.NameOf(options.Isa));
            json.WriteString("kind", line.Kind);
            json.WriteString("name", line.Word("name", ""));
            json.WriteString("dir", line.Word("dir", "inf"));
            json.WriteString("dt", type);
            json.WriteNumber("threads", options.Threads);
            json.WriteNumber("count", line.Whole("count", 1));
            json.WriteString("problem", line.Text);
            rest(json);
            json.WriteEndObject();
        }

        Console.WriteLine(Encoding.UTF8.GetString(memory.ToArray()));
    }
}
