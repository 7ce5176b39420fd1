using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Threading;

/// <summary>
/// The library's own worker threads. They wait in machine code, outside the runtime: first spinning, then asleep. Only the holder of
/// <see cref="ForkGate"/> may call in here, so nothing needs a lock.
/// </summary>
internal static unsafe class OwnThreads
{
    private const int StackBytes = 1 << 20;

    private static WorkerSlot* s_slots;
    private static TeamRun* s_run;
    private static int s_runners;
    private static int s_workers;
    private static int s_mostWorkers = Settings.MostThreads - 1;
    private static int s_epoch;
    private static ulong s_spinTicks;

    /// <summary>Workers started so far.</summary>
    internal static int Count => s_workers;

    /// <summary>Runs all shares on the caller (runner 0) and as many workers as there are shares for.</summary>
    internal static void Run(TeamRun* run)
    {
        int workers = Start(run->Shares - 1);
        s_run = run;
        s_runners = workers + 1;
        if (workers == 0)
        {
            run->RunAs(0, 1);
            return;
        }

        int epoch = ++s_epoch;
        MachineThunks.TeamGo(s_slots, workers, epoch);
        run->RunAs(0, workers + 1);
        MachineThunks.TeamWait(s_slots, workers, epoch, s_spinTicks);
    }

    /// <summary>Makes sure that so many workers are there, or as many as can be had.</summary>
    private static int Start(int wanted)
    {
        wanted = Math.Min(wanted, s_mostWorkers);
        if (wanted > s_workers)
        {
            StartMore(wanted);
        }

        return Math.Min(wanted, s_workers);
    }

    private static void StartMore(int wanted)
    {
        int spin = Settings.Current.SpinMicroseconds;
        if (s_slots == null)
        {
            // Address space for all there can ever be, so that slots never move; a page becomes memory when its workers start.
            s_slots = (WorkerSlot*)NativeMemoryPages.Map(NativeMemoryPages.RoundUp((long)Settings.MostThreads * WorkerSlot.Bytes));
        }

        while (s_workers < wanted && StartOne(s_workers))
        {
            s_workers++;
        }

        // More threads than CPUs: whoever spins keeps another from working.
        bool fits = s_workers < Topology.Current.LogicalCpus;
        s_spinTicks = fits ? MachineThunks.SpinTicks(spin) : 0;
    }

    private static bool StartOne(int index)
    {
        WorkerSlot* slot = s_slots + index;
        *slot = new WorkerSlot { Go = s_epoch, Done = s_epoch - 1 };
        try
        {
            Thread thread = new(Work, StackBytes) { IsBackground = true, Name = $"fugakudnn-{index + 1}" };
            thread.UnsafeStart(index);
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            s_mostWorkers = index;
            return false;
        }

        MachineThunks.TeamWait(slot, 1, s_epoch, 0);
        return true;
    }

    private static void Work(object? boxedIndex)
    {
        int index = (int)boxedIndex!;
        WorkerSlot* slot = s_slots + index;
        WorkerTeam.EnterBody();
        int epoch = slot->Go;
        while (true)
        {
            epoch = MachineThunks.WorkerWait(slot, epoch, s_spinTicks);
            s_run->RunAs(index + 1, s_runners);
        }
    }
}
