using System.Globalization;

namespace FugakuDnn.Native.Platform;

/// <summary>CPU time that control groups (version 1 and 2) leave to this process, in CPUs.</summary>
internal static class CgroupQuota
{
    private const string MountPoint = "/sys/fs/cgroup";

    /// <summary>The tightest quota on the way from this process's group to the root, or null without one.</summary>
    internal static double? Current() =>
        OperatingSystem.IsLinux() && ReadOrNull("/proc/self/cgroup") is { } membership ? Quota(membership, ReadOrNull) : null;

    /// <summary>As <see cref="Current"/>, for the text of /proc/self/cgroup and a way to read files.</summary>
    internal static double? Quota(string membership, Func<string, string?> read)
    {
        double? tightest = null;
        foreach (string line in membership.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // "0::/path" is version 2; "4:cpu,cpuacct:/path" is version 1.
            string[] fields = line.Split(':', 3);
            if (fields.Length != 3)
            {
                continue;
            }

            string[] controllers = fields[1].Split(',');
            double? quota = fields[1].Length == 0
                ? Tightest(fields[2], folder => Version2(read(folder + "/cpu.max")), MountPoint, MountPoint + "/unified")
                : controllers.Contains("cpu")
                    ? Tightest(fields[2], folder => Version1(read, folder), MountPoint + "/" + fields[1], MountPoint + "/cpu")
                    : null;
            tightest = Smaller(tightest, quota);
        }

        return tightest;
    }

    /// <summary>cpu.max: "max 100000" or "200000 100000" (microseconds of CPU time per period).</summary>
    internal static double? Version2(string? text)
    {
        string[] fields = (text ?? "").Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return fields.Length == 2 ? Ratio(fields[0], fields[1]) : null;
    }

    private static double? Version1(Func<string, string?> read, string folder) =>
        Ratio(read(folder + "/cpu.cfs_quota_us")?.Trim(), read(folder + "/cpu.cfs_period_us")?.Trim());

    // "max" (version 2) and -1 (version 1) mean no quota.
    private static double? Ratio(string? quota, string? period) =>
        long.TryParse(quota, CultureInfo.InvariantCulture, out long time)
        && long.TryParse(period, CultureInfo.InvariantCulture, out long per) && time > 0 && per > 0
            ? (double)time / per : null;

    // A container may show its own group as the mount's root while /proc/self/cgroup still names the host's path: walking up finds it.
    private static double? Tightest(string path, Func<string, double?> quotaOf, params ReadOnlySpan<string> mounts)
    {
        double? tightest = null;
        foreach (string mount in mounts)
        {
            for (string at = path.TrimEnd('/'); ; at = at[..at.LastIndexOf('/')])
            {
                tightest = Smaller(tightest, quotaOf(mount + at));
                if (at.Length == 0)
                {
                    break;
                }
            }
        }

        return tightest;
    }

    private static double? Smaller(double? a, double? b) => a is { } x && b is { } y ? Math.Min(x, y) : a ?? b;

    private static string? ReadOrNull(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
