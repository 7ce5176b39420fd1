namespace FugakuDnn.Native.Tuning;

/// <summary>
/// The A64FX, from its Microarchitecture Manual 1.8.1: sections 2.4 and 5 (pipelines, latencies), 7 (loads) and 8 (caches).
/// </summary>
internal static class A64Fx
{
    /// <summary>Two FMA pipes of latency 9, two loads, four instructions decoded in a cycle; 8 MiB of L2 for 12 cores.</summary>
    public static readonly CoreModel Core = new(2, 9, 2, 4, 64 << 10, (8 << 20) / 12);
}
