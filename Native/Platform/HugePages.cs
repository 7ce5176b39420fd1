using System.Globalization;

namespace FugakuDnn.Native.Platform;

/// <summary>
/// Asks Linux to back large blocks with huge pages: one fault and one TLB entry instead of hundreds. A hint: where transparent huge pages
/// are off, or a huge page is larger than the block (512 MiB where pages have 64 KiB), nothing happens.
/// </summary>
internal static unsafe class HugePages
{
    private const int AdviseHugePages = 14; // MADV_HUGEPAGE
    private const string SizeFile = "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size";

    /// <summary>Bytes of a huge page; 0 where there are none.</summary>
    internal static readonly long PageBytes = ReadSize();

    /// <summary>Blocks below this hold too few whole huge pages to be worth a system call.</summary>
    internal static long LeastBytes => 2 * PageBytes;

    /// <summary>Prefers huge pages for what lies whole inside [at, at + bytes); contents stay as they are.</summary>
    /// <returns>Bytes that the hint was given for.</returns>
    internal static long Prefer(void* at, long bytes)
    {
        if (PageBytes == 0 || bytes < LeastBytes)
        {
            return 0;
        }

        nint first = (nint)(((nint)at + PageBytes - 1) / PageBytes * PageBytes);
        nint end = (nint)(((nint)at + bytes) / PageBytes * PageBytes);
        return end > first && LibC.Advise((void*)first, (nuint)(end - first), AdviseHugePages) == 0 ? end - first : 0;
    }

    private static long ReadSize()
    {
        try
        {
            return File.Exists(SizeFile) && long.TryParse(File.ReadAllText(SizeFile).AsSpan().Trim(), CultureInfo.InvariantCulture, out long bytes)
                ? bytes : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
