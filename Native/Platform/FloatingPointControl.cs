using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>
/// Rounding, flush-to-zero and exception masks of a thread: MXCSR's control bits on x86-64, FPCR on Arm. Where there is no executable
/// memory it reads as 0 and cannot be set; nothing runs on another thread then.
/// </summary>
internal static unsafe class FloatingPointControl
{
    // MXCSR bits 0-5 are sticky flags, not control. FPCR holds control bits only.
    private static readonly ulong ControlBits =
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 0xFFC0ul : ulong.MaxValue;

    /// <summary>The calling thread's control bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Read() => MachineThunks.Available ? MachineThunks.ReadFloatingPointControl() & ControlBits : 0;

    /// <summary>Makes the calling thread compute as <paramref name="control"/> says; returns what <see cref="Restore"/> needs.</summary>
    internal static ulong TakeOver(ulong control)
    {
        if (!MachineThunks.Available)
        {
            return 0;
        }

        ulong own = MachineThunks.ReadFloatingPointControl();
        if ((own & ControlBits) != control)
        {
            MachineThunks.WriteFloatingPointControl((own & ~ControlBits) | control);
        }

        return own;
    }

    /// <summary>Gives the calling thread back the control bits it had at <see cref="TakeOver"/>; raised flags stay raised.</summary>
    internal static void Restore(ulong own)
    {
        if (!MachineThunks.Available)
        {
            return;
        }

        ulong now = MachineThunks.ReadFloatingPointControl();
        if ((now & ControlBits) != (own & ControlBits))
        {
            MachineThunks.WriteFloatingPointControl((now & ~ControlBits) | (own & ControlBits));
        }
    }
}
