using System.Runtime.CompilerServices;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// A lock in unmanaged memory, for stretches of a few dozen instructions: nobody calls the system or another lock's owner while holding
/// it. Who has to wait spins shortly, then yields, since the owner may be descheduled.
/// </summary>
internal struct PoolLock
{
    private const int Spins = 64;

    private int _taken;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Enter()
    {
        if (Interlocked.CompareExchange(ref _taken, 1, 0) != 0)
        {
            Wait();
        }
    }

    public void Leave() => Volatile.Write(ref _taken, 0);

    private void Wait()
    {
        do
        {
            for (int spin = 0; spin < Spins && Volatile.Read(ref _taken) != 0; spin++)
            {
                Thread.SpinWait(4);
            }

            if (Volatile.Read(ref _taken) != 0)
            {
                _ = LibC.YieldProcessor();
            }
        }
        while (Interlocked.CompareExchange(ref _taken, 1, 0) != 0);
    }
}
