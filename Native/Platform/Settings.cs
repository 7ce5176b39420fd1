namespace FugakuDnn.Native.Platform;

/// <summary>Where parallel work runs.</summary>
internal enum ThreadingChoice
{
    /// <summary>On libgomp's team where it is loaded, else on own threads.</summary>
    Auto,

    /// <summary>On own threads, even beside libgomp.</summary>
    Own,

    /// <summary>On the calling thread only.</summary>
    Sequential,
}

/// <summary>The environment variables, read once. docs/environment.md describes each.</summary>
/// <remarks>Values that break their rule are refused when they are asked for, with a message that names the variable.</remarks>
internal sealed class Settings(Func<string, string?> read)
{
    internal const int MostThreads = 1024;

    private const int MostSpinMicroseconds = 1_000_000, DefaultSpinMicroseconds = 50;

    private readonly string? _threads = read("FUGAKUDNN_NUM_THREADS");
    private readonly string? _planCache = read("FUGAKUDNN_PLAN_CACHE");
    private readonly string? _openMpThreads = read("OMP_NUM_THREADS");
    private readonly string? _threading = read("FUGAKUDNN_THREADING");
    private readonly string? _spin = read("FUGAKUDNN_SPIN_MICROSECONDS");
    private readonly string? _verbose = read("FUGAKUDNN_VERBOSE");
    private readonly string? _poolMaxIdle = read("FUGAKUDNN_POOL_MAX_IDLE");
    private readonly string? _poolHugePages = read("FUGAKUDNN_POOL_HUGE_PAGES");
    private readonly string? _poolDebug = read("FUGAKUDNN_POOL_DEBUG");

    // Asked on every execution: parsed once. -1: not yet.
    private int _verboseValue = -1;

    internal static Settings Current { get; } = new(Environment.GetEnvironmentVariable);

    /// <summary>FUGAKUDNN_ISA as written, or null.</summary>
    internal string? Isa { get; } = read("FUGAKUDNN_ISA");

    /// <summary>FUGAKUDNN_JIT_DUMP: folder for generated code, or null.</summary>
    internal string? JitDump { get; } = NullIfEmpty(read("FUGAKUDNN_JIT_DUMP"));

    /// <summary>FUGAKUDNN_JIT_PERF: 1 names generated code in the map that <c>perf</c> reads.</summary>
    internal bool JitPerf { get; } = read("FUGAKUDNN_JIT_PERF") == "1";

    /// <summary>FUGAKUDNN_NUM_THREADS, or null.</summary>
    internal int? Threads => string.IsNullOrWhiteSpace(_threads)
        ? null : Whole("FUGAKUDNN_NUM_THREADS", _threads, 1, MostThreads);

    /// <summary>FUGAKUDNN_PLAN_CACHE: most plans in the plan cache, or null.</summary>
    internal int? PlanCache => string.IsNullOrWhiteSpace(_planCache)
        ? null : Whole("FUGAKUDNN_PLAN_CACHE", _planCache, 0, int.MaxValue);

    /// <summary>The outermost level of OMP_NUM_THREADS; null where absent or not a number (it is not ours to judge).</summary>
    internal int? OpenMpThreads =>
        int.TryParse(_openMpThreads?.Split(',')[0], out int threads) && threads > 0 ? Math.Min(threads, MostThreads) : null;

    /// <summary>FUGAKUDNN_THREADING.</summary>
    internal ThreadingChoice Threading => _threading?.Trim().ToLowerInvariant() switch
    {
        null or "" or "auto" => ThreadingChoice.Auto,
        "own" => ThreadingChoice.Own,
        "sequential" => ThreadingChoice.Sequential,
        _ => throw new FdnnException(
            Status.InvalidArgument, $"FUGAKUDNN_THREADING: must be one of auto, own, sequential, got '{_threading}'"),
    };

    /// <summary>FUGAKUDNN_SPIN_MICROSECONDS: how long a thread waits spinning before it sleeps.</summary>
    internal int SpinMicroseconds => string.IsNullOrWhiteSpace(_spin)
        ? DefaultSpinMicroseconds : Whole("FUGAKUDNN_SPIN_MICROSECONDS", _spin, 0, MostSpinMicroseconds);

    /// <summary>FUGAKUDNN_VERBOSE: 0 silent, 1 one line per execution, 2 also one per plan made.</summary>
    internal int Verbose => _verboseValue >= 0
        ? _verboseValue
        : _verboseValue = string.IsNullOrWhiteSpace(_verbose) ? 0 : Whole("FUGAKUDNN_VERBOSE", _verbose, 0, 2);

    /// <summary>FUGAKUDNN_POOL_MAX_IDLE: most bytes of free memory that the pool keeps, or null.</summary>
    internal long? PoolMaxIdle => string.IsNullOrWhiteSpace(_poolMaxIdle) ? null
        : long.TryParse(_poolMaxIdle, out long bytes) && bytes >= 0 ? bytes
        : throw new FdnnException(Status.InvalidArgument, $"FUGAKUDNN_POOL_MAX_IDLE: must be a number of bytes, 0 or more, got '{_poolMaxIdle}'");

    /// <summary>FUGAKUDNN_POOL_HUGE_PAGES: whether the pool asks for huge pages.</summary>
    internal bool PoolHugePages => string.IsNullOrWhiteSpace(_poolHugePages) || Whole("FUGAKUDNN_POOL_HUGE_PAGES", _poolHugePages, 0, 1) == 1;

    /// <summary>FUGAKUDNN_POOL_DEBUG: whether the pool looks for misuse.</summary>
    internal bool PoolDebug => !string.IsNullOrWhiteSpace(_poolDebug) && Whole("FUGAKUDNN_POOL_DEBUG", _poolDebug, 0, 1) == 1;

    private static int Whole(string name, string text, int least, int most) =>
        int.TryParse(text, out int value) && value >= least && value <= most
            ? value
            : throw new FdnnException(Status.InvalidArgument, $"{name}: must be an integer in [{least}, {most}], got '{text}'");

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
