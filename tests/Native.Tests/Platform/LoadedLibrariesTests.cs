using System.Runtime.InteropServices;
using System.Text;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Platform;

public sealed unsafe class LoadedLibrariesTests
{
    [Theory]
    [InlineData(1)] // doubled until all names fit
    [InlineData(1 << 16)]
    public void The_C_library_is_found_in_the_process(int bytesForNames)
    {
        ulong loadsSeen = 0;
        void* library = LoadedLibraries.Find("libc.so"u8, "/nowhere"u8, ref loadsSeen, bytesForNames);
        Assert.True(library != null && loadsSeen > 0);
        Assert.Equal((nint)NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "getpid"), (nint)LoadedLibraries.FindSymbol(library, "getpid"));
    }

    [Fact]
    public void What_is_not_there_is_not_found()
    {
        ulong loadsSeen = 0;
        Assert.True(LoadedLibraries.Find("libfugaku-nowhere"u8, "/"u8, ref loadsSeen) == null);
        Assert.True(loadsSeen > 0);
    }

    [Fact]
    public void The_visitor_notes_names_until_the_room_is_full_and_none_if_nothing_was_loaded()
    {
        byte* room = stackalloc byte[16];
        LibraryNames names = new() { LoadsSeen = 7, Next = room, End = room + 16 };
        Assert.Equal(1, Note("libold.so", 7, &names));
        Assert.Equal((7, 0), ((int)names.Loads, (int)(names.Next - room)));
        Assert.Equal(0, Note("", 8, &names)); // the program itself
        Assert.Equal(0, Note("libm.so", 8, &names));
        Assert.Equal((8, 9), ((int)names.Loads, (int)(names.Next - room)));
        Assert.Equal(1, Note("libtoolong.so", 8, &names));
        Assert.Equal(9, names.Next - room);
        Assert.Equal("\0libm.so\0", Encoding.ASCII.GetString(room, 9));
    }

    /// <summary>Calls the visitor as the loader does, with a dl_phdr_info: address, name, headers, their count, loads, unloads.</summary>
    private static int Note(string name, nint loads, LibraryNames* names)
    {
        fixed (byte* text = Encoding.ASCII.GetBytes(name + "\0"))
        {
            nint* library = stackalloc nint[] { 0, (nint)text, 0, 0, loads, 0 };
            return ((delegate* unmanaged<void*, nint, void*, int>)MachineThunks.NoteLibrary)(library, 6 * sizeof(nint), names);
        }
    }
}
