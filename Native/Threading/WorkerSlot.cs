using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Threading;

/// <summary>
/// Where a team and one of its workers meet; the machine code in Platform knows this layout. Each side's words have a line of their
/// own (256 bytes on A64FX). Epochs are compared for equality only: <c>Done == Go</c> means that the worker is parked.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
internal struct WorkerSlot
{
    internal const int Bytes = 512;

    /// <summary>Epoch the worker shall run; a futex.</summary>
    [FieldOffset(0)]
    internal int Go;

    /// <summary>1 while the worker sleeps on <see cref="Go"/>.</summary>
    [FieldOffset(4)]
    internal int Asleep;

    /// <summary>Last epoch the worker has finished; a futex.</summary>
    [FieldOffset(256)]
    internal int Done;

    /// <summary>1 while the team's caller sleeps on <see cref="Done"/>.</summary>
    [FieldOffset(260)]
    internal int CallerAsleep;
}
