using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Memory;

/// <summary>
/// Libraries whose own aligned memory comes from the pool: the addresses of posix_memalign and free that the loader gave them are replaced.
/// </summary>
/// <remarks>
/// Made for PyTorch's c10, whose default allocator makes some storages past the allocator that is installed, and for oneDNN as a library of
/// its own. For one image that makes 4,335 descriptors in a forward pass of ResNet-50, aligned to cache lines; a hook in the framework's allocator
/// does not see them, and glibc cuts each out of a longer block. Only memory of alignment <see cref="PoolShared.ServedAlignment"/> is served:
/// code that oneDNN's assembler generates is aligned to pages, whose protection it changes.
/// </remarks>
internal static unsafe class ServedLibraries
{
    private static readonly Lock Gate = new();

    /// <summary>
    /// Lets a library that is loaded take its memory from the pool, or no longer. Whatever it has got it can still free: its free stays the
    /// pool's, which knows the C library's memory.
    /// </summary>
    /// <param name="prefix">Start of its file name.</param>
    /// <param name="on">Whether it is served.</param>
    /// <exception cref="FdnnException">With <see cref="Status.Unsupported"/>; its memory comes from where it came before.</exception>
    public static void Serve(string prefix, bool on)
    {
        byte* pool = (byte*)PoolEntries.Needed("pool_posix_memalign"), poolFree = (byte*)PoolEntries.Needed("pool_free");
        PoolShared* c = PoolThunks.Shared;
        lock (Gate)
        {
            void* library = Loaded(System.Text.Encoding.UTF8.GetBytes(prefix)), cLibrary = Loaded("libc.so."u8);
            Need(library != null, "is not loaded");
            IReadOnlyList<nint> allocating = ImportSlots.Of(library, "posix_memalign"u8), freeing = ImportSlots.Of(library, "free"u8);
            Need(allocating.Count > 0 && freeing.Count > 0, "does not import posix_memalign and free");

            // The loader would overwrite a slot that it has not filled yet. And what another tool has put there stays.
            Need(
                Hold(allocating, "posix_memalign", c->CPosixMemalign, pool) && Hold(freeing, "free", c->CFree, poolFree),
                "does not have the C library's functions in their places");
            if (on)
            {
                Need(freeing.All(slot => ImportSlots.Write(library, slot, poolFree)), "cannot be written to");
            }

            Need(allocating.All(slot => ImportSlots.Write(library, slot, on ? pool : c->CPosixMemalign)), "cannot be written to");

            // The process's function of this name may be a jump to the C library's in a program that takes its address, as Debian's python does.
            bool Hold(IReadOnlyList<nint> slots, string name, void* processes, void* pools)
            {
                void* itself = cLibrary == null ? processes : LoadedLibraries.FindSymbol(cLibrary, name);
                return slots.All(slot => *(void**)slot == processes || *(void**)slot == itself || *(void**)slot == pools);
            }
        }

        static void* Loaded(ReadOnlySpan<byte> start)
        {
            ulong loadsSeen = 0;
            return LoadedLibraries.Find(start, default, ref loadsSeen);
        }

        void Need(bool holds, string what)
        {
            if (!holds)
            {
                throw new FdnnException(Status.Unsupported, $"pool: a library to be served must take its memory from the C library; {prefix} {what}");
            }
        }
    }
}
