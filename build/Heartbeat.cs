using System.Diagnostics;

namespace FugakuDnn.Build;

/// <summary>Shows, now and then, that a long and silent step is still running.</summary>
internal sealed class Heartbeat : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    private static Heartbeat? innermost;

    private readonly long start = Stopwatch.GetTimestamp();
    private readonly Heartbeat? outer = innermost;
    private readonly Timer timer;

    public Heartbeat()
    {
        innermost = this;
        timer = new Timer(_ => Beat(), state: null, Period, Period);
    }

    /// <summary>Time since the step began.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(start);

    public void Dispose()
    {
        timer.Dispose();
        innermost = outer;
    }

    /// <summary>One step at a time speaks: a suite is silent while a step inside it runs.</summary>
    private void Beat()
    {
        if (innermost == this)
        {
            Console.WriteLine($"  … {Elapsed.TotalSeconds:F0} s");
        }
    }
}
