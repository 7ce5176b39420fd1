using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>
/// Where glibc keeps a thread's value of a key, from the thread pointer: machine code reads it there in one instruction, where a call
/// of pthread_getspecific would take as long as the rest of an allocation.
/// </summary>
/// <remarks>
/// A thread's first 32 values stand in its own descriptor, as pairs (sequence number of the key, value); the value counts only if
/// the number is the key's. The place is not documented, so it is looked for, and checked with two values. Where it is not found
/// (another C library, more than 32 keys) there is none, and pthread_getspecific has to do.
/// </remarks>
/// <param name="Offset">Of the value, from the thread pointer; the sequence number stands 8 bytes before it.</param>
/// <param name="Sequence">The key's sequence number.</param>
internal readonly unsafe record struct ThreadValueSlot(nint Offset, long Sequence)
{
    private const uint KeysInDescriptor = 32;

    // The descriptor begins at the thread pointer on x86-64, and ends there on Arm. Neither bound reaches beyond it.
    private const int FirstOnX64 = 0x100, EndOnX64 = 0x800, FirstOnArm64 = -0x6E0, EndOnArm64 = -0x10;

    /// <summary>Looks for the place; null where it cannot be found. Leaves the calling thread's value null.</summary>
    internal static ThreadValueSlot? Find(ThreadKey key)
    {
        if (!MachineThunks.Available || key.Number >= KeysInDescriptor)
        {
            return null;
        }

        bool arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        byte* thread = (byte*)MachineThunks.ReadThreadPointer();
        int place = 0, found = 0;
        for (int offset = arm ? FirstOnArm64 : FirstOnX64; offset < (arm ? EndOnArm64 : EndOnX64); offset += sizeof(void*))
        {
            if (Shows(key, thread + offset, 0x5EED_F00D_0D15_EA5E) && Shows(key, thread + offset, 0x1234_5678_9ABC_DEF0))
            {
                place = offset;
                found++;
            }
        }

        key.Set(null);
        long sequence = found == 1 ? *(long*)(thread + place - sizeof(long)) : 0;
        return sequence != 0 ? new ThreadValueSlot(place, sequence) : null;
    }

    private static bool Shows(ThreadKey key, byte* at, long value)
    {
        key.Set((void*)value);
        return Volatile.Read(ref *(long*)at) == value;
    }
}
