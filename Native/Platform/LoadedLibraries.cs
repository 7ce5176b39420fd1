using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>Shared libraries that are in the process already. Nothing is loaded by asking.</summary>
/// <remarks>
/// The loader calls its visitor with its lock held. Managed code there might have to wait for a garbage collection, which may itself wait
/// for a thread that wants that lock (the runtime's unwinder does, when an exception is thrown): for ever. So the visitor is machine
/// code that copies the names, and they are looked at afterwards.
/// </remarks>
internal static unsafe class LoadedLibraries
{
    private const int BytesForNames = 1 << 16;

    /// <summary>A library whose file name starts with a prefix, best one whose path contains a fragment; null if there is none.</summary>
    /// <param name="prefix">Start of the file name.</param>
    /// <param name="preferred">Part of the path that makes a candidate the better one.</param>
    /// <param name="loadsSeen">The loader's count of loads at the last search: without a new one there is nothing to search.</param>
    /// <param name="bytesForNames">Room to begin with; doubled until all names fit.</param>
    internal static void* Find(
        ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> preferred, ref ulong loadsSeen, int bytesForNames = BytesForNames)
    {
        if (MachineThunks.NoteLibrary == null)
        {
            return null;
        }

        for (nuint bytes = (nuint)bytesForNames; ; bytes *= 2)
        {
            byte* room = (byte*)NativeMemory.Alloc(bytes);
            try
            {
                LibraryNames names = new() { LoadsSeen = loadsSeen, Next = room, End = room + bytes };
                bool complete = LibC.VisitLoadedLibraries(MachineThunks.NoteLibrary, &names) == 0;
                if (complete || names.Loads == loadsSeen)
                {
                    loadsSeen = names.Loads;
                    byte* best = Best(room, names.Next, prefix, preferred);
                    return best == null ? null : LibC.OpenLibrary(best, LibC.Lazy | LibC.NoLoad);
                }
            }
            finally
            {
                NativeMemory.Free(room);
            }
        }
    }

    /// <summary>A symbol's address, or null.</summary>
    internal static void* FindSymbol(void* library, string name) => LibC.FindSymbol(library, name);

    private static byte* Best(byte* names, byte* end, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> preferred)
    {
        byte* best = null;
        int rank = 0;
        while (names < end)
        {
            ReadOnlySpan<byte> path = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(names);
            int its = Rank(path, prefix, preferred);
            if (its > rank)
            {
                best = names;
                rank = its;
            }

            names += path.Length + 1;
        }

        return best;
    }

    /// <summary>0: another library. 1: one of those asked for. 2: the preferred one.</summary>
    private static int Rank(ReadOnlySpan<byte> path, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> preferred)
    {
        ReadOnlySpan<byte> name = path[(path.LastIndexOf((byte)'/') + 1)..];
        return !name.StartsWith(prefix) ? 0 : path.IndexOf(preferred) < 0 ? 1 : 2;
    }
}
