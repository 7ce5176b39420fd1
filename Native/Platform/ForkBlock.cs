using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>What <see cref="ForkGate"/> shares with the fork handlers in machine code; its layout is theirs.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ForkBlock
{
    internal static readonly ForkBlock* Instance = Create();

    /// <summary>1 while a run has worker threads inside managed code, or while fork() holds the gate, or for good in a child.</summary>
    internal int Busy;

    /// <summary>1 while a fork() waits for or holds the gate: nobody else enters; a futex.</summary>
    internal int ForkPending;

    /// <summary>What a fork() under way has to undo: 1 <see cref="ForkPending"/>, 2 <see cref="Busy"/> as well.</summary>
    internal int HeldByFork;

    /// <summary>1 in a process forked after the handlers were registered.</summary>
    internal int InChild;


    /// <summary>Where a thread's pool cache stands, from the thread pointer; 0: nowhere yet (<see cref="ThreadValueSlot"/>).</summary>
    internal nint PoolCacheSlot;

    /// <summary>What a child's thread finds there: the cache of a thread that has ended, so that its memory comes from the C library.</summary>
    internal void* EndedPoolCache;

    /// <summary>1 if the last fork found somebody inside managed code and could not wait for the end of it.</summary>
    internal int ForkedMidCall;

    private static ForkBlock* Create()
    {
        ForkBlock* block = (ForkBlock*)NativeMemory.AlignedAlloc(256, 256);
        *block = default;
        return block;
    }
}
