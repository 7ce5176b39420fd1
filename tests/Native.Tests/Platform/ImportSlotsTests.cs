using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Platform;

/// <summary>A library that every compiler's programs use, and that allocates.</summary>
public sealed unsafe class ImportSlotsTests
{
    private static readonly void* Library = (void*)NativeLibrary.Load("libgcc_s.so.1");
    private static readonly void* CLibrary = (void*)NativeLibrary.Load("libc.so.6");

    [Fact]
    public void They_hold_the_addresses_that_the_loader_found_or_will_find()
    {
        foreach (string name in (string[])["malloc", "free", "abort"])
        {
            IReadOnlyList<nint> slots = ImportSlots.Of(Library, System.Text.Encoding.UTF8.GetBytes(name));
            Assert.True(slots.Count > 0, name);
            nint libCs = (nint)LibC.FindSymbol(CLibrary, name), processes = (nint)LibC.FindSymbol(null, name);
            Assert.True(slots.All(slot => *(nint*)slot == libCs || *(nint*)slot == processes || IsFilledAtFirstUse(slot)), name);
        }
    }

    // Then it holds a place in the library itself that calls the loader.
    private static bool IsFilledAtFirstUse(nint slot) => Math.Abs(*(nint*)slot - slot) < 1 << 20;

    [Fact]
    public void What_a_library_does_not_import_has_none()
    {
        foreach (string name in (string[])["posix_memalign", "mallo", ""])
        {
            Assert.False(ImportSlots.Of(Library, System.Text.Encoding.UTF8.GetBytes(name)).Any(), name);
        }
    }

    [Fact]
    public void They_can_be_written_though_they_are_read_only()
    {
        nint slot = ImportSlots.Of(Library, "abort"u8)[0], before = *(nint*)slot;
        Assert.True(ImportSlots.Write(Library, slot, (void*)(before + 1)));
        Assert.Equal(before + 1, Volatile.Read(ref *(nint*)slot));
        Assert.True(ImportSlots.Write(Library, slot, (void*)before));
        Assert.Equal(before, Volatile.Read(ref *(nint*)slot));
    }
}
