using System.Diagnostics;
using FugakuDnn.Benchmarks.Problems;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Threading;
using FugakuDnn.Reference;

namespace FugakuDnn.Benchmarks.Measuring;

/// <summary>Runs problem files: each problem is planned, checked, timed, and printed as one JSON line.</summary>
internal sealed class Measure(Options options)
{
    private int _failed, _skipped, _measured;

    /// <summary>The exit code: 1 if a result is wrong.</summary>
    public int Run()
    {
        WorkerTeam.ThreadCount = options.Threads;
        foreach (ProblemLine line in options.Files.SelectMany(ProblemLine.ReadFile).Where(options.Selects))
        {
            if (options.List)
            {
                Console.WriteLine(line.Text);
                continue;
            }

            foreach (string type in line.Word("dt", "f32").Split(',').Where(options.SelectsType))
            {
                One(line, type);
            }
        }

        if (!options.List)
        {
            Console.Error.WriteLine($"fdnn-bench: {_measured} measured, {_skipped} skipped, {_failed} wrong");
        }

        return _failed == 0 ? 0 : 1;
    }

    private void One(ProblemLine line, string type)
    {
        try
        {
            Problem problem = ProblemReader.Read(line, type);
            problem.Case.Validate();
            Time(problem);
        }
        catch (SkippedException skip)
        {
            _skipped++;
            ResultLine.Skipped(line, type, options, skip.Message);
        }
    }

    private void Time(Problem problem)
    {
        long start = Stopwatch.GetTimestamp();
        using Plan plan = problem.Case.Create(new PlanContext(options.Isa, options.Threads));
        double create = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var buffers = new Buffers(problem, plan);
        if (options.Check && ResultCheck.Run(problem, plan, buffers, options.CheckTerms) is { } wrong)
        {
            _failed++;
            Console.Error.WriteLine($"WRONG {problem.Line} ({problem.Type}, {plan.Implementation}): {wrong}");
            ResultLine.Wrong(problem.Line, problem.Type, options, wrong);
            return;
        }

        buffers.Fill(DataKind.Random);
        Timing timing = options.Sampling.Take(plan, buffers.OverResidual);
        _measured++;
        ResultLine.Measured(problem, plan, options, timing, create, buffers.Bytes);
    }
}
