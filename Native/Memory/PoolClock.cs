using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// The time that makes idle memory old: it passes while the pool is in use. Memory goes back within its users' calls, so after a pause of the
/// program all of it would go in the moment in which it is needed again, having been kept all along: a pause counts as a short one.
/// </summary>
internal struct PoolClock
{
    private long _now, _systemTime;
    private int _operations;

    /// <summary>Milliseconds; moves on at looks only.</summary>
    public readonly long Now => Volatile.Read(in _now);

    /// <summary>Counts an operation of the page heap, and now and then looks at the system's time. Tells whether the clock moved on.</summary>
    public bool Tick() => ++_operations % PoolTuning.OperationsBetweenLooks == 0 && MoveTo(Environment.TickCount64);

    /// <summary>Moves on to a system's time, in milliseconds, if it is later by enough. Of threads that come at once one moves it.</summary>
    public bool MoveTo(long systemTime)
    {
        long last = Volatile.Read(ref _systemTime), passed = systemTime - last;
        if (passed < PoolTuning.MillisecondsBetweenLooks || Interlocked.CompareExchange(ref _systemTime, systemTime, last) != last)
        {
            return false;
        }

        Interlocked.Add(ref _now, Math.Min(passed, PoolTuning.MostPauseMilliseconds));
        return true;
    }
}
