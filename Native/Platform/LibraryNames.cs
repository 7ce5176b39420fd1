using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>What <see cref="MachineThunks.NoteLibrary"/> is given and leaves; its layout is the machine code's.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LibraryNames
{
    /// <summary>The loader's count of loads at an earlier visit: if it still is that, nothing is noted.</summary>
    internal ulong LoadsSeen;

    /// <summary>The loader's count of loads now.</summary>
    internal ulong Loads;

    /// <summary>Where the next name goes: all are zero-terminated, one after the other.</summary>
    internal byte* Next;

    /// <summary>End of the room for names.</summary>
    internal byte* End;
}
