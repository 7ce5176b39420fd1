namespace FugakuDnn.Native.Platform;

/// <summary>A data or unified cache as the first CPU sees it.</summary>
internal readonly record struct CacheInfo(int Level, long Bytes, int LineBytes);

/// <summary>The CPUs this process may use.</summary>
internal sealed record Topology(int LogicalCpus, int PhysicalCores, double? CpuQuota, IReadOnlyList<CacheInfo> DataCaches)
{
    private const string CpuFolder = "/sys/devices/system/cpu/cpu";

    private static readonly Lazy<Topology> Detected = new(Detect);

    /// <summary>As found when first asked.</summary>
    internal static Topology Current => Detected.Value;

    /// <summary>Threads worth using: one a physical core that the affinity mask allows, and no more than the quota feeds.</summary>
    internal int UsefulThreads =>
        Math.Max(1, CpuQuota is { } quota ? Math.Min(PhysicalCores, (int)Math.Ceiling(quota)) : PhysicalCores);

    internal static Topology Detect()
    {
        IReadOnlyList<int> cpus = AllowedCpus();
        return new Topology(cpus.Count, CountCores(cpus, SiblingsOf), CgroupQuota.Current(), ReadCaches());
    }

    /// <summary>Cores that at least one of <paramref name="cpus"/> belongs to.</summary>
    /// <param name="cpus">Logical CPUs.</param>
    /// <param name="siblingsOf">The list of a CPU's hardware threads ("0,64" or "0-1"), or null where unknown.</param>
    internal static int CountCores(IReadOnlyList<int> cpus, Func<int, string?> siblingsOf)
    {
        // Siblings share one list, so the text itself names the core.
        HashSet<string> cores = [];
        foreach (int cpu in cpus)
        {
            cores.Add(siblingsOf(cpu)?.Trim() is { Length: > 0 } siblings ? siblings : $"cpu{cpu}");
        }

        return cores.Count;
    }

    /// <summary>"512K", "32M", "65536" in bytes; 0 if unreadable.</summary>
    internal static long ParseSize(string? text)
    {
        text = text?.Trim() ?? "";
        int shift = text.EndsWith('K') ? 10 : text.EndsWith('M') ? 20 : text.EndsWith('G') ? 30 : 0;
        return long.TryParse(shift == 0 ? text : text[..^1], out long value) && value > 0 ? value << shift : 0;
    }

    private static unsafe IReadOnlyList<int> AllowedCpus()
    {
        const int MaskBytes = 1024;
        List<int> cpus = [];
        if (OperatingSystem.IsLinux())
        {
            byte* mask = stackalloc byte[MaskBytes];
            new Span<byte>(mask, MaskBytes).Clear();
            if (LibC.GetAffinity(0, MaskBytes, mask) == 0)
            {
                for (int cpu = 0; cpu < MaskBytes * 8; cpu++)
                {
                    if ((mask[cpu / 8] >> (cpu % 8) & 1) != 0)
                    {
                        cpus.Add(cpu);
                    }
                }
            }
        }

        return cpus.Count > 0 ? cpus : [.. Enumerable.Range(0, Environment.ProcessorCount)];
    }

    private static string? SiblingsOf(int cpu) => ReadOrNull($"{CpuFolder}{cpu}/topology/thread_siblings_list");

    private static List<CacheInfo> ReadCaches()
    {
        List<CacheInfo> caches = [];
        for (int index = 0; ReadOrNull($"{CpuFolder}0/cache/index{index}/type")?.Trim() is { } type; index++)
        {
            string folder = $"{CpuFolder}0/cache/index{index}/";
            if (type != "Instruction")
            {
                caches.Add(new CacheInfo(
                    (int)ParseSize(ReadOrNull(folder + "level")),
                    ParseSize(ReadOrNull(folder + "size")),
                    (int)ParseSize(ReadOrNull(folder + "coherency_line_size"))));
            }
        }

        return caches;
    }

    private static string? ReadOrNull(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
