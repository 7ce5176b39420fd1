using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Primitives;

/// <summary>
/// Numbers that stand for objects across the C boundary. A number that was destroyed, or never given out, is recognised. An object
/// in use survives its number's destruction until the last user has left. Nothing here takes a lock, so that a forked child can use it.
/// </summary>
/// <remarks>
/// handle = generation · 2³² + slot + 1. A slot's state = generation · 2³² + alive · 2³¹ + users. Its object is there exactly while
/// it is alive or has users; whoever ends both (destroyer or last user) retires the slot.
/// </remarks>
internal static class HandleTable
{
    private const int ChunkSlots = 1024, Chunks = 16384;
    private const long Alive = 1L << 31, UsersMask = Alive - 1;

    private static readonly Slot[]?[] Table = new Slot[]?[Chunks];

    /// <summary>First free slot + 1 in the low half, a count of changes in the high one (so that a stale head is noticed).</summary>
    private static long s_free;
    private static int s_used;

    /// <summary>Gives the object a number.</summary>
    public static ulong Create(IDisposable target)
    {
        int index = TakeSlot();
        ref Slot slot = ref At(index);
        slot.Target = target;
        long generation = (long)Generation(slot.State) << 32;
        Volatile.Write(ref slot.State, generation | Alive);
        return (ulong)generation | (uint)(index + 1);
    }

    /// <summary>Takes the object into use until <see cref="Release"/>; null if there is none of this type by that number.</summary>
    public static T? Use<T>(ulong handle)
        where T : class
    {
        ref Slot slot = ref Find(handle, out bool found);
        if (!found || !TryEnter(ref slot, handle))
        {
            return null;
        }

        if (slot.Target is T target)
        {
            return target;
        }

        Release(handle);
        return null;
    }

    /// <summary>Ends one use.</summary>
    public static void Release(ulong handle)
    {
        int index = (int)(uint)handle - 1;
        if ((uint)Interlocked.Decrement(ref At(index).State) == 0)
        {
            Retire(index);
        }
    }

    /// <summary>Ends the number; false if there is no object of this type by it.</summary>
    public static bool Destroy<T>(ulong handle)
        where T : class
    {
        if (Use<T>(handle) is null)
        {
            return false;
        }

        ref Slot slot = ref At((int)(uint)handle - 1);
        bool ended = false;
        long state = Volatile.Read(ref slot.State);
        while ((state & Alive) != 0)
        {
            long seen = Interlocked.CompareExchange(ref slot.State, state & ~Alive, state);
            ended = seen == state;
            if (ended)
            {
                break;
            }

            state = seen;
        }

        Release(handle);
        return ended;
    }

    private static bool TryEnter(ref Slot slot, ulong handle)
    {
        long state = Volatile.Read(ref slot.State);
        while (Generation(state) == (uint)(handle >> 32) && (state & Alive) != 0)
        {
            long seen = Interlocked.CompareExchange(ref slot.State, state + 1, state);
            if (seen == state)
            {
                return true;
            }

            state = seen;
        }

        return false;
    }

    /// <summary>The object's end; the next object in this slot gets another generation.</summary>
    private static void Retire(int index)
    {
        ref Slot slot = ref At(index);
        IDisposable? target = slot.Target;
        slot.Target = null;
        Volatile.Write(ref slot.State, (long)(Generation(slot.State) + 1) << 32);
        Free(ref slot, index);

        // In a child that must take no lock the memory is left to the process's end.
        if (ForkedChild.MayPlan)
        {
            target?.Dispose();
        }
    }

    private static void Free(ref Slot slot, int index)
    {
        long head = Volatile.Read(ref s_free);
        while (true)
        {
            slot.NextFree = (int)head;
            long seen = Interlocked.CompareExchange(ref s_free, NextHead(head, index + 1), head);
            if (seen == head)
            {
                return;
            }

            head = seen;
        }
    }

    private static int TakeSlot()
    {
        long head = Volatile.Read(ref s_free);
        while ((int)head != 0)
        {
            int index = (int)head - 1;
            long seen = Interlocked.CompareExchange(ref s_free, NextHead(head, Volatile.Read(ref At(index).NextFree)), head);
            if (seen == head)
            {
                return index;
            }

            head = seen;
        }

        int fresh = Interlocked.Increment(ref s_used) - 1;
        if ((uint)fresh >= (uint)Chunks * ChunkSlots)
        {
            Interlocked.Decrement(ref s_used);
            throw new FdnnException(Status.OutOfMemory, $"handles: at most {Chunks * ChunkSlots} can be alive at once");
        }

        ref Slot[]? chunk = ref Table[fresh / ChunkSlots];
        if (Volatile.Read(ref chunk) is null)
        {
            Interlocked.CompareExchange(ref chunk, NewChunk(), null);
        }

        return fresh;
    }

    /// <summary>Generation 0 is never given out, so that small numbers are no handles.</summary>
    private static Slot[] NewChunk()
    {
        Slot[] chunk = new Slot[ChunkSlots];
        for (int i = 0; i < chunk.Length; i++)
        {
            chunk[i].State = 1L << 32;
        }

        return chunk;
    }

    private static long NextHead(long head, int first) => (long)((ulong)(head >>> 32) + 1 << 32) | (uint)first;

    private static uint Generation(long state) => (uint)(state >>> 32);

    private static ref Slot Find(ulong handle, out bool found)
    {
        uint index = (uint)handle - 1;
        found = index < (uint)Chunks * ChunkSlots && Volatile.Read(ref Table[index / ChunkSlots]) is not null;
        return ref At(found ? (int)index : 0, found);
    }

    private static ref Slot At(int index, bool exists = true) =>
        ref exists ? ref Table[index / ChunkSlots]![index % ChunkSlots] : ref Nowhere[0];

    private static readonly Slot[] Nowhere = new Slot[1];

    private struct Slot
    {
        public long State;
        public IDisposable? Target;
        public int NextFree;
    }
}
