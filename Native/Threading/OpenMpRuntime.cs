using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Threading;

/// <summary>
/// GNU OpenMP, if the host process has it loaded (PyTorch does). Its idle threads spin for milliseconds and would fight ours for the
/// cores, so work then runs on its team. It is never loaded by us.
/// </summary>
internal static unsafe class OpenMpRuntime
{
    private const int MillisecondsBetweenChecks = 100;

    private static delegate* unmanaged[Cdecl]<void*, void*, uint, uint, void> s_parallel;
    private static delegate* unmanaged[Cdecl, SuppressGCTransition]<int> s_threadNumber;
    private static delegate* unmanaged[Cdecl, SuppressGCTransition]<int> s_threadCount;
    private static delegate* unmanaged[Cdecl, SuppressGCTransition]<int> s_inParallel;
    private static long s_nextCheck = long.MinValue;
    private static ulong s_loadsSeen;
    private static bool s_found;

    /// <summary>Whether libgomp is in the process; asks the loader at most ten times a second until it is.</summary>
    internal static bool IsPresent => Volatile.Read(ref s_found) || (Environment.TickCount64 >= Volatile.Read(ref s_nextCheck) && Find());

    /// <summary>Whether the calling thread is already inside a parallel region of more than one thread.</summary>
    internal static bool InParallelRegion => s_inParallel() != 0;

    /// <summary>Runs all shares on a team of <paramref name="threads"/> threads.</summary>
    /// <remarks>The team always has the full size, however few the shares: libgomp ends and starts threads when the size changes.</remarks>
    internal static void Run(TeamRun* run, int threads) =>
        s_parallel((delegate* unmanaged[Cdecl]<TeamRun*, void>)&RunOnTeam, run, (uint)threads, 0);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void RunOnTeam(TeamRun* run)
    {
        bool nested = WorkerTeam.EnterBody();
        run->RunAs(s_threadNumber(), s_threadCount());
        WorkerTeam.LeaveBody(nested);
    }

    private static bool Find()
    {
        Volatile.Write(ref s_nextCheck, Environment.TickCount64 + MillisecondsBetweenChecks);

        // A process may hold several copies (wheels bring their own); PyTorch's is the one whose threads matter.
        return Bind(LoadedLibraries.Find("libgomp"u8, "/torch"u8, ref s_loadsSeen));
    }

    private static bool Bind(void* library)
    {
        if (library == null)
        {
            return false;
        }

        s_threadNumber = (delegate* unmanaged[Cdecl, SuppressGCTransition]<int>)LoadedLibraries.FindSymbol(library, "omp_get_thread_num");
        s_threadCount = (delegate* unmanaged[Cdecl, SuppressGCTransition]<int>)LoadedLibraries.FindSymbol(library, "omp_get_num_threads");
        s_inParallel = (delegate* unmanaged[Cdecl, SuppressGCTransition]<int>)LoadedLibraries.FindSymbol(library, "omp_in_parallel");
        s_parallel = (delegate* unmanaged[Cdecl]<void*, void*, uint, uint, void>)LoadedLibraries.FindSymbol(library, "GOMP_parallel");
        bool complete = s_threadNumber != null && s_threadCount != null && s_inParallel != null && s_parallel != null;
        Volatile.Write(ref s_found, complete);
        return complete;
    }
}
