using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>The C library's functions that this library calls. All are Linux's; callers ask <see cref="OperatingSystem"/> first where it matters.</summary>
internal static unsafe partial class LibC
{
    internal const int ProtNone = 0, ProtRead = 1, ProtWrite = 2, ProtExec = 4;
    internal const int MapPrivate = 2, MapAnonymous = 0x20;
    internal const int HardwareCapabilities = 16; // AT_HWCAP
    internal const int SveGetVectorLength = 51;   // PR_SVE_GET_VL
    internal const int NoLoad = 4, Lazy = 1;      // RTLD_NOLOAD, RTLD_LAZY
    internal const int NotNeeded = 4, HugePages = 14, NoHugePages = 15; // MADV_DONTNEED, MADV_HUGEPAGE, MADV_NOHUGEPAGE
    internal const int NoReserve = 0x4000;        // MAP_NORESERVE

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "mmap", SetLastError = true)]
    internal static partial void* MapMemory(void* at, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    internal static partial int UnmapMemory(void* at, nuint bytes);

    [LibraryImport(Library, EntryPoint = "mprotect", SetLastError = true)]
    internal static partial int ProtectMemory(void* at, nuint bytes, int protection);

    [LibraryImport(Library, EntryPoint = "madvise", SetLastError = true)]
    internal static partial int AdviseMemory(void* at, nuint bytes, int advice);

    // The process's: another allocator may have taken the C library's place, and two threads that are the first to use glibc's ruin its arenas.
    // Null where there is no memory, unlike NativeMemory's.
    private static readonly delegate* unmanaged<nuint, nuint, void*> Calloc = (delegate* unmanaged<nuint, nuint, void*>)FindSymbol(null, "calloc");

    internal static void* AllocateZeroed(nuint count, nuint bytes) => Calloc(count, bytes);

    internal const int OpenCloseOnExec = 0x80000; // O_RDONLY | O_CLOEXEC

    [LibraryImport(Library, EntryPoint = "open")]
    internal static partial int Open(byte* path, int flags);

    [LibraryImport(Library, EntryPoint = "pread")]
    internal static partial nint ReadAt(int file, void* into, nuint bytes, nint offset);

    [LibraryImport(Library, EntryPoint = "pthread_key_create")]
    internal static partial int CreateThreadKey(uint* key, void* destructor);

    // A few loads: not worth a transition out of managed code.
    [SuppressGCTransition]
    [LibraryImport(Library, EntryPoint = "pthread_getspecific")]
    internal static partial void* GetThreadValue(uint key);

    [LibraryImport(Library, EntryPoint = "pthread_setspecific")]
    internal static partial int SetThreadValue(uint key, void* value);

    // What C++'s thread_local destructors are registered with; the last registered runs first.
    [LibraryImport(Library, EntryPoint = "__cxa_thread_atexit_impl")]
    internal static partial int CallAtThreadEnd(void* function, void* argument, void* library);

    [LibraryImport(Library, EntryPoint = "getauxval")]
    internal static partial nuint AuxiliaryValue(nuint type);

    private const int DataCacheLine = 190; // _SC_LEVEL1_DCACHE_LINESIZE

    // Of the first-level data cache; 0 where the system does not know.
    internal static nint DataCacheLineBytes => OperatingSystem.IsLinux() ? SystemValue(DataCacheLine) : 0;

    [LibraryImport(Library, EntryPoint = "sysconf")]
    private static partial nint SystemValue(int name);

    [LibraryImport(Library, EntryPoint = "prctl")]
    internal static partial int ProcessControl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport(Library, EntryPoint = "sched_getaffinity")]
    internal static partial int GetAffinity(int process, nuint bytes, void* mask);

    [LibraryImport(Library, EntryPoint = "sched_yield")]
    internal static partial int YieldProcessor();

    [LibraryImport(Library, EntryPoint = "usleep")]
    internal static partial int Sleep(uint microseconds);

    // pthread_atfork itself is a static part of the C library; this is what it calls.
    [LibraryImport(Library, EntryPoint = "__register_atfork")]
    internal static partial int RegisterForkHandlers(void* prepare, void* parent, void* child, void* library);

    [LibraryImport(Library, EntryPoint = "dl_iterate_phdr")]
    internal static partial int VisitLoadedLibraries(void* visitor, void* state);

    [LibraryImport(Library, EntryPoint = "dlopen")]
    internal static partial void* OpenLibrary(byte* path, int flags);

    internal const int LinkMapOf = 2; // RTLD_DI_LINKMAP

    [LibraryImport(Library, EntryPoint = "dlinfo")]
    internal static partial int LibraryInformation(void* library, int what, void* into);

    [LibraryImport(Library, EntryPoint = "dlsym", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void* FindSymbol(void* library, string name);
}
