using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Threading;

namespace FugakuDnn.Native.Primitives;

/// <summary>The process-wide choices that plans are made for. A primitive made under other choices finds itself a new plan.</summary>
internal static class PlanSettings
{
    private const int NotSet = -1;

    private static int s_isa = NotSet;
    private static int s_verbose = NotSet;
    private static int s_generation;

    /// <summary>Grows with every change of <see cref="Isa"/> or <see cref="Threads"/>.</summary>
    public static int Generation => Volatile.Read(ref s_generation);

    /// <summary>Instruction set; until set, the one that the environment or the CPU chooses.</summary>
    public static Isa Isa
    {
        get
        {
            int isa = Volatile.Read(ref s_isa);
            return isa == NotSet ? IsaSelection.Best : (Isa)isa;
        }

        set
        {
            Check.Defined(value, "isa", "isa");
            if (!IsaSelection.IsAvailable(value))
            {
                throw new FdnnException(
                    Status.Unsupported,
                    $"isa: '{IsaSelection.NameOf(value)}' is not available on this machine (available: "
                    + string.Join(", ", IsaSelection.Available.Select(IsaSelection.NameOf)) + ")");
            }

            Volatile.Write(ref s_isa, (int)value);
            Interlocked.Increment(ref s_generation);
        }
    }

    /// <summary>Threads that plans cut their work for.</summary>
    public static int Threads
    {
        get => WorkerTeam.ThreadCount;
        set
        {
            WorkerTeam.ThreadCount = value;
            Interlocked.Increment(ref s_generation);
        }
    }

    /// <summary>0 silent, 1 a line per execution, 2 also a line per plan; until set, <c>FUGAKUDNN_VERBOSE</c>.</summary>
    public static int Verbose
    {
        get
        {
            int verbose = Volatile.Read(ref s_verbose);
            return verbose == NotSet ? Settings.Current.Verbose : verbose;
        }

        set
        {
            Check.Range(value, 0, 2, "verbose", "level");
            Volatile.Write(ref s_verbose, value);
        }
    }

    /// <summary>What a plan made now is made for.</summary>
    public static PlanContext Context => new(Isa, Threads);
}
