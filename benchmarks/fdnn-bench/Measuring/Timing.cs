using System.Diagnostics;
using FugakuDnn.Native.Primitives;

namespace FugakuDnn.Benchmarks.Measuring;

/// <summary>Times of one problem in seconds, over the samples in which nobody took a core away.</summary>
internal readonly record struct Timing(double Min, double Median, double P90, long Runs, long CleanRuns);

/// <summary>How samples are taken: the same way as the peers' programs do, so that results can be compared.</summary>
/// <param name="MinSeconds">Timed runs go on for so long.</param>
/// <param name="MaxSeconds">After this, few undisturbed samples must do.</param>
/// <param name="MinRuns">At least so many samples.</param>
internal sealed record Sampling(double MinSeconds = 0.3, double MaxSeconds = 2, int MinRuns = 10)
{
    private const double ShortestSample = 40e-6; // the clock costs tens of nanoseconds

    private const double ClockSteps = 1e-8;

    /// <summary>Warm executions: the same buffers over and over.</summary>
    public Timing Take(Plan plan, in Arguments arguments)
    {
        plan.Execute(arguments);
        double estimate = double.MaxValue;
        for (int i = 0; i < 3; i++)
        {
            estimate = Math.Min(estimate, Sample(plan, arguments, 1));
        }

        estimate = Math.Max(estimate, ClockSteps); // two readings of the clock may be equal
        long inner = estimate < ShortestSample / 2 ? (long)Math.Ceiling(ShortestSample / estimate) : 1;
        List<double> all = [], clean = [];
        long start = Stopwatch.GetTimestamp();
        double elapsed;
        do
        {
            // A sample during which the scheduler took a core away says nothing about the library.
            long before = Preemptions.Count;
            double seconds = Sample(plan, arguments, inner);
            all.Add(seconds);
            if (Preemptions.Count == before)
            {
                clean.Add(seconds);
            }

            elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        while (all.Count < MinRuns || elapsed < MinSeconds || (clean.Count < MinRuns && elapsed < MaxSeconds));

        List<double> kept = clean.Count >= 3 ? clean : all;
        kept.Sort();
        return new Timing(kept[0], kept[kept.Count / 2], kept[kept.Count * 9 / 10], all.Count * inner, clean.Count * inner);
    }

    private static double Sample(Plan plan, in Arguments arguments, long times)
    {
        long start = Stopwatch.GetTimestamp();
        for (long i = 0; i < times; i++)
        {
            plan.Execute(arguments);
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds / times;
    }
}
