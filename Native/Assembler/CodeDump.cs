using System.Globalization;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Assembler;

/// <summary>Shows generated code to the outside: files for disassemblers and models, names for <c>perf</c>.</summary>
internal static unsafe class CodeDump
{
    private static readonly string? s_perfMap =
        Settings.Current.JitPerf ? $"/tmp/perf-{Environment.ProcessId}.map" : null;

    private static int s_count;

    /// <summary>Writes a kernel to the folder that FUGAKUDNN_JIT_DUMP names, as NUMBER_NAME.ISA.bin.</summary>
    public static void Write(ReadOnlySpan<byte> code, string name, string isa)
    {
        if (Settings.Current.JitDump is { } folder)
        {
            Directory.CreateDirectory(folder);
            string file = string.Create(
                CultureInfo.InvariantCulture, $"{Interlocked.Increment(ref s_count):D4}_{name}.{isa.ToLowerInvariant()}.bin");
            File.WriteAllBytes(Path.Combine(folder, file), code);
        }
    }

    /// <summary>Adds a line to the map that <c>perf</c> reads, if FUGAKUDNN_JIT_PERF is 1.</summary>
    public static void Announce(void* address, int length, string name)
    {
        if (s_perfMap is not null)
        {
            File.AppendAllText(
                s_perfMap, string.Create(CultureInfo.InvariantCulture, $"{(nint)address:x} {length:x} fugakudnn::{name}\n"));
        }
    }
}
