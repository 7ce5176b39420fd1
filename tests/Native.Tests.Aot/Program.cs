// Runs xunit test classes without xunit's runner (which needs a JIT).
//   --log FILE      one line a case: outcome, method, seconds, display name, reason or message; separated by tabs
//   --filter TEXT   only cases whose display name contains TEXT
//   --shard I/N     every N-th method, starting at I (0-based): N processes share the work
//   --list          print the cases and stop
using System.Diagnostics;
using FugakuDnn.Native.Tests.Aot;

RunnerOptions options = RunnerOptions.Parse(args);
using CaseLog log = new(options.LogPath);
foreach (TestMethod method in TestMethod.FindAll().Where((_, index) => index % options.ShardCount == options.Shard))
{
    using ClassFixtures fixtures = new(method.Class);
    foreach (TestCase testCase in await TestCase.ExpandAsync(method))
    {
        if (!testCase.DisplayName.Contains(options.Filter, StringComparison.Ordinal))
        {
            continue;
        }

        if (options.ListOnly)
        {
            Console.WriteLine(testCase.DisplayName);
            continue;
        }

        log.Starting(testCase);
        long start = Stopwatch.GetTimestamp();
        CaseResult result = await testCase.RunAsync(fixtures);
        log.Finished(testCase, result, Stopwatch.GetElapsedTime(start));
    }
}

return options.ListOnly || log.PrintTotals() ? 0 : 1;
