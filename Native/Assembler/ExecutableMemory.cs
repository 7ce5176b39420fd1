using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Assembler;

/// <summary>
/// Generated code in memory. A block's pages are writable while it is filled, then executable for ever; they are given back whole,
/// never made writable again.
/// </summary>
internal sealed unsafe class ExecutableMemory : IDisposable
{
    private static long s_totalBytes;

    private readonly long _mappedBytes;
    private void* _pages;

    private ExecutableMemory(void* pages, long mappedBytes, int codeBytes)
    {
        _pages = pages;
        _mappedBytes = mappedBytes;
        CodeBytes = codeBytes;
        Interlocked.Add(ref s_totalBytes, mappedBytes);
    }

    /// <summary>Bytes mapped for code in this process.</summary>
    public static long TotalBytes => Volatile.Read(ref s_totalBytes);

    /// <summary>The first instruction.</summary>
    public void* Address => _pages;

    /// <summary>Length of the code.</summary>
    public int CodeBytes { get; }

    /// <summary>Bytes of whole pages that the block takes.</summary>
    public long MappedBytes => _mappedBytes;

    /// <summary>Copies code into pages of its own and makes them executable.</summary>
    /// <param name="code">The machine code.</param>
    /// <param name="wish">Where the pages should lie, if that is free; 0 is anywhere.</param>
    /// <exception cref="FdnnException">The system refuses memory, or refuses to make it executable.</exception>
    public static ExecutableMemory Publish(ReadOnlySpan<byte> code, nint wish = 0)
    {
        long bytes = NativeMemoryPages.RoundUp(Math.Max(code.Length, 1));
        void* pages = NativeMemoryPages.Map(bytes, wish);
        code.CopyTo(new Span<byte>(pages, code.Length));
        if (!ExecutablePages.MakeExecutable(pages, bytes))
        {
            NativeMemoryPages.Unmap(pages, bytes);
            throw new FdnnException(Status.Unsupported, "executable memory: the system does not allow it; set FUGAKUDNN_ISA=portable");
        }

        return new ExecutableMemory(pages, bytes, code.Length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        void* pages = _pages;
        _pages = null;
        if (pages != null)
        {
            NativeMemoryPages.Unmap(pages, _mappedBytes);
            Interlocked.Add(ref s_totalBytes, -_mappedBytes);
        }
    }
}
