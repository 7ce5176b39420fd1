using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// The pool's environment variables. An allocation has nobody to tell of a wrong value: the default holds then, a line on standard
/// error says so, and <see cref="Error"/> keeps it for those who ask.
/// </summary>
internal static class PoolSettings
{
    private const long LeastDefaultIdleBytes = 256L << 20;

    /// <summary>What is wrong with the variables, or null.</summary>
    public static FdnnException? Error { get; private set; }

    /// <summary>Most bytes that stay idle: half of the machine's or control group's memory, since a training step frees all it used.</summary>
    public static long MaxIdleBytes { get; } =
        Read(() => Settings.Current.PoolMaxIdle) ?? Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2, LeastDefaultIdleBytes);

    /// <summary>Whether to ask for huge pages.</summary>
    public static bool HugePages { get; } = Read(() => Settings.Current.PoolHugePages) ?? true;

    /// <summary>Whether to look for misuse from the start.</summary>
    public static bool Debug { get; } = Read(() => Settings.Current.PoolDebug) ?? false;

    private static T? Read<T>(Func<T> setting)
    {
        try
        {
            return setting();
        }
        catch (FdnnException wrong)
        {
            Error = wrong;
            Console.Error.WriteLine("fugakudnn: " + wrong.Message + "; the default holds");
            return default;
        }
    }

    private static T? Read<T>(Func<T?> setting)
        where T : struct => Read<T?>(setting);

    private static bool? Read(Func<bool> setting) => Read<bool?>(() => setting());
}
