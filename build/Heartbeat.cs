using System.Diagnostics;

namespace FugakuDnn.Build;

/// <summary>Shows, now and then, that a long and silent step is still running.</summary>
internal sealed class Heartbeat : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    private readonly long start = Stopwatch.GetTimestamp();
    private readonly Timer timer;

    public Heartbeat() => timer = new Timer(_ => Console.WriteLine($"  … {Elapsed.TotalSeconds:F0} s"), state: null, Period, Period);

    /// <summary>Time since the step began.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(start);

    public void Dispose() => timer.Dispose();
}
