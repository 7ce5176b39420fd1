using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>
/// The gate between parallel runs and fork(). Whoever lets other threads into managed code holds it meanwhile; a fork waits until it
/// is free, so that a child is never made while our workers are inside managed code (its first garbage collection would abort).
/// In the child the gate stays shut for good: its threads are gone, everything runs on the calling thread.
/// </summary>
internal static unsafe class ForkGate
{
    private static readonly ForkBlock* Block = ForkBlock.Instance;

    [ThreadStatic]
    private static bool t_holds;

    static ForkGate()
    {
        *Block = default;
        if (OperatingSystem.IsLinux())
        {
            void* parent = MachineThunks.Available
                ? MachineThunks.ForkParent : (delegate* unmanaged[Cdecl]<void>)&AfterForkInParent;
            void* child = MachineThunks.Available
                ? MachineThunks.ForkChild : (delegate* unmanaged[Cdecl]<void>)&AfterForkInChild;
            _ = LibC.RegisterForkHandlers((delegate* unmanaged[Cdecl]<void>)&BeforeFork, parent, child, null);
        }
    }

    /// <summary>Whether this process was forked from one that had already loaded the library's runtime.</summary>
    internal static bool InForkedChild => Volatile.Read(ref Block->InChild) != 0;

    /// <summary>Takes the gate if it is free; never waits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryEnter()
    {
        if (Volatile.Read(ref Block->ForkPending) != 0 || Interlocked.CompareExchange(ref Block->Busy, 1, 0) != 0)
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

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void BeforeFork()
    {
        // A fork from inside a run (a caller's parallel-for might) cannot wait for itself.
        if (InForkedChild || t_holds)
        {
            return;
        }

        Volatile.Write(ref Block->ForkPending, 1);
        while (Interlocked.CompareExchange(ref Block->Busy, 1, 0) != 0)
        {
            _ = LibC.YieldProcessor();
        }

        Block->HeldByFork = 1;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void AfterForkInParent()
    {
        if (Block->HeldByFork != 0)
        {
            Block->HeldByFork = 0;
            Block->ForkPending = 0;
            Volatile.Write(ref Block->Busy, 0);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void AfterForkInChild()
    {
        Block->Busy = 1;
        Block->InChild = 1;
    }
}
