using System.Globalization;

namespace FugakuDnn.Native.Platform;

/// <summary>Memory that this process can have: the machine's, or what its control group leaves of it.</summary>
internal static class PhysicalMemory
{
    /// <summary>Bytes.</summary>
    internal static long Bytes { get; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Bytes that a text of digits says; null for "max" and anything else.</summary>
    internal static long? Parse(string? text) =>
        long.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : null;
}
