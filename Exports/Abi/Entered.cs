using FugakuDnn.Native.Platform;

namespace FugakuDnn.Exports.Abi;

/// <summary>A call from outside: <c>using Entered call = Entered.Here();</c> opens every export, so that a fork can wait until nobody is inside.</summary>
internal readonly ref struct Entered
{
    /// <summary>Marks the calling thread as inside; waits first while a fork is pending. Allocates nothing after a thread's first call.</summary>
    public static Entered Here()
    {
        CallerThread.Enter();
        return default;
    }

    /// <summary>Undoes <see cref="Here"/>.</summary>
    public void Dispose() => CallerThread.Leave();
}
