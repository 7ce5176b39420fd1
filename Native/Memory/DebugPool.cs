using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// The pool's debug mode: every block ends at a page that faults when it is touched (up to its alignment; the bytes between are looked at
/// when it is freed), and a freed block faults too, for a while. Frees of what is no block are reported on standard error, and ignored.
/// </summary>
/// <remarks>
/// Blocks are filled with bytes that make not-a-number in every floating-point type, so that memory used before it was written shows.
/// Works best from the start (FUGAKUDNN_POOL_DEBUG=1): blocks in threads' caches are still handed out when it is switched on later.
/// </remarks>
internal static unsafe class DebugPool
{
    private const byte Untouched = 0xFF, Slack = 0xFB;
    private const int StackBytes = 4096;

    /// <summary>Freed memory that still faults.</summary>
    private const long QuarantineBytes = 256L << 20;

    private static bool s_isOn = PoolSettings.Debug;
    private static PoolLock s_lock;
    private static SpanList s_live;
    private static Span* s_oldestFreed, s_newestFreed;
    private static long s_quarantined, s_serial;
    private static delegate* unmanaged<byte*, long, long> s_stack;
    private static delegate* unmanaged<void*> s_mayAsk;

    /// <summary>Whether new blocks are guarded.</summary>
    public static bool IsOn
    {
        get => s_isOn;
        set
        {
            s_isOn = value;
            PoolThunks.SetDebugMode(value);
        }
    }

    /// <summary>
    /// Says where an allocation is made: gets a buffer and its size, writes text without a terminating zero, returns the text's bytes. Called
    /// on the allocating thread, never while it is already being called there. Null: no text.
    /// </summary>
    /// <param name="provider">The function.</param>
    /// <param name="mayAsk">
    /// Called before, on the same thread; null from it means that the thread is not to be asked. Null: all threads are. A host's function may
    /// wait for the host's lock, as Python's does, and some threads must not.
    /// </param>
    public static void SetStackProvider(void* provider, void* mayAsk = null)
    {
        if (provider != null)
        {
            s_mayAsk = (delegate* unmanaged<void*>)mayAsk; // stays when a provider goes: a thread may be about to ask it
            Interlocked.MemoryBarrier();
        }

        s_stack = (delegate* unmanaged<byte*, long, long>)provider;
    }

    /// <summary>A guarded block, or null where there is no more memory.</summary>
    public static void* Allocate(nuint alignment, nuint bytes)
    {
        long page = NativeMemoryPages.PageBytes;
        long room = (long)SizeClasses.RoundUp(Held(bytes), alignment);
        int slices = (int)((room + page + PoolTuning.SliceBytes - 1) >> PoolTuning.SliceShift);
        Span* span = PageHeap.Allocate(slices, SpanState.Large, (int)Math.Max(alignment >> PoolTuning.SliceShift, 1));
        if (span == null)
        {
            return null;
        }

        byte* guard = (byte*)span->Start + (long)slices * PoolTuning.SliceBytes - page;
        byte* block = (byte*)((nuint)(guard - (long)Held(bytes)) & ~(alignment - 1));
        span->Requested = span->BlockBytes = (nint)bytes;
        span->Block = block;
        PageMap.SetAll(span, SizeClasses.Guarded);
        NativeMemory.Fill(block, bytes, Untouched);
        NativeMemory.Fill(block + bytes, (nuint)(guard - block) - bytes, Slack);
        NativeMemoryPages.Protect(guard, page, accessible: false);
        span->Stack = DescribeStack();
        s_lock.Enter();
        span->Serial = ++s_serial;
        s_live.Add(span);
        s_lock.Leave();
        Pool.CountLarge((long)bytes);
        return block;
    }

    /// <summary>Takes a guarded block back, or says what is wrong with it.</summary>
    public static void Free(void* block)
    {
        Span* span = PageMap.SpanAt(block);
        if (span == null || block != span->Block)
        {
            Report("is not the start of a block", block, span);
            return;
        }

        s_lock.Enter();
        bool live = span->Serial > 0;
        if (live)
        {
            s_live.Remove(span);
            span->Serial = -span->Serial;
        }

        s_lock.Leave();
        if (!live)
        {
            Report("was freed already", block, span);
            return;
        }

        Pool.CountLargeFree(span->Requested);

        byte* guard = (byte*)span->Start + (long)span->Slices * PoolTuning.SliceBytes - NativeMemoryPages.PageBytes;
        byte* end = (byte*)block + Held((nuint)span->Requested);
        if (new ReadOnlySpan<byte>(end, (int)(guard - end)).IndexOfAnyExcept(Slack) is var at and >= 0)
        {
            Report($"was written {end + at - (byte*)block - span->Requested} bytes behind its end", block, span);
        }

        NativeMemoryPages.Protect((void*)span->Start, (long)span->Slices * PoolTuning.SliceBytes, accessible: false);
        Quarantine(span);
    }

    /// <summary>Reports a free of the pool's memory where no block starts.</summary>
    public static void ReportStray(void* block) => Report("is not the start of a block", block, null);

    /// <summary>The live guarded blocks, the latest first: sizes, and where they were allocated as far as known.</summary>
    public static string Leaks()
    {
        List<(long Serial, nint Block, long Bytes, string Stack)> leaks = [];
        s_lock.Enter();
        for (Span* span = s_live.First; span != null; span = span->Next)
        {
            leaks.Add((span->Serial, (nint)span->Block, span->Requested, StackOf(span)));
        }

        s_lock.Leave();
        return string.Concat(leaks.Select(leak => $"block {leak.Serial}: {leak.Bytes} bytes at 0x{leak.Block:x}\n{leak.Stack}"));
    }

    // Blocks freed late are chained by their first words.
    private static nuint Held(nuint bytes) => Math.Max(bytes, (nuint)sizeof(void*));

    private static void Quarantine(Span* span)
    {
        Span* leaving = null;
        s_lock.Enter();
        span->Next = null;
        if (s_newestFreed != null)
        {
            s_newestFreed->Next = span;
        }
        else
        {
            s_oldestFreed = span;
        }

        s_newestFreed = span;
        s_quarantined += (long)span->Slices * PoolTuning.SliceBytes;
        while (s_quarantined > QuarantineBytes && s_oldestFreed != s_newestFreed)
        {
            Span* oldest = s_oldestFreed;
            s_oldestFreed = oldest->Next;
            s_quarantined -= (long)oldest->Slices * PoolTuning.SliceBytes;
            oldest->Next = leaving;
            leaving = oldest;
        }

        s_lock.Leave();
        while (leaving != null)
        {
            Span* next = leaving->Next;
            NativeMemoryPages.Protect((void*)leaving->Start, (long)leaving->Slices * PoolTuning.SliceBytes, accessible: true);
            PageMap.MarkStretch(leaving->Start, leaving->Slices, SizeClasses.NoBlock);
            NativeMemory.Free(leaving->Stack);
            leaving->Stack = null;
            PageHeap.Free(leaving);
            leaving = next;
        }
    }

    [ThreadStatic]
    private static bool t_describing;

    private static byte* DescribeStack()
    {
        delegate* unmanaged<byte*, long, long> provider = s_stack;
        if (provider == null || t_describing || (s_mayAsk != null && s_mayAsk() == null))
        {
            return null;
        }

        byte* text = (byte*)NativeMemory.Alloc(StackBytes);
        t_describing = true;
        bool outside = CallerThread.StepOut(); // the provider may wait for a lock that a forking thread holds, which would wait for us
        long bytes = provider(text, StackBytes - 1);
        CallerThread.StepIn(outside);
        t_describing = false;
        text[Math.Clamp(bytes, 0, StackBytes - 1)] = 0;
        return (byte*)NativeMemory.Realloc(text, (nuint)Math.Clamp(bytes, 0, StackBytes - 1) + 1);
    }

    private static string StackOf(Span* span) => span == null || span->Stack == null ? "" : Marshal.PtrToStringUTF8((nint)span->Stack) ?? "";

    private static void Report(string what, void* block, Span* span)
    {
        Pool.CountInvalidFree();
        string inside = span == null || span->Block == block ? "" : $"; it lies in the block of {span->Requested} bytes at 0x{(nint)span->Block:x}";
        string stack = StackOf(span);
        Console.Error.WriteLine($"fugakudnn pool: free: 0x{(nint)block:x} {what}{inside}{(stack.Length > 0 ? "; allocated at\n" + stack : "")}");
    }
}
