using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>What <see cref="ForkGate"/> shares with the fork handlers in machine code; its layout is theirs.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ForkBlock
{
    internal static readonly ForkBlock* Instance = (ForkBlock*)NativeMemory.AlignedAlloc(256, 256);

    /// <summary>1 while a run has worker threads inside managed code, or while fork() holds the gate, or for good in a child.</summary>
    internal int Busy;

    /// <summary>1 while a fork() waits for or holds the gate: nobody else enters.</summary>
    internal int ForkPending;

    /// <summary>1 while fork() holds the gate.</summary>
    internal int HeldByFork;

    /// <summary>1 in a process forked after the handlers were registered.</summary>
    internal int InChild;
}
