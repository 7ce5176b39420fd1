namespace FugakuDnn.Native.Platform;

/// <summary>What a process forked after the library was entered may still do.</summary>
internal static class ForkedChild
{
    private const int Unknown = 0, Yes = 1, No = 2;

    private static int s_mayPlan;

    /// <summary>
    /// Whether plans can be made and locks taken: always in a process that was not forked; in a forked child unless another
    /// thread of the parent was inside the library at the fork (it may have held a lock, and a garbage collection would wait for it).
    /// A fork waits for such threads, but not for ever.
    /// </summary>
    public static bool MayPlan
    {
        get
        {
            if (!ForkGate.InForkedChild)
            {
                return true;
            }

            if (s_mayPlan == Unknown)
            {
                // The records of the parent's other threads stand as they stood at the fork.
                s_mayPlan = CallerThread.OthersInside || !ForkGate.ForkedQuietly ? No : Yes;
            }

            return s_mayPlan == Yes;
        }
    }
}
