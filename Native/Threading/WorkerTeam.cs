using System.Runtime.ExceptionServices;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Threading;

/// <summary>Where parallel runs take place.</summary>
internal enum TeamKind
{
    /// <summary>On the calling thread.</summary>
    Sequential,

    /// <summary>On the library's own threads.</summary>
    Own,

    /// <summary>On libgomp's team.</summary>
    OpenMp,

    /// <summary>By the host's parallel-for.</summary>
    CallerParallelFor,
}

/// <summary>
/// Runs the pieces of a plan on several threads. Safe to call from any number of threads at once: one of them gets the team, the
/// others run all their pieces themselves, with the same results. A run inside a run is sequential. In a forked child everything is.
/// </summary>
/// <remarks>A run allocates nothing and waits for no lock. It throws what the failing piece with the lowest number has thrown.</remarks>
internal static unsafe class WorkerTeam
{
    private static readonly Lock FailureLock = new();

    private static int s_threadCount;
    private static int s_choice = -1;
    private static Exception? s_failure;
    private static int s_failedPiece;

    [ThreadStatic]
    private static bool t_insideBody;

    /// <summary>Threads that plans shall cut their work for; until set, the default (see docs/environment.md).</summary>
    /// <exception cref="FdnnException">Set to less than 1 or more than 1024.</exception>
    internal static int ThreadCount
    {
        get
        {
            int count = Volatile.Read(ref s_threadCount);
            if (count == 0)
            {
                // A thread that sets the count meanwhile wins.
                count = DefaultThreadCount.Get();
                int set = Interlocked.CompareExchange(ref s_threadCount, count, 0);
                count = set == 0 ? count : set;
            }

            return count;
        }

        set
        {
            if (value is < 1 or > Settings.MostThreads)
            {
                throw new FdnnException(
                    Status.InvalidArgument, $"threads: must be in [1, {Settings.MostThreads}], got {value}");
            }

            Volatile.Write(ref s_threadCount, value);
        }
    }

    /// <summary>Whether this process is a forked child, in which there are no workers.</summary>
    internal static bool InForkedChild => ForkGate.InForkedChild;

    /// <summary>What <see cref="Kind"/> may be; until set, what FUGAKUDNN_THREADING says.</summary>
    internal static ThreadingChoice Choice
    {
        get
        {
            int choice = Volatile.Read(ref s_choice);
            return choice >= 0 ? (ThreadingChoice)choice : Choice = Settings.Current.Threading;
        }

        set => Volatile.Write(ref s_choice, (int)value);
    }

    /// <summary>Where a run would take place now.</summary>
    internal static TeamKind Kind =>
        ForkGate.InForkedChild || Choice == ThreadingChoice.Sequential ? TeamKind.Sequential
        : CallerParallelFor.IsSet ? TeamKind.CallerParallelFor
        : Choice == ThreadingChoice.Auto && OpenMpRuntime.IsPresent ? TeamKind.OpenMp
        : MachineThunks.Available ? TeamKind.Own
        : TeamKind.Sequential;

    /// <summary>Calls <c>body(state, piece, thread)</c> once for each piece in [0, pieces) and returns when all have ended.</summary>
    /// <param name="pieces">How many; the plan cuts its work by shape and thread count.</param>
    /// <param name="body">Gets the state, the piece, and a thread number below min(pieces, <see cref="ThreadCount"/>) that no other call
    /// of this run uses at the same time.</param>
    /// <param name="state">Passed on.</param>
    internal static void Run(int pieces, delegate*<void*, int, int, void> body, void* state) =>
        Run(pieces, int.MaxValue, body, state);

    /// <summary>As above, with thread numbers also below <paramref name="threads"/>: what the plan has scratch memory for.</summary>
    internal static void Run(int pieces, int threads, delegate*<void*, int, int, void> body, void* state)
    {
        int shares = Math.Min(pieces, threads);
        if (shares <= 1 || t_insideBody || (shares = Math.Min(shares, ThreadCount)) <= 1 || !ForkGate.TryEnter())
        {
            RunAlone(pieces, body, state);
            return;
        }

        try
        {
            RunTogether(pieces, shares, body, state);
        }
        finally
        {
            ForkGate.Leave();
        }
    }

    /// <summary>Makes runs use the host's parallel-for; null goes back to the team.</summary>
    internal static void SetParallelFor(void* function, void* context)
    {
        if (t_insideBody)
        {
            throw new FdnnException(Status.InvalidArgument, "parallel_for: must not be set from inside a parallel run");
        }

        // Not while somebody runs: the function's owner may unload it once it is replaced.
        SpinWait wait = default;
        while (!ForkGate.TryEnter())
        {
            if (ForkGate.InForkedChild)
            {
                return;
            }

            if (ForkGate.ForkPending)
            {
                CallerThread.LetForkPass();
            }
            else
            {
                wait.SpinOnce();
            }
        }

        CallerParallelFor.Set(function, context);
        ForkGate.Leave();
    }

    /// <summary>Marks the calling thread as inside a body; returns whether it already was.</summary>
    internal static bool EnterBody()
    {
        bool already = t_insideBody;
        t_insideBody = true;
        return already;
    }

    /// <summary>Undoes <see cref="EnterBody"/>, given what it returned.</summary>
    internal static void LeaveBody(bool already) => t_insideBody = already;

    internal static void RecordFailure(Exception failure, int piece)
    {
        lock (FailureLock)
        {
            if (s_failure == null || piece < s_failedPiece)
            {
                (s_failure, s_failedPiece) = (failure, piece);
            }
        }
    }

    private static void RunAlone(int pieces, delegate*<void*, int, int, void> body, void* state)
    {
        for (int piece = 0; piece < pieces; piece++)
        {
            body(state, piece, 0);
        }
    }

    private static void RunTogether(int pieces, int shares, delegate*<void*, int, int, void> body, void* state)
    {
        TeamRun run = new(pieces, shares, body, state);
        s_failure = null;
        bool already = EnterBody();
        try
        {
            switch (Kind)
            {
                case TeamKind.CallerParallelFor:
                    CallerParallelFor.Run(&run);
                    break;
                case TeamKind.OpenMp when !OpenMpRuntime.InParallelRegion:
                    OpenMpRuntime.Run(&run, ThreadCount);
                    break;
                case TeamKind.Own:
                    OwnThreads.Run(&run);
                    break;
                default:
                    run.RunAs(0, 1);
                    break;
            }
        }
        finally
        {
            LeaveBody(already);
        }

        if (s_failure is { } failure)
        {
            s_failure = null;
            ExceptionDispatchInfo.Throw(failure);
        }
    }
}
