using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Exports;

/// <summary>The library: version and errors.</summary>
public static unsafe class Library
{
    /// <summary>Version of the library as 10000·major + 100·minor + patch. Cannot fail.</summary>
    [C99DeclCode("#include \"fugakudnn.h\"")]
    [UnmanagedCallersOnly(EntryPoint = "fdnn_version")]
    public static int Version()
    {
        using Entered call = Entered.Here();
        System.Version version = typeof(Library).Assembly.GetName().Version!;
        return (10_000 * version.Major) + (100 * version.Minor) + version.Build;
    }

    /// <summary>
    /// Message of the calling thread's last failed call: UTF-8, names argument, rule and value; empty if none has failed.
    /// Valid until the thread's next failing call. Cannot fail.
    /// </summary>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_last_error")]
    [return: C99Type("const char*")]
    public static byte* LastError()
    {
        using Entered call = Entered.Here();
        return CallerThread.LastError;
    }

    /// <summary>Name of a status, for example "invalid_argument"; "unknown" for a number that is none. Cannot fail.</summary>
    /// <param name="status">What a function returned.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_status_name")]
    [return: C99Type("const char*")]
    public static byte* StatusName(int status)
    {
        using Entered call = Entered.Here();
        return Boundary.Literal((Status)status switch
        {
            Status.Success => "success\0"u8,
            Status.InvalidArgument => "invalid_argument\0"u8,
            Status.Unsupported => "unsupported\0"u8,
            Status.OutOfMemory => "out_of_memory\0"u8,
            Status.StaleHandle => "stale_handle\0"u8,
            Status.Internal => "internal\0"u8,
            _ => "unknown\0"u8,
        });
    }
}
