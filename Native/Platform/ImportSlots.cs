using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>Where a loaded library keeps the addresses of functions that it imports: its global offset table, and tables of its own.</summary>
/// <remarks>System V ABI, chapter 5, and its supplements for x86-64 and AArch64; glibc's struct link_map.</remarks>
internal static unsafe class ImportSlots
{
    private const long StringTable = 5, SymbolTable = 6, Relocations = 7, RelocationBytes = 8, JumpRelocations = 23, JumpRelocationBytes = 2;
    private const uint ElfMagic = 0x464C457F;
    private const int SegmentTableAt = 32, SegmentsAt = 56; // of the file's header
    private const uint ReadOnlyAfterRelocation = 0x6474E552; // PT_GNU_RELRO

    private static readonly uint[] KindsOnX64 = [1, 6, 7], KindsOnArm64 = [257, 1025, 1026]; // R_*_64, GLOB_DAT, JUMP_SLOT

    /// <summary>All places of a function's address in a library.</summary>
    /// <param name="library">A handle of the loader.</param>
    /// <param name="function">The function's name.</param>
    public static IReadOnlyList<nint> Of(void* library, ReadOnlySpan<byte> function)
    {
        List<nint> slots = [];
        LinkMap* map = MapOf(library);
        if (map == null)
        {
            return slots;
        }

        uint[] kinds = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? KindsOnArm64 : KindsOnX64;
        byte* names = (byte*)Pointer(map, StringTable);
        Symbol* symbols = (Symbol*)Pointer(map, SymbolTable);
        Add((Relocation*)Pointer(map, Relocations), Value(map, RelocationBytes), function);
        Add((Relocation*)Pointer(map, JumpRelocations), Value(map, JumpRelocationBytes), function);
        return slots;

        void Add(Relocation* relocations, long bytes, ReadOnlySpan<byte> wanted)
        {
            for (Relocation* at = relocations; at != null && at < (byte*)relocations + bytes; at++)
            {
                if (at->Addend == 0 && kinds.Contains((uint)at->Info)
                    && MemoryMarshal.CreateReadOnlySpanFromNullTerminated(names + symbols[at->Info >> 32].Name).SequenceEqual(wanted))
                {
                    slots.Add(map->Base + (nint)at->Offset);
                }
            }
        }
    }

    /// <summary>Writes an address into a slot, which the loader may have made read-only; false where the system forbids it.</summary>
    public static bool Write(void* library, nint slot, void* function)
    {
        void* page = (void*)PageOf(slot);
        nuint bytes = (nuint)NativeMemoryPages.PageBytes;
        if (LibC.ProtectMemory(page, bytes, LibC.ProtRead | LibC.ProtWrite) != 0)
        {
            return false;
        }

        Volatile.Write(ref *(nint*)slot, (nint)function);
        if (IsReadOnly(MapOf(library), slot))
        {
            _ = LibC.ProtectMemory(page, bytes, LibC.ProtRead);
        }

        return true;
    }

    private static nint PageOf(nint address) => address & -(nint)NativeMemoryPages.PageBytes;

    private static LinkMap* MapOf(void* library)
    {
        LinkMap* map;
        return LibC.LibraryInformation(library, LibC.LinkMapOf, &map) == 0 ? map : null;
    }

    private static bool IsReadOnly(LinkMap* map, nint slot)
    {
        byte* file = (byte*)map->Base;
        int segments = *(uint*)file == ElfMagic ? *(ushort*)(file + SegmentsAt) : 0;
        for (int i = 0; i < segments; i++)
        {
            Segment* segment = (Segment*)(file + *(long*)(file + SegmentTableAt)) + i;
            if (segment->Kind == ReadOnlyAfterRelocation)
            {
                nint start = map->Base + (nint)segment->Address;
                return slot >= PageOf(start) && slot < PageOf(start + (nint)segment->Bytes); // as glibc does
            }
        }

        return false;
    }

    private static long Value(LinkMap* map, long tag)
    {
        for (Entry* entry = (Entry*)map->Dynamic; entry->Tag != 0; entry++)
        {
            if (entry->Tag == tag)
            {
                return entry->Value;
            }
        }

        return 0;
    }

    // glibc has added the base already where it could write the table.
    private static nint Pointer(LinkMap* map, long tag)
    {
        nint value = (nint)Value(map, tag);
        return value == 0 || value >= map->Base ? value : map->Base + value;
    }

    private readonly record struct LinkMap(nint Base, nint Name, nint Dynamic);

    private readonly record struct Entry(long Tag, long Value);

    private readonly record struct Relocation(ulong Offset, ulong Info, long Addend);

    private readonly record struct Symbol(uint Name, uint Kind, ulong Value, ulong Bytes);

    private readonly record struct Segment(uint Kind, uint Flags, ulong Offset, ulong Address, ulong Physical, ulong BytesInFile, ulong Bytes, ulong Alignment);
}
