using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>Whole pages of memory straight from the system, zeroed.</summary>
internal static unsafe class NativeMemoryPages
{
    /// <summary>Bytes of a page: 4 KiB on most machines, 64 KiB on Fugaku.</summary>
    internal static long PageBytes => Environment.SystemPageSize;

    /// <summary>Rounds up to whole pages.</summary>
    internal static long RoundUp(long bytes) => checked(bytes + PageBytes - 1) / PageBytes * PageBytes;

    /// <summary>Maps readable and writable memory, at <paramref name="wish"/> if that is not null and free, else anywhere.</summary>
    /// <exception cref="FdnnException">With <see cref="Status.OutOfMemory"/>.</exception>
    internal static void* Map(long bytes, nint wish = 0)
    {
        void* at = LibC.MapMemory(
            (void*)wish, (nuint)bytes, LibC.ProtRead | LibC.ProtWrite, LibC.MapPrivate | LibC.MapAnonymous, -1, 0);
        return (nint)at != -1
            ? at
            : throw new FdnnException(Status.OutOfMemory, $"memory: the system refused {bytes} bytes of pages (errno {Marshal.GetLastPInvokeError()})");
    }

    /// <summary>
    /// Maps readable and writable memory, at <paramref name="wish"/> if that is not null and free, else anywhere; null where the system refuses,
    /// as it also does when asked for more than all of the machine's memory at once.
    /// </summary>
    internal static void* TryMap(long bytes, nint wish = 0) => TryMap(bytes, wish, 0);

    /// <summary>Maps readable and writable memory of which little will be touched: it counts against no limit before it is.</summary>
    internal static void* TryMapSparse(long bytes) => TryMap(bytes, 0, LibC.NoReserve);

    /// <summary>Asks for huge pages; whether the system heeds it is its own affair.</summary>
    internal static void WishForHugePages(void* at, long bytes) => _ = LibC.AdviseMemory(at, (nuint)bytes, LibC.HugePages);

    /// <summary>Takes the wish back.</summary>
    internal static void WaiveHugePages(void* at, long bytes) => _ = LibC.AdviseMemory(at, (nuint)bytes, LibC.NoHugePages);

    /// <summary>Gives the memory behind addresses back; they read as zero afterwards.</summary>
    internal static void Empty(void* at, long bytes) => _ = LibC.AdviseMemory(at, (nuint)bytes, LibC.NotNeeded);

    /// <summary>Gives pages back.</summary>
    internal static void Unmap(void* at, long bytes) => _ = LibC.UnmapMemory(at, (nuint)bytes);

    /// <summary>Lets accesses to the pages fault, or succeed again; silent where the system refuses.</summary>
    internal static void Protect(void* at, long bytes, bool accessible) =>
        _ = LibC.ProtectMemory(at, (nuint)bytes, accessible ? LibC.ProtRead | LibC.ProtWrite : LibC.ProtNone);

    /// <summary>Makes any access to the pages fault.</summary>
    internal static void Forbid(void* at, long bytes)
    {
        if (LibC.ProtectMemory(at, (nuint)bytes, LibC.ProtNone) != 0)
        {
            throw new FdnnException(Status.Internal, $"memory: mprotect failed for {bytes} bytes (errno {Marshal.GetLastPInvokeError()})");
        }
    }

    private static void* TryMap(long bytes, nint wish, int flags)
    {
        void* at = LibC.MapMemory(
            (void*)wish, (nuint)bytes, LibC.ProtRead | LibC.ProtWrite, LibC.MapPrivate | LibC.MapAnonymous | flags, -1, 0);
        return (nint)at == -1 ? null : at;
    }
}
