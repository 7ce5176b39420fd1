using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// The pooling allocator, made for tensors: memory that is freed stays, with its pages, for the next tensor. Small blocks come from
/// threads' caches (<see cref="ThreadCache"/>), what they have too much or too little of from central lists (<see cref="CentralList"/>),
/// everything else as whole slices from the page heap (<see cref="PageHeap"/>).
/// </summary>
/// <remarks>
/// All of it in unmanaged memory, and nothing here allocates managed memory. In a forked child the pool gives nothing out: memory
/// comes from the C library, and inherited blocks stay as they are when freed. Memory that is not the pool's goes to the C library.
/// </remarks>
internal static unsafe class Pool
{
    /// <summary>Beyond this nothing is asked of the system: slices are counted in 32 bits.</summary>
    private const ulong LargestBytes = (ulong)(int.MaxValue / 2) << PoolTuning.SliceShift;

    private static long s_invalidFrees, s_fallbacks, s_largeAllocations, s_largeBlocks, s_largeBytes;

    static Pool()
    {
        CallerThread.AtEnd(&ThreadCaches.EndOfThread);
    }

    /// <summary>Blocks of whole slices, guarded ones among them: ever allocated, live, and the live ones' bytes as asked for.</summary>
    public static (long Allocations, long Live, long Bytes) Large =>
        (Volatile.Read(ref s_largeAllocations), Volatile.Read(ref s_largeBlocks), Volatile.Read(ref s_largeBytes));

    /// <summary>Frees of what was no block, which were ignored; allocations that the C library served.</summary>
    public static (long InvalidFrees, long Fallbacks) Oddities => (Volatile.Read(ref s_invalidFrees), Volatile.Read(ref s_fallbacks));

    /// <summary>The thread's cache; null in a forked child, and where the thread has ended or has no memory for a cache.</summary>
    private static ThreadCache* Cache => ForkGate.InForkedChild ? null : ThreadCaches.Current;

    /// <summary>
    /// A block of at least so many bytes, aligned to 64, in the pool to a cache line (<see cref="SizeClasses.LineBytes"/>); null where there is no more
    /// memory.
    /// </summary>
    public static void* Allocate(nuint bytes) => Allocate(bytes, out _);

    /// <summary>As <see cref="Allocate(nuint)"/>, with a power of two as alignment; null also for another.</summary>
    public static void* AllocateAligned(nuint alignment, nuint bytes)
    {
        if (alignment <= PoolTuning.Alignment)
        {
            return alignment == 0 || (alignment & (alignment - 1)) != 0 ? null : Allocate(bytes);
        }

        if ((alignment & (alignment - 1)) != 0 || alignment > LargestBytes)
        {
            return null;
        }

        ThreadCache* cache = Cache;
        if (cache == null)
        {
            return FromC(alignment, bytes);
        }

        if (DebugPool.IsOn && bytes <= LargestBytes)
        {
            return DebugPool.Allocate(alignment, bytes);
        }

        if (alignment <= PoolTuning.SliceBytes && bytes <= PoolTuning.LargestBlock)
        {
            // Spans start at slices, so that blocks whose size is a multiple of the alignment are aligned.
            for (int size = SizeClasses.Of(Math.Max(bytes, alignment)); size <= SizeClasses.Count; size++)
            {
                if ((nuint)SizeClasses.Bytes(size) % alignment == 0)
                {
                    return AllocateSmall(cache, size);
                }
            }
        }

        return AllocateLarge(cache, bytes, (int)Math.Max(alignment >> PoolTuning.SliceShift, 1), out _);
    }

    /// <summary>A block of zeros; null where there is no more memory, or the product overflows.</summary>
    public static void* AllocateZeroed(nuint count, nuint bytes)
    {
        if (Math.BigMul((ulong)count, (ulong)bytes, out ulong total) != 0)
        {
            return null;
        }

        void* block = Allocate((nuint)total, out nuint dirty);
        if (block != null)
        {
            NativeMemory.Clear(block, Math.Min((nuint)total, dirty));
        }

        return block;
    }

    /// <summary>A block of another size with the old content; null, and the old block as it was, where there is no more memory.</summary>
    public static void* Reallocate(void* block, nuint bytes)
    {
        if (block == null)
        {
            return Allocate(bytes);
        }

        int mark = PageMap.Mark(block);
        if (mark == 0)
        {
            return NativeMemory.Realloc(block, bytes);
        }

        nuint old = UsableBytes(block);
        if (mark != SizeClasses.Guarded && bytes <= old && (bytes > old / 2 || (mark <= SizeClasses.Count && SizeClasses.Of(bytes) == mark)))
        {
            return block;
        }

        void* moved = Allocate(bytes);
        if (moved != null)
        {
            NativeMemory.Copy(block, moved, Math.Min(old, bytes));
            Free(block);
        }

        return moved;
    }

    /// <summary>Takes a block back; null is nothing.</summary>
    public static void Free(void* block)
    {
        if (block == null)
        {
            return;
        }

        int mark = PageMap.Mark(block);
        if (mark == 0)
        {
            NativeMemory.Free(block);
            return;
        }

        if (ForkGate.InForkedChild)
        {
            return;
        }

        ThreadCache* cache = ThreadCaches.Current;
        if (cache == null)
        {
            PushOrphan(block);
            return;
        }

        TakeOrphansBack(cache);
        Free(cache, block, mark);
    }

    /// <summary>Bytes that may be used at a block of the pool; 0 for what is none.</summary>
    public static nuint UsableBytes(void* block)
    {
        Span* span = PageMap.SpanAt(block);
        return span == null ? 0 : (nuint)span->BlockBytes;
    }

    /// <summary>Gives all idle memory back to the system: the calling thread's cache, what waits between threads, and free slices.</summary>
    /// <returns>Bytes whose pages went back.</returns>
    public static long Trim()
    {
        ThreadCache* cache = Cache;
        if (cache != null)
        {
            TakeOrphansBack(cache);
            ThreadCaches.ClearAbandoned();
            cache->Clear();
            for (int size = 1; size <= SizeClasses.Count; size++)
            {
                CentralList.Lists[size].Clear();
            }
        }

        return ForkGate.InForkedChild ? 0 : PageHeap.Trim();
    }

    /// <summary>Counts a free of what is no block.</summary>
    public static void CountInvalidFree() => _ = Interlocked.Increment(ref s_invalidFrees);

    /// <summary>Counts a block of whole slices that is handed out.</summary>
    internal static void CountLarge(long bytes)
    {
        _ = Interlocked.Increment(ref s_largeAllocations);
        _ = Interlocked.Increment(ref s_largeBlocks);
        _ = Interlocked.Add(ref s_largeBytes, bytes);
    }

    /// <summary>Counts one that is freed.</summary>
    internal static void CountLargeFree(long bytes)
    {
        _ = Interlocked.Decrement(ref s_largeBlocks);
        _ = Interlocked.Add(ref s_largeBytes, -bytes);
    }

    private static void* Allocate(nuint bytes, out nuint dirty)
    {
        dirty = nuint.MaxValue;
        ThreadCache* cache = Cache;
        if (cache == null)
        {
            return FromC(PoolTuning.Alignment, bytes);
        }

        if (DebugPool.IsOn && bytes <= LargestBytes)
        {
            return DebugPool.Allocate(PoolTuning.Alignment, bytes);
        }

        return bytes <= PoolTuning.LargestBlock ? AllocateSmall(cache, SizeClasses.Of(bytes)) : AllocateLarge(cache, bytes, 1, out dirty);
    }

    private static void* AllocateSmall(ThreadCache* cache, int size)
    {
        CachedBlocks* list = cache->List(size);
        if (list->Head == null)
        {
            TakeOrphansBack(cache);
        }

        void* block = list->Head;
        if (block == null)
        {
            block = cache->Refill(size);
            if (block != null)
            {
                list->HandedOut++;
            }

            return block;
        }

        list->Head = *(void**)block;
        list->Room++;
        list->HandedOut++;
        return block;
    }

    private static void* AllocateLarge(ThreadCache* cache, nuint bytes, int alignment, out nuint dirty)
    {
        dirty = 0;
        if (bytes > LargestBytes)
        {
            return null;
        }

        TakeOrphansBack(cache);
        int slices = (int)((bytes + PoolTuning.SliceBytes - 1) >> PoolTuning.SliceShift);
        Span* span = PageHeap.Allocate(Math.Max(slices, 1), SpanState.Large, alignment);
        if (span == null)
        {
            return null;
        }

        dirty = (nuint)span->DirtySlices * PoolTuning.SliceBytes;
        span->BlockBytes = (nint)span->Slices * PoolTuning.SliceBytes;
        span->Requested = (nint)bytes;
        PageMap.SetMark(span->Start, SizeClasses.Large);
        CountLarge((long)bytes);
        return (void*)span->Start;
    }

    private static void Free(ThreadCache* cache, void* block, int mark)
    {
        if (mark <= SizeClasses.Count)
        {
            cache->Put(mark, block);
        }
        else if (mark == SizeClasses.Large && PageMap.SpanAt(block) is var span && span->Start == (nint)block)
        {
            CountLargeFree(span->Requested);
            PageMap.SetMark(span->Start, SizeClasses.NoBlock);
            PageHeap.Free(span);
        }
        else if (mark == SizeClasses.Guarded)
        {
            DebugPool.Free(block);
        }
        else if (DebugPool.IsOn)
        {
            DebugPool.ReportStray(block);
        }
        else
        {
            CountInvalidFree();
        }
    }

    private static void* FromC(nuint alignment, nuint bytes)
    {
        _ = Interlocked.Increment(ref s_fallbacks);
        nuint rounded = SizeClasses.RoundUp(Math.Max(bytes, 1), alignment);
        return rounded < bytes ? null : ((delegate* unmanaged<nuint, nuint, void*>)PoolThunks.Shared->CAlignedAlloc)(alignment, rounded);
    }

    private static void PushOrphan(void* block)
    {
        PoolShared* shared = PoolThunks.Shared;
        nint head;
        do
        {
            head = Volatile.Read(ref shared->Orphans);
            *(nint*)block = head;
        }
        while (Interlocked.CompareExchange(ref shared->Orphans, (nint)block, head) != head);
        _ = Interlocked.Increment(ref shared->LateFrees);
    }

    private static void TakeOrphansBack(ThreadCache* cache)
    {
        if (Volatile.Read(ref PoolThunks.Shared->Orphans) == 0)
        {
            return;
        }

        // Nobody takes single blocks off this list, so that taking it whole needs no guard against one that comes back.
        void* block = (void*)Interlocked.Exchange(ref PoolThunks.Shared->Orphans, 0);
        while (block != null)
        {
            void* next = *(void**)block;
            Free(cache, block, PageMap.Mark(block));
            block = next;
        }
    }
}
