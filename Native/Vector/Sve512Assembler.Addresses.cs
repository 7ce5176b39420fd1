using FugakuDnn.Native.Assembler.A64;
using static FugakuDnn.Native.Assembler.A64.Registers;

namespace FugakuDnn.Native.Vector;

// Addresses. ld1w and st1w reach -8 … 7 vectors from a register, ld1rw 0 … 252 bytes. What is farther goes through a scratch register,
// which is remembered: neighbours of the address are then in its reach. x16 serves vectors, x17 broadcasts and scalars.
internal sealed partial class Sve512Assembler
{
    private const long FirstVector = -8 * Bytes;
    private const long LastVector = 7 * Bytes;
    private const long LastBroadcast = 63 * 4;

    private static readonly R VectorScratch = X(16);
    private static readonly R BroadcastScratch = X(17);

    // What the scratch registers hold: base + offset.
    private (Gpr Base, long Offset)? _vectorWindow;
    private (Gpr Base, long Offset)? _broadcastWindow;

    /// <inheritdoc/>
    public override long Reach(Access access, long itemSpan)
    {
        if (access == Access.Broadcast)
        {
            return LastBroadcast;
        }

        // Items that are too far apart for one pointer get their own.
        long whole = LastVector - FirstVector;
        return itemSpan < whole ? whole - itemSpan : whole;
    }

    /// <inheritdoc/>
    public override AddressSet NewAddressSet(Gpr origin, long[] offsets, long reach, Access access)
    {
        int[] group = Groups(offsets, reach, access, out List<long> starts);
        int most = Math.Max(1, FreeGprs - (access == Access.Broadcast ? GprsForOthers : GprsForLoop));
        int count = Math.Min(starts.Count, most);
        var pointers = new Gpr[count];
        var origins = new long[count];
        for (int i = 0; i < count; i++)
        {
            pointers[i] = NewGpr();
            origins[i] = starts[(int)((long)i * starts.Count / count)];
            AddImmediate(pointers[i], origin, origins[i]);
        }

        int[] pointerOf = new int[offsets.Length];
        long[] displacements = new long[offsets.Length];
        for (int i = 0; i < offsets.Length; i++)
        {
            // The last pointer at or before the item's group; with enough pointers that is its own.
            pointerOf[i] = Array.FindLastIndex(origins, at => at <= starts[group[i]]);
            displacements[i] = offsets[i] - origins[pointerOf[i]];
        }

        return new AddressSet(offsets, pointers, pointerOf, displacements);
    }

    /// <inheritdoc/>
    public override void Prefetch(Gpr @base, long offset, bool intoL2) =>
        Prefetch(intoL2 ? Assembler.A64.Prefetch.Pldl2keep : Assembler.A64.Prefetch.Pldl1keep, @base, offset);

    /// <inheritdoc/>
    public override void PrefetchForWriting(Gpr @base, long offset) => Prefetch(Assembler.A64.Prefetch.Pstl1keep, @base, offset);

    private void Prefetch(Assembler.A64.Prefetch kind, Gpr @base, long offset)
    {
        (R address, int displacement) = Scalar(@base, offset & ~7L);
        _code.Prfm(kind, address, displacement);
    }

    // Registers that kernels take after an address set of broadcasts: a set of vectors, a counter of blocks and one of steps.
    private const int GprsForOthers = 6;
    private const int GprsForLoop = 2;

    /// <summary>
    /// Puts items that one pointer reaches, whatever the displacement up to <paramref name="reach"/>, into one group.
    /// <paramref name="starts"/>: where each group's pointer stands, ascending.
    /// </summary>
    private static int[] Groups(long[] offsets, long reach, Access access, out List<long> starts)
    {
        long width = access == Access.Broadcast ? LastBroadcast : LastVector - FirstVector;
        int unit = access == Access.Broadcast ? 4 : Bytes;
        int[] order = [.. Enumerable.Range(0, offsets.Length).OrderBy(i => offsets[i])];
        int[] group = new int[offsets.Length];
        starts = [];
        long first = 0;
        long last = 0;
        List<long> lasts = [];
        List<long> firsts = [];
        foreach (int i in order)
        {
            if (firsts.Count == 0 || offsets[i] - first + reach > width || (offsets[i] - first) % unit != 0)
            {
                first = offsets[i];
                firsts.Add(first);
                lasts.Add(first);
            }

            last = offsets[i];
            lasts[^1] = last;
            group[i] = firsts.Count - 1;
        }

        for (int g = 0; g < firsts.Count; g++)
        {
            // Negative displacements are used only where the positive ones do not suffice.
            bool shifted = access == Access.Vector && lasts[g] - firsts[g] + reach > LastVector;
            starts.Add(firsts[g] - (shifted ? FirstVector : 0));
        }

        return group;
    }

    /// <summary>Address and number of vectors for ld1w and st1w.</summary>
    private (R Address, int Vectors) Vector(Gpr @base, long offset)
    {
        if (InVectorReach(offset))
        {
            return (R(@base), (int)(offset / Bytes));
        }

        if (_vectorWindow is not { } window || window.Base != @base || !InVectorReach(offset - window.Offset))
        {
            AddAny(VectorScratch, R(@base), offset);
            window = (@base, offset);
            _vectorWindow = window;
        }

        return (VectorScratch, (int)((offset - window.Offset) / Bytes));
    }

    /// <summary>Address and bytes for ld1rw.</summary>
    private (R Address, int Bytes) Broadcasting(Gpr @base, long offset)
    {
        if (InBroadcastReach(offset))
        {
            return (R(@base), (int)offset);
        }

        if (_broadcastWindow is not { } window || window.Base != @base || !InBroadcastReach(offset - window.Offset))
        {
            AddAny(BroadcastScratch, R(@base), offset);
            window = (@base, offset);
            _broadcastWindow = window;
        }

        return (BroadcastScratch, (int)(offset - window.Offset));
    }

    /// <summary>Address and bytes for ldr, str and prfm of 64 bits.</summary>
    private (R Address, int Bytes) Scalar(Gpr @base, long offset)
    {
        if (offset is >= 0 and <= 4095 * 8 && offset % 8 == 0)
        {
            return (R(@base), (int)offset);
        }

        _broadcastWindow = null;
        AddAny(BroadcastScratch, R(@base), offset);
        return (BroadcastScratch, 0);
    }

    private static bool InVectorReach(long offset) => offset is >= FirstVector and <= LastVector && offset % Bytes == 0;

    private static bool InBroadcastReach(long offset) => offset is >= 0 and <= LastBroadcast && offset % 4 == 0;

    /// <summary>d = s + value for any value.</summary>
    private void AddAny(R d, R s, long value)
    {
        bool wide = value is <= -(1 << 24) or >= 1 << 24;
        _code.AddAny(d, s, value, wide ? Constant() : Xzr);
    }

    /// <summary>x30, for a number that no immediate holds.</summary>
    private R Constant()
    {
        _savedGprs.Add(30);
        return X(30);
    }

    private void Forget(Gpr written)
    {
        if (_vectorWindow?.Base == written)
        {
            _vectorWindow = null;
        }

        if (_broadcastWindow?.Base == written)
        {
            _broadcastWindow = null;
        }
    }

    private void ForgetAll()
    {
        _vectorWindow = null;
        _broadcastWindow = null;
    }
}
