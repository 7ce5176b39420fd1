using System.Diagnostics;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// Whether new address space gets huge pages. Usually they cost a quarter of the small pages' faults and spare address translation; but
/// where memory is fragmented the kernel moves pages about to make one. So one is tried first, and if it takes too long, small ones
/// have to do for a while.
/// </summary>
internal static unsafe class HugePages
{
    private static long s_trials, s_until;
    private static int s_failures;

    /// <summary>Tries a huge page at the start of new address space, and decides for all of it.</summary>
    public static void Choose(void* at, long bytes)
    {
        if (!PoolSettings.HugePages || bytes < PoolTuning.HugePageBytes || Interlocked.Increment(ref s_trials) <= Volatile.Read(ref s_until))
        {
            return;
        }

        NativeMemoryPages.WishForHugePages(at, bytes);
        long start = Stopwatch.GetTimestamp();
        *(byte*)at = 0;
        double microseconds = Stopwatch.GetElapsedTime(start).TotalMicroseconds;

        // The page goes back: who uses the memory shall touch it first, on that thread's memory node.
        NativeMemoryPages.Empty(at, PoolTuning.HugePageBytes);
        if (microseconds > PoolTuning.MostHugePageMicroseconds)
        {
            NativeMemoryPages.WaiveHugePages(at, bytes);
            int failures = Math.Min(Interlocked.Increment(ref s_failures), PoolTuning.MostHugePageFailures);
            Volatile.Write(ref s_until, Volatile.Read(ref s_trials) + (1L << failures));
        }
        else
        {
            s_failures = 0;
        }
    }
}
