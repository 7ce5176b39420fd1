using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Threading;

namespace FugakuDnn.Exports;

/// <summary>What plans are made for: instruction set and threads; and what an execution says.</summary>
public static unsafe class Machine
{
    /// <summary>The instruction set that plans are made for.</summary>
    /// <param name="isa">Gets the fdnn_isa.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_isa_get")]
    public static int IsaGet([C99Type("int32_t*")] int* isa) => Boundary.Call(() =>
    {
        Boundary.Given(isa, "isa", "isa", sizeof(int));
        *isa = (int)PlanSettings.Isa;
    });

    /// <summary>
    /// Changes the instruction set, for primitives that exist as well: they get a new plan at their next execution. Weights packed
    /// for another instruction set are refused then.
    /// </summary>
    /// <param name="isa">An fdnn_isa that is available.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_isa_set")]
    public static int IsaSet(int isa) => Boundary.Call(() => PlanSettings.Isa = (Isa)isa);

    /// <summary>Whether this machine has an instruction set, and the library a back end for it.</summary>
    /// <param name="isa">An fdnn_isa.</param>
    /// <param name="available">Gets 1 or 0.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_isa_available")]
    public static int IsaAvailable(int isa, [C99Type("int32_t*")] int* available) => Boundary.Call(() =>
    {
        Boundary.Given(available, "isa", "available", sizeof(int));
        Check.Defined((Isa)isa, "isa", "isa");
        *available = IsaSelection.IsAvailable((Isa)isa) ? 1 : 0;
    });

    /// <summary>Name of an instruction set as in FUGAKUDNN_ISA; "unknown" for a number that is none. Cannot fail.</summary>
    /// <param name="isa">An fdnn_isa.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_isa_name")]
    [return: C99Type("const char*")]
    public static byte* IsaName(int isa)
    {
        using Entered call = Entered.Here();
        return Boundary.Literal((Isa)isa switch
        {
            Isa.Portable => "portable\0"u8,
            Isa.Neon => "neon\0"u8,
            Isa.Avx2 => "avx2\0"u8,
            Isa.Sve512 => "sve512\0"u8,
            Isa.Avx512 => "avx512\0"u8,
            _ => "unknown\0"u8,
        });
    }

    /// <summary>Threads that plans cut their work for.</summary>
    /// <param name="threads">Gets the number.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_threads_get")]
    public static int ThreadsGet([C99Type("int32_t*")] int* threads) => Boundary.Call(() =>
    {
        Boundary.Given(threads, "threads", "threads", sizeof(int));
        *threads = PlanSettings.Threads;
    });

    /// <summary>Changes the number of threads, for primitives that exist as well: they get a new plan at their next execution.</summary>
    /// <param name="threads">From 1 to 1024.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_threads_set")]
    public static int ThreadsSet(int threads) => Boundary.Call(() => PlanSettings.Threads = threads);

    /// <summary>
    /// Makes executions use the host's threads: parallel_for(context, count, body, state) calls body(state, i) once for each i in
    /// [0, count), on any threads, and returns when all have ended. Null goes back to the library's own.
    /// </summary>
    /// <param name="parallelFor">The host's function, or null.</param>
    /// <param name="context">Passed to it.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_parallel_for_set")]
    public static int ParallelForSet(
        [C99Type("fdnn_parallel_for")] void* parallelFor, [C99Type("void*")] void* context) =>
        Boundary.Call(() => WorkerTeam.SetParallelFor(parallelFor, context));

    /// <summary>Where executions run: see fdnn_team_mode.</summary>
    /// <param name="mode">Gets the fdnn_team_mode.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_team_mode_get")]
    public static int TeamModeGet([C99Type("int32_t*")] int* mode) => Boundary.Call(() =>
    {
        Boundary.Given(mode, "team_mode", "mode", sizeof(int));
        *mode = (int)WorkerTeam.Kind;
    });

    /// <summary>What is written to standard output: 0 nothing, 1 a line per execution, 2 also one per plan made.</summary>
    /// <param name="level">Gets the level.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_verbose_get")]
    public static int VerboseGet([C99Type("int32_t*")] int* level) => Boundary.Call(() =>
    {
        Boundary.Given(level, "verbose", "level", sizeof(int));
        *level = PlanSettings.Verbose;
    });

    /// <summary>Changes what is written to standard output; until then FUGAKUDNN_VERBOSE decides.</summary>
    /// <param name="level">From 0 to 2.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_verbose_set")]
    public static int VerboseSet(int level) => Boundary.Call(() => PlanSettings.Verbose = level);
}
