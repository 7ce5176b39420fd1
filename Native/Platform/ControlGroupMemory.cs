using System.Globalization;

namespace FugakuDnn.Native.Platform;

/// <summary>
/// Memory that control groups (version 1 and 2) leave to this process. Beyond a group's limit nothing is refused: the process is ended. So
/// who is about to touch fresh memory asks here.
/// </summary>
/// <remarks>Files are found and opened once; asking allocates no managed memory.</remarks>
internal static unsafe class ControlGroupMemory
{
    private const string MountPoint = "/sys/fs/cgroup";
    private const int StatisticsBytes = 8192;

    /// <summary>What a limit keeps free for what is not counted as anonymous memory: page tables, kernel stacks.</summary>
    private const int ReservedShare = 64;

    private static readonly int s_usage = -1, s_statistics = -1;
    private static readonly byte[] s_field = [];

    static ControlGroupMemory()
    {
        if (OperatingSystem.IsLinux() && Tightest(ReadOrNull("/proc/self/cgroup") ?? "", ReadOrNull) is { } group)
        {
            Limit = group.Limit;
            s_usage = Open(group.Folder + (group.Version == 2 ? "/memory.current" : "/memory.usage_in_bytes"));
            s_statistics = Open(group.Folder + "/memory.stat");
            s_field = group.Version == 2 ? "anon "u8.ToArray() : "total_rss "u8.ToArray();
        }
    }

    /// <summary>The tightest limit in bytes; <see cref="long.MaxValue"/> without one.</summary>
    internal static long Limit { get; } = long.MaxValue;

    /// <summary>Whether so many bytes more can be touched without being ended.</summary>
    internal static bool HasRoom(long bytes)
    {
        if (Limit == long.MaxValue)
        {
            return true;
        }

        byte* text = stackalloc byte[StatisticsBytes];
        if (Number(Read(s_usage, text)) + bytes <= Limit)
        {
            return true;
        }

        // Usage includes files' pages, which the system drops when it needs room.
        ReadOnlySpan<byte> statistics = Read(s_statistics, text);
        int field = statistics.IndexOf(s_field);
        return field < 0 || Number(statistics[(field + s_field.Length)..]) + bytes <= Limit - Limit / ReservedShare;
    }

    /// <summary>The group with the least limit on the way from a process's groups (the text of /proc/self/cgroup) to the root, or null.</summary>
    internal static (string Folder, long Limit, int Version)? Tightest(string membership, Func<string, string?> read)
    {
        (string Folder, long Limit, int Version)? tightest = null;
        foreach (string line in membership.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // "0::/path" is version 2; "4:memory:/path" is version 1.
            string[] fields = line.Split(':', 3);
            if (fields.Length == 3 && fields[1].Length == 0)
            {
                Walk(fields[2], "/memory.max", 2, MountPoint, MountPoint + "/unified");
            }
            else if (fields.Length == 3 && fields[1].Split(',').Contains("memory"))
            {
                Walk(fields[2], "/memory.limit_in_bytes", 1, MountPoint + "/" + fields[1], MountPoint + "/memory");
            }
        }

        return tightest;

        void Walk(string path, string file, int version, params ReadOnlySpan<string> mounts)
        {
            foreach (string mount in mounts)
            {
                for (string at = path.TrimEnd('/'); ; at = at[..at.LastIndexOf('/')])
                {
                    // Version 1 says "none" by a number beyond all memory.
                    if (long.TryParse(read(mount + at + file), CultureInfo.InvariantCulture, out long limit)
                        && limit < long.MaxValue / 2 && (tightest is null || limit < tightest.Value.Limit))
                    {
                        tightest = (mount + at, limit, version);
                    }

                    if (at.Length == 0)
                    {
                        break;
                    }
                }
            }
        }
    }

    private static long Number(ReadOnlySpan<byte> text)
    {
        long value = 0;
        foreach (byte digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                break;
            }

            value = 10 * value + digit - '0';
        }

        return value;
    }

    private static int Open(string path)
    {
        fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(path + "\0"))
        {
            return LibC.Open(name, LibC.OpenCloseOnExec);
        }
    }

    private static ReadOnlySpan<byte> Read(int file, byte* text)
    {
        nint bytes = LibC.ReadAt(file, text, StatisticsBytes, 0);
        return new ReadOnlySpan<byte>(text, (int)Math.Max(bytes, 0));
    }

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
