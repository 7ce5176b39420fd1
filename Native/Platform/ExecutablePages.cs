using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>Turns filled pages into code.</summary>
internal static unsafe class ExecutablePages
{
    /// <summary>
    /// Makes pages readable and executable, no longer writable; false where the system forbids it. Linux cleans the data cache and
    /// invalidates the instruction cache itself when a page becomes executable for the first time, which is the only time here.
    /// </summary>
    internal static bool MakeExecutable(void* at, long bytes)
    {
        if (LibC.ProtectMemory(at, (nuint)bytes, LibC.ProtRead | LibC.ProtExec) != 0)
        {
            return false;
        }

        ClearInstructionCache(at, bytes);
        return true;
    }

    /// <summary>Belt and braces on Arm: the compiler's own routine, where its library is at hand.</summary>
    private static void ClearInstructionCache(void* at, long bytes)
    {
        if (RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            && NativeLibrary.TryLoad("libgcc_s.so.1", out nint library)
            && NativeLibrary.TryGetExport(library, "__clear_cache", out nint function))
        {
            ((delegate* unmanaged<void*, void*, void>)function)(at, (byte*)at + bytes);
        }
    }
}
