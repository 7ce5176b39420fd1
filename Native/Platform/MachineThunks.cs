using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>
/// A page of fixed machine code for what C# cannot say: floating-point control, waiting outside the runtime (a thread that spins
/// here is not inside managed code, so it neither holds up a garbage collection nor makes a fork unsafe), and fork handlers that do
/// not enter the runtime.
/// </summary>
/// <remarks>
/// Where executable memory is forbidden, or on another system, <see cref="Available"/> is false: then there is no executable memory for kernels either, and everything runs on the calling thread.
/// </remarks>
internal static unsafe partial class MachineThunks
{
    private static readonly Dictionary<string, nint> Entries = MachinePage.Publish(Listing, PutForkBlock);

    internal static readonly bool Available = Entries.Count > 0;

    /// <summary>MXCSR or FPCR of the calling thread.</summary>
    internal static readonly delegate* unmanaged[SuppressGCTransition]<ulong> ReadFloatingPointControl =
        (delegate* unmanaged[SuppressGCTransition]<ulong>)Entry("read_fp_control");

    /// <summary>Sets MXCSR or FPCR of the calling thread.</summary>
    internal static readonly delegate* unmanaged[SuppressGCTransition]<ulong, void> WriteFloatingPointControl =
        (delegate* unmanaged[SuppressGCTransition]<ulong, void>)Entry("write_fp_control");

    /// <summary>The address that stands for the calling thread: fs:0, or TPIDR_EL0.</summary>
    internal static readonly delegate* unmanaged[SuppressGCTransition]<nint> ReadThreadPointer =
        (delegate* unmanaged[SuppressGCTransition]<nint>)Entry("read_thread_pointer");

    /// <summary>XCR0: which register states the operating system saves. x86-64 with OSXSAVE only.</summary>
    internal static readonly delegate* unmanaged[SuppressGCTransition]<ulong> ReadXcr0 =
        (delegate* unmanaged[SuppressGCTransition]<ulong>)Entry("read_xcr0");

    /// <summary>(slot, finished epoch, spin ticks) → next epoch. Says that the epoch is finished, then waits for another.</summary>
    internal static readonly delegate* unmanaged<void*, int, ulong, int> WorkerWait =
        (delegate* unmanaged<void*, int, ulong, int>)Entry("worker_wait");

    /// <summary>(slots, count, epoch): sets the workers of <c>count</c> consecutive slots going.</summary>
    internal static readonly delegate* unmanaged<void*, int, int, void> TeamGo =
        (delegate* unmanaged<void*, int, int, void>)Entry("team_go");

    /// <summary>(slots, count, epoch, spin ticks): waits until the workers of <c>count</c> slots have finished the epoch.</summary>
    internal static readonly delegate* unmanaged<void*, int, int, ulong, void> TeamWait =
        (delegate* unmanaged<void*, int, int, ulong, void>)Entry("team_wait");

    internal static readonly void* ForkParent = Entry("fork_parent");

    internal static readonly void* ForkChild = Entry("fork_child");

    /// <summary>Waits, outside the runtime, while a fork is pending.</summary>
    internal static readonly delegate* unmanaged<void> ForkWait = (delegate* unmanaged<void>)Entry("fork_wait");

    /// <summary>A callback of dl_iterate_phdr: (library, size, <see cref="LibraryNames"/>) → whether to stop. Notes the library's name.</summary>
    internal static readonly void* NoteLibrary = Entry("note_library");

    /// <summary>Timer ticks (rdtsc, cntvct_el0) that the spinning thunks count, for a time in microseconds.</summary>
    internal static ulong SpinTicks(int microseconds)
    {
        // A64FX counts at 100 MHz and other Arm chips at 24 MHz to 1 GHz; time-stamp counters run at 2 to 4 GHz. A bound needs no more.
        ulong ticksPerMicrosecond = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 100u : 2500u;
        return (ulong)microseconds * ticksPerMicrosecond;
    }

    /// <summary>The listing of this machine, or null where there is none.</summary>
    internal static string? Listing => MachinePage.OfThisMachine(X64Listing, Arm64Listing);

    private static void* Entry(string label) => Entries.TryGetValue(label, out nint at) ? (void*)at : null;

    private static void PutForkBlock(nint page, Dictionary<string, int> labels) =>
        *(ForkBlock**)(page + labels["fork_block"]) = ForkBlock.Instance;
}
