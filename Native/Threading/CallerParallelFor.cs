using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Threading;

/// <summary>A parallel-for that the host has given us: <c>void f(void* context, int64_t count, void (*body)(void*, int64_t), void* arg)</c>.</summary>
/// <remarks>It must call <c>body(arg, i)</c> once for each i in [0, count), on any threads, and return after the last has ended.</remarks>
internal static unsafe class CallerParallelFor
{
    private static delegate* unmanaged[Cdecl]<void*, long, void*, void*, void> s_function;
    private static void* s_context;

    internal static bool IsSet => s_function != null;

    /// <summary>Only with <see cref="ForkGate"/> held.</summary>
    internal static void Set(void* function, void* context)
    {
        s_context = context;
        s_function = (delegate* unmanaged[Cdecl]<void*, long, void*, void*, void>)function;
    }

    /// <summary>Runs all shares; refuses a function that returned before it had run each once.</summary>
    internal static void Run(TeamRun* run)
    {
        s_function(s_context, run->Shares, (delegate* unmanaged[Cdecl]<TeamRun*, long, void>)&RunShare, run);
        int ended = Volatile.Read(ref run->SharesEnded);
        if (ended != run->Shares)
        {
            throw new FdnnException(
                Status.Internal, $"parallel_for: must run its body once for each of {run->Shares} indices before it returns, ran {ended}");
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunShare(TeamRun* run, long share)
    {
        if (share < 0 || share >= run->Shares)
        {
            return;
        }

        bool nested = WorkerTeam.EnterBody();
        run->RunAs((int)share, run->Shares);
        WorkerTeam.LeaveBody(nested);
        Interlocked.Increment(ref run->SharesEnded);
    }
}
