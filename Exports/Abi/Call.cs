using FugakuDnn.Native.Platform;

namespace FugakuDnn.Exports.Abi;

/// <summary>A call from outside: <c>using Call call = Call.Enter();</c> opens every export, so that a fork can wait until nobody is inside.</summary>
internal readonly ref struct Call
{
    /// <summary>Marks the calling thread as inside; waits first while a fork is pending. Allocates nothing after a thread's first call.</summary>
    public static Call Enter()
    {
        CallerThread.Enter();
        return default;
    }

    /// <summary>Undoes <see cref="Enter"/>.</summary>
    public void Dispose() => CallerThread.Leave();
}
