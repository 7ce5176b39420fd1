namespace FugakuDnn.Native.Platform;

/// <summary>How many threads to use when nobody has said so by the API.</summary>
internal static class DefaultThreadCount
{
    /// <summary>FUGAKUDNN_NUM_THREADS, else OMP_NUM_THREADS, else what affinity mask, physical cores and quota leave.</summary>
    internal static int Get() => Get(Settings.Current, () => Topology.Current);

    internal static int Get(Settings settings, Func<Topology> topology) =>
        settings.Threads ?? settings.OpenMpThreads ?? Math.Min(topology().UsefulThreads, Settings.MostThreads);
}
