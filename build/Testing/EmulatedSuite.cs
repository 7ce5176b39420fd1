namespace FugakuDnn.Build;

/// <summary>
/// Runs the same xunit classes, compiled for Arm, on an A64FX that QEMU emulates: with SVE of 512 bits, whatever the machine.
/// </summary>
internal static class EmulatedSuite
{
    private const string Program = "FugakuDnn.Native.Tests.Aot";

    public static IReadOnlyList<TestResult> Run()
    {
        string folder = Repository.Artifact("aot-tests", "linux-arm64");
        Compile.NativeAot("tests/Native.Tests.Aot", "linux-arm64", folder);

        int shards = Environment.ProcessorCount;
        IReadOnlyList<TestResult>[] results = new IReadOnlyList<TestResult>[shards];
        Parallel.For(0, shards, shard => results[shard] = RunShard(Path.Combine(folder, Program), shard, shards));
        List<TestResult> all = [.. results.SelectMany(shard => shard)];
        return [.. all, .. SveFindings(all)];
    }

    private static IReadOnlyList<TestResult> RunShard(string program, int shard, int shards)
    {
        string log = Path.Combine(TestRun.Folder, $"emulated-{shard}.log");
        CommandResult run = (Emulator.Command(program, "--log", log, "--shard", $"{shard}/{shards}") with
        {
            Limit = TestRun.Patience,
        }).Capture();
        File.WriteAllText(Path.ChangeExtension(log, ".out"), run.Output);
        IReadOnlyList<TestResult> results = File.Exists(log) ? ResultFiles.AotRunner(log) : [];
        bool unexplained = run.ExitCode != 0 && results.All(result => result.Outcome != Outcome.Failed);
        string name = $"{Program}, part {shard + 1} of {shards}";
        return unexplained ? [.. results, new TestResult(Program, name, Outcome.Failed, $"exit code {run.ExitCode}\n{run.Output}")] : results;
    }

    /// <summary>SVE-512 is what this suite is for: it must have run, and none of it may have been skipped.</summary>
    internal static IEnumerable<TestResult> SveFindings(IReadOnlyList<TestResult> results)
    {
        foreach (TestResult skip in results.Where(r => r.Outcome == Outcome.Skipped && (IsSve(r.Text) || IsSve(r.Name)) && !IsOtherIsa(r.Name)))
        {
            yield return new TestResult(skip.Method, $"{skip.Name} must not be skipped here", Outcome.Failed, skip.Text);
        }

        bool ran = results.Any(result => result.Outcome == Outcome.Passed && IsSve(result.Name));
        yield return new TestResult(Program, "SVE-512 cases ran", ran ? Outcome.Passed : Outcome.Failed,
            ran ? "" : "no case that passed has sve in its name");
    }

    private static bool IsSve(string text) => text.Contains("sve", StringComparison.OrdinalIgnoreCase);

    private static bool IsOtherIsa(string name) => name.Contains("avx", StringComparison.OrdinalIgnoreCase);
}
