using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>
/// The gate between fork() and managed code. A child made while some thread is inside managed code aborts in its first garbage
/// collection, because that thread is missing there. So a fork waits until the team's workers are parked (a run holds the gate while
/// they are not) and until all calls into the library have returned (<see cref="CallerThread"/> knows them); whoever comes
/// meanwhile waits outside the runtime. In the child the gate stays shut for good: its threads are gone, all runs on the caller.
/// </summary>
internal static unsafe class ForkGate
{
    private const int MostMillisecondsToWait = 2000;
    private const int MostMillisecondsAtOnce = 10;
    private const uint MicrosecondsToSettle = 20;

    private static readonly ForkBlock* Block = ForkBlock.Instance;

    [ThreadStatic]
    private static bool t_holds;

    static ForkGate()
    {
        if (OperatingSystem.IsLinux())
        {
            bool thunks = MachineThunks.Available;
            void* parent = thunks ? MachineThunks.ForkParent : (delegate* unmanaged[Cdecl]<void>)&AfterForkInParent;
            void* child = thunks ? MachineThunks.ForkChild : (delegate* unmanaged[Cdecl]<void>)&AfterForkInChild;
            _ = LibC.RegisterForkHandlers((delegate* unmanaged[Cdecl]<void>)&BeforeFork, parent, child, null);
        }
    }

    /// <summary>Whether this process was forked from one that had already asked this, run something, or called in.</summary>
    internal static bool InForkedChild => Volatile.Read(ref Block->InChild) != 0;

    /// <summary>In a child: whether nobody was inside managed code, so that it can allocate and collect.</summary>
    internal static bool ForkedQuietly => Block->ForkedMidCall == 0;

    /// <summary>Whether a fork is waiting or under way in this process.</summary>
    internal static bool ForkPending => Volatile.Read(ref Block->ForkPending) != 0;

    /// <summary>Takes the gate if it is free; never waits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryEnter()
    {
        if (ForkPending || Interlocked.CompareExchange(ref Block->Busy, 1, 0) != 0)
        {
            return false;
        }

        t_holds = true;
        return true;
    }

    internal static void Leave()
    {
        t_holds = false;
        Volatile.Write(ref Block->Busy, 0);
    }

    /// <summary>Waits while a fork is pending, outside the runtime where that can be had.</summary>
    internal static void WaitForFork()
    {
        if (MachineThunks.Available)
        {
            MachineThunks.ForkWait();
            return;
        }

        while (ForkPending)
        {
            _ = LibC.YieldProcessor();
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void BeforeFork()
    {
        // A fork from inside a run (a caller's parallel-for might) cannot wait for itself.
        if (InForkedChild || t_holds)
        {
            Block->ForkedMidCall |= t_holds ? 1 : 0;
            return;
        }

        while (Interlocked.CompareExchange(ref Block->ForkPending, 1, 0) != 0)
        {
            _ = LibC.YieldProcessor();
        }

        Interlocked.MemoryBarrierProcessWide();

        // Bounded, because a host's parallel-for may itself wait for something that the forking thread holds (Python's lock).
        long left = MostMillisecondsToWait;
        bool gateHeld = WaitUntil(&TakeGate, ref left);
        bool quiet = WaitUntil(&NoCallIsInside, ref left) && gateHeld;
        Block->ForkedMidCall = quiet ? 0 : 1;
        Block->HeldByFork = gateHeld ? 2 : 1;

        // Whoever has just counted itself out, or not yet in, is an instant longer inside.
        _ = LibC.Sleep(MicrosecondsToSettle);
    }

    private static bool TakeGate() => Interlocked.CompareExchange(ref Block->Busy, 1, 0) == 0;

    private static bool NoCallIsInside() => !CallerThread.OthersInside;

    /// <summary>
    /// Waits for at most <paramref name="left"/> milliseconds, and says how many are left. A pause of the whole process, as by a stop signal
    /// or on a crowded machine, counts little: those who are waited for made no way either.
    /// </summary>
    private static bool WaitUntil(delegate*<bool> condition, ref long left)
    {
        long last = Environment.TickCount64;
        while (!condition())
        {
            if (left <= 0)
            {
                return false;
            }

            _ = LibC.YieldProcessor();
            long now = Environment.TickCount64;
            left -= Math.Min(now - last, MostMillisecondsAtOnce);
            last = now;
        }

        return true;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void AfterForkInParent()
    {
        if (Block->HeldByFork == 2)
        {
            Volatile.Write(ref Block->Busy, 0);
        }

        if (Block->HeldByFork != 0)
        {
            Block->HeldByFork = 0;
            Volatile.Write(ref Block->ForkPending, 0);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void AfterForkInChild()
    {
        Block->Busy = 1;
        Block->ForkPending = 0;
        Block->HeldByFork = 0; // else the child's own next fork would open its gate
        Block->InChild = 1;
    }
}
