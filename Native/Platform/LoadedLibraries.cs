using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>Shared libraries that are in the process already. Nothing is loaded by asking.</summary>
internal static unsafe class LoadedLibraries
{
    /// <summary>A library whose file name starts with a prefix, best one whose path contains a fragment; null if there is none.</summary>
    /// <param name="prefix">Start of the file name.</param>
    /// <param name="preferred">Part of the path that makes a candidate the better one.</param>
    /// <param name="loadsSeen">The loader's count of loads at the last search: without a new one there is nothing to search.</param>
    internal static void* Find(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> preferred, ref ulong loadsSeen)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        fixed (byte* prefixAt = prefix, preferredAt = preferred)
        {
            Search search = new()
            {
                LoadsSeen = loadsSeen,
                Prefix = prefixAt,
                PrefixBytes = prefix.Length,
                Preferred = preferredAt,
                PreferredBytes = preferred.Length,
            };
            _ = LibC.VisitLoadedLibraries(&Visit, &search);
            loadsSeen = search.LoadsSeen;
            return search.Rank > 0 ? LibC.OpenLibrary(search.Path, LibC.Lazy | LibC.NoLoad) : null;
        }
    }

    /// <summary>A symbol's address, or null.</summary>
    internal static void* FindSymbol(void* library, string name) => LibC.FindSymbol(library, name);

    // Called with the loader's lock held: it only compares and copies bytes.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Visit(LibC.LoadedLibrary* library, nuint size, void* state)
    {
        Search* search = (Search*)state;
        if (!search->Started)
        {
            search->Started = true;
            if (library->Loads == search->LoadsSeen)
            {
                return 1;
            }

            search->LoadsSeen = library->Loads;
        }

        ReadOnlySpan<byte> path = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(library->Path);
        int rank = search->RankOf(path);
        if (rank > search->Rank)
        {
            search->Rank = rank;
            path.CopyTo(new Span<byte>(search->Path, Search.PathBytes));
            search->Path[path.Length] = 0;
        }

        return 0;
    }

    private struct Search
    {
        internal const int PathBytes = 4096;

        internal byte* Prefix, Preferred;
        internal int PrefixBytes, PreferredBytes;
        internal ulong LoadsSeen;
        internal bool Started;
        internal int Rank;
        internal fixed byte Path[PathBytes];

        internal readonly int RankOf(ReadOnlySpan<byte> path)
        {
            ReadOnlySpan<byte> name = path[(path.LastIndexOf((byte)'/') + 1)..];
            return !name.StartsWith(new ReadOnlySpan<byte>(Prefix, PrefixBytes)) || path.Length >= PathBytes ? 0
                : path.IndexOf(new ReadOnlySpan<byte>(Preferred, PreferredBytes)) < 0 ? 1 : 2;
        }
    }
}
