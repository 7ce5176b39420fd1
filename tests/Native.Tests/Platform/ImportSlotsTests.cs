using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Platform;

/// <summary>A library that every compiler's programs use, and that allocates.</summary>
public sealed unsafe class ImportSlotsTests
{
    private static readonly void* Library = (void*)NativeLibrary.Load("libgcc_s.so.1");
    private static readonly void* CLibrary = (void*)NativeLibrary.Load("libc.so.6");

    [Fact]
    public void They_hold_the_addresses_that_the_loader_found()
    {
        foreach (string name in (string[])["malloc", "free", "abort"])
        {
            IReadOnlyList<nint> slots = ImportSlots.Of(Library, System.Text.Encoding.UTF8.GetBytes(name));
            Assert.NotEmpty(slots);
            nint libCs = (nint)LibC.FindSymbol(CLibrary, name), processes = (nint)LibC.FindSymbol(null, name);
            Assert.All(slots, slot => Assert.True(*(nint*)slot == libCs || *(nint*)slot == processes));
        }
    }

    [Fact]
    public void What_a_library_does_not_import_has_none()
    {
        Assert.Empty(ImportSlots.Of(Library, "posix_memalign"u8));
        Assert.Empty(ImportSlots.Of(Library, "mallo"u8));
        Assert.Empty(ImportSlots.Of(Library, ""u8));
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
