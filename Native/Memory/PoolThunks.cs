using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Memory;

/// <summary>What the pool's machine code reads and writes; its layout is the code's.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PoolShared
{
    /// <summary>Blocks freed by threads that have no cache, chained by their first words; <see cref="LateFrees"/> counts them.</summary>
    public nint Orphans;

    public long LateFrees;

    public ForkBlock* Fork;

    public ThreadCache* Ended;

    /// <summary>Where the machine code goes on in C#.</summary>
    public void* Allocate, Free, AllocateZeroed, Reallocate, AllocateAligned;

    /// <summary>The C library's.</summary>
    public void* CAlignedAlloc, CRealloc, CFree, CUsableSize, SetThreadValue;

    public long Key;

    /// <summary>
    /// Bytes that NumPy's handler asks for beyond what NumPy needs: 1, so that no two arrays touch. NumPy 1.24 (2.2 no more) takes arrays
    /// that touch for overlapping, and computes an exp or tanh from one into the other element by element, 30 times slower. 0 in the debug
    /// mode, whose guard pages lie between and shall lie right behind.
    /// </summary>
    public long GapOfNumpy;

    /// <summary>The C library's.</summary>
    public void* CPosixMemalign;

    /// <summary>The alignment at which a library that the pool serves (<see cref="ServedLibraries"/>) gets blocks of it; 0, which is none, in the debug mode.</summary>
    public long ServedAlignment;
}

/// <summary>
/// The functions that frameworks and C callers get: machine code, because they are called on threads whose .NET state is gone
/// (destructors of thread-local and static objects), where entering managed code ends the process, and because entering it takes as
/// long as an allocation may. What a thread's cache can serve never leaves this page; all else goes on in <see cref="Pool"/>, unless
/// the thread has ended: then a freed block goes onto a list without a lock, and memory comes from the C library.
/// </summary>
internal static unsafe partial class PoolThunks
{
    /// <summary>Shared with the machine code.</summary>
    public static readonly PoolShared* Shared = (PoolShared*)RecordArena.New(sizeof(PoolShared), 256);

    private static readonly Dictionary<string, nint> Entries;

    static PoolThunks()
    {
        Entries = Listing is null ? [] : MachinePage.Publish(Listing, Fill);
        if (Entries.Count == 0)
        {
            Key = ThreadKey.Create(); // the one made before would end threads in code that is not executable
        }
    }

    /// <summary>The key that threads' caches hang on.</summary>
    public static ThreadKey Key { get; private set; }

    /// <summary>Whether there is machine code; if not, <see cref="Pool"/> serves C callers directly and frameworks keep their own allocator.</summary>
    public static bool Available => Entries.Count > 0;

    /// <summary>The listing of this machine, or null where there is none.</summary>
    internal static string? Listing => MachineThunks.Available ? MachinePage.OfThisMachine(X64Listing, Arm64Listing) : null;

    /// <summary>The address of a function, or null.</summary>
    public static void* Entry(string label) => Entries.TryGetValue(label, out nint at) ? (void*)at : null;

    /// <summary>What stands in for a function where machine code cannot be executed: good at any time but late in a thread's life.</summary>
    public static void* Managed(string label) => label switch
    {
        "pool_malloc" => (delegate* unmanaged<nuint, void*>)&Allocate,
        "pool_free" => (delegate* unmanaged<void*, void>)&Free,
        "pool_calloc" => (delegate* unmanaged<nuint, nuint, void*>)&AllocateZeroed,
        "pool_realloc" => (delegate* unmanaged<void*, nuint, void*>)&Reallocate,
        "pool_aligned_alloc" => (delegate* unmanaged<nuint, nuint, void*>)&AllocateAligned,
        _ => (delegate* unmanaged<void*, nuint>)&UsableSize,
    };

    /// <summary>What the machine code leaves out in the debug mode.</summary>
    public static void SetDebugMode(bool on)
    {
        Shared->GapOfNumpy = on ? 0 : 1;
        Shared->ServedAlignment = on ? 0 : PoolTuning.Alignment;
    }

    private static void Fill(nint page, Dictionary<string, int> labels)
    {
        Key = ThreadKey.Create((void*)(page + labels["cache_ended"]));
        ThreadValueSlot? slot = ThreadValueSlot.Find(Key);
        Put("pool_shared", (nint)Shared);
        Put("page_map", (nint)PageMap.Base);

        // Without a slot no thread is ever seen to have a cache: all goes on in C#, and frees are late ones.
        Put("cache_slot", slot?.Offset ?? sizeof(long));
        Put("cache_seq", slot is { } found ? (nint)found.Sequence : -1);
        for (int i = 0; i <= PoolTuning.LargestQuickBlock / PoolTuning.Alignment; i++)
        {
            ((byte*)page)[labels["size_classes"] + i] = (byte)SizeClasses.Of((nuint)i * PoolTuning.Alignment);
        }

        Shared->Fork = ForkBlock.Instance;
        Shared->Ended = ThreadCaches.Ended;
        Shared->Key = Key.Number;
        SetDebugMode(DebugPool.IsOn);
        Shared->Allocate = (delegate* unmanaged<nuint, void*>)&Allocate;
        Shared->Free = (delegate* unmanaged<void*, void>)&Free;
        Shared->AllocateZeroed = (delegate* unmanaged<nuint, nuint, void*>)&AllocateZeroed;
        Shared->Reallocate = (delegate* unmanaged<void*, nuint, void*>)&Reallocate;
        Shared->AllocateAligned = (delegate* unmanaged<nuint, nuint, void*>)&AllocateAligned;
        Shared->CAlignedAlloc = LibC.FindSymbol(null, "memalign");
        Shared->CRealloc = LibC.FindSymbol(null, "realloc");
        Shared->CFree = LibC.FindSymbol(null, "free");
        Shared->CUsableSize = LibC.FindSymbol(null, "malloc_usable_size");
        Shared->CPosixMemalign = LibC.FindSymbol(null, "posix_memalign");
        Shared->SetThreadValue = LibC.FindSymbol(null, "pthread_setspecific");
        ForkBlock.Instance->EndedPoolCache = ThreadCaches.Ended;
        ForkBlock.Instance->PoolCacheSlot = slot?.Offset ?? 0;

        void Put(string label, nint value) => *(nint*)(page + labels[label]) = value;
    }

    [UnmanagedCallersOnly]
    private static void* Allocate(nuint bytes)
    {
        if (!CallerThread.TryEnter())
        {
            return null;
        }

        void* block = Pool.Allocate(bytes);
        CallerThread.Leave();
        return block;
    }

    [UnmanagedCallersOnly]
    private static void Free(void* block)
    {
        CallerThread.Enter();
        Pool.Free(block);
        CallerThread.Leave();
    }

    [UnmanagedCallersOnly]
    private static void* AllocateZeroed(nuint count, nuint bytes)
    {
        if (!CallerThread.TryEnter())
        {
            return null;
        }

        void* block = Pool.AllocateZeroed(count, bytes);
        CallerThread.Leave();
        return block;
    }

    [UnmanagedCallersOnly]
    private static void* Reallocate(void* block, nuint bytes)
    {
        if (!CallerThread.TryEnter())
        {
            return null;
        }

        void* moved = Pool.Reallocate(block, bytes);
        CallerThread.Leave();
        return moved;
    }

    [UnmanagedCallersOnly]
    private static void* AllocateAligned(nuint alignment, nuint bytes)
    {
        if (!CallerThread.TryEnter())
        {
            return null;
        }

        void* block = Pool.AllocateAligned(alignment, bytes);
        CallerThread.Leave();
        return block;
    }

    [UnmanagedCallersOnly]
    private static nuint UsableSize(void* block) => block == null ? 0 : Pool.UsableBytes(block);
}
