using System.Runtime.CompilerServices;

namespace FugakuDnn.Native.Assembler.A64;

// What loads and stores encode: access size, offsets, NEON lanes.
internal sealed partial class A64Assembler
{
    /// <summary>Bit 30 and the 12-bit offset, scaled, of ldr and str of x and w registers.</summary>
    private static Field Scaled(R t, int offset, [CallerMemberName] string where = "")
    {
        Field imm = Unsigned(offset, 12, 10, t.Is64 ? 8 : 4, 0, nameof(offset), where);
        return new(imm.Value | (t.Is64 ? 1u << 30 : 0), imm.Mask | 1u << 30);
    }

    /// <summary>Bit 31 and the 7-bit offset, scaled, of ldp and stp of x and w registers.</summary>
    private static Field Pair(R t1, R t2, int offset, [CallerMemberName] string where = "")
    {
        Field sf = Sf(31, t1, t2, where);
        Field imm = Signed(offset, 7, 15, t1.Is64 ? 8 : 4, nameof(offset), where);
        return new(sf.Value | imm.Value, sf.Mask | imm.Mask);
    }

    /// <summary>Loads with write-back may not load the base.</summary>
    private static Field NotBase(R t, R n, [CallerMemberName] string where = "") =>
        t.Index == n.Index && t.Index != 31 ? throw new OperandException(where, nameof(t), "other than the base that is written back", t) : Field.None;

    private static Field Distinct(R a, R b, [CallerMemberName] string where = "") =>
        a.Index == b.Index ? throw new OperandException(where, "registers", "distinct", $"{a}, {b}") : Field.None;

    private static Field Distinct(V a, V b, [CallerMemberName] string where = "") =>
        a.Index == b.Index ? throw new OperandException(where, "registers", "distinct", $"{a}, {b}") : Field.None;

    /// <summary>Bits 30-31 and 23: access size of ldr and str of b, h, s, d, q registers.</summary>
    private static Field Access(V t, [CallerMemberName] string where = "") => t.Shape is >= VShape.B and <= VShape.Q
        ? new(t.Shape == VShape.Q ? 1u << 23 : (uint)(t.Shape - VShape.B) << 30, 3u << 30 | 1u << 23)
        : throw new OperandException(where, nameof(t), "a scalar register", t);

    /// <summary>The same with the scaled 12-bit offset.</summary>
    private static Field Scaled(V t, int offset, [CallerMemberName] string where = "")
    {
        Field access = Access(t, where);
        Field imm = Unsigned(offset, 12, 10, 1 << (t.Shape - VShape.B), 0, nameof(offset), where);
        return new(access.Value | imm.Value, access.Mask | imm.Mask);
    }

    /// <summary>Bits 30-31 and the 7-bit offset, scaled, of ldp and stp of s, d, q registers.</summary>
    private static Field Pair(V t1, V t2, int offset, [CallerMemberName] string where = "")
    {
        VShape shape = OneShape([t1, t2], where);
        if (shape is < VShape.S or > VShape.Q)
        {
            throw new OperandException(where, nameof(t1), "s, d or q register", t1);
        }

        Field imm = Signed(offset, 7, 15, 1 << (shape - VShape.B), nameof(offset), where);
        return new(imm.Value | (uint)(shape - VShape.S) << 30, imm.Mask | 3u << 30);
    }

    /// <summary>Whether the index register is scaled by the access size: shift 0 or log2(size).</summary>
    private static Field IndexShift(int shift, int log2, [CallerMemberName] string where = "") => shift == 0 || shift == log2
        ? Field.Bits(shift == log2 ? 1u : 0, 1, 12)
        : throw new OperandException(where, nameof(shift), $"0 or {log2}", shift);

    /// <summary>Bit 30 and the index shift of ldr and str of x and w registers by index.</summary>
    private static Field Indexed(R t, int shift, [CallerMemberName] string where = "")
    {
        Field scaled = IndexShift(shift, t.Is64 ? 3 : 2, where);
        return new(scaled.Value | (t.Is64 ? 1u << 30 : 0), scaled.Mask | 1u << 30);
    }

    private static Field Indexed(V t, int shift, [CallerMemberName] string where = "")
    {
        Field access = Access(t, where);
        Field scaled = IndexShift(shift, t.Shape - VShape.B, where);
        return new(access.Value | scaled.Value, access.Mask | scaled.Mask);
    }

    /// <summary>Q (bit 30) and size (bits 10-11) of ld1, st1, ld1r; 1d included.</summary>
    private static Field Structure(V t, [CallerMemberName] string where = "") => t.Shape is >= VShape.V8B and <= VShape.V2D
        ? new((uint)((t.Shape - VShape.V8B) & 1) << 30 | (uint)((t.Shape - VShape.V8B) / 2) << 10, 1u << 30 | 3u << 10)
        : throw new OperandException(where, nameof(t), "a vector", t);

    private static Field Structure(V t, V t2, [CallerMemberName] string where = "") => t2 == t with { Index = (byte)((t.Index + 1) % 32) }
        ? Structure(t, where)
        : throw new OperandException(where, nameof(t2), "the register after the first, of the same shape", t2);

    /// <summary>imm5 (bits 16-20): element size and number of a lane.</summary>
    private static Field Imm5(VShape laneShape, int lane, string where)
    {
        int size = laneShape - VShape.LaneB;
        uint index = Unsigned(lane, 4 - size, 0, 1, 0, nameof(lane), where).Value;
        return Field.Bits((index << (size + 1)) | (1u << size), 5, 16);
    }

    /// <summary>A lane of <paramref name="v"/> (which is written v.s[lane]).</summary>
    private static Field Lane(V v, int lane, [CallerMemberName] string where = "") => v.Shape >= VShape.LaneB
        ? Imm5(v.Shape, lane, where)
        : throw new OperandException(where, nameof(v), "an element of a vector", v);

    /// <summary>A lane broadcast to a vector of the same element size.</summary>
    private static Field LaneTo(V d, V n, int lane, [CallerMemberName] string where = "")
    {
        int size = n.Shape - VShape.LaneB;
        Field q = Arrange(In.BHSD, d, where);
        Field imm5 = Lane(n, lane, where);
        return ((q.Value >> 22) & 3) == size
            ? new(q.Value & 1u << 30 | imm5.Value, 1u << 30 | imm5.Mask)
            : throw new OperandException(where, nameof(d), $"a vector of {n.Shape}", d);
    }

    /// <summary>A general register broadcast to a vector: element size in imm5.</summary>
    private static Field Broadcast(V d, R n, [CallerMemberName] string where = "")
    {
        Field q = Arrange(In.BHSD, d, where);
        int size = (int)((q.Value >> 22) & 3);
        return n.Is64 == (size == 3)
            ? new(q.Value & 1u << 30 | (1u << size) << 16, 1u << 30 | 31u << 16)
            : throw new OperandException(where, nameof(n), $"a register as wide as {d}'s elements", n);
    }

    /// <summary>Index of a by-element floating-point operand: H:L for s, H for d; the register keeps all five bits.</summary>
    private static Field ByElement(V d, V m, int lane, [CallerMemberName] string where = "")
    {
        bool wide = d.Shape == VShape.V2D;
        if (m.Shape != (wide ? VShape.LaneD : VShape.LaneS))
        {
            throw new OperandException(where, nameof(m), $"an element as wide as {d}'s", m);
        }

        uint index = Unsigned(lane, wide ? 1 : 2, 0, 1, 0, nameof(lane), where).Value;
        uint bits = wide ? index << 11 : (index & 1) << 21 | index >> 1 << 11;
        return new(bits, 1u << 21 | 1u << 11);
    }

    /// <summary>immh:immb of shifts by immediate with Q: left is bits + amount, right is 2 · bits - amount.</summary>
    private static Field VectorShift(V d, V n, int amount, bool right, [CallerMemberName] string where = "")
    {
        Field q = Arrange(In.BHSD, d, n, where);
        int bits = 8 << (int)((q.Value >> 22) & 3);
        int low = right ? 1 : 0;
        return amount >= low && amount < bits + low
            ? new(q.Value & 1u << 30 | (uint)(right ? (2 * bits) - amount : bits + amount) << 16, 1u << 30 | 0x7Fu << 16)
            : throw new OperandException(where, nameof(amount), $"in [{low}, {bits + low - 1}]", amount);
    }

    /// <summary>An 8-bit number in abc (bits 16-18) and defgh (bits 5-9).</summary>
    private static Field Abcdefgh(uint value) => new((value >> 5) << 16 | (value & 31) << 5, 7u << 16 | 31u << 5);

    private static Field Byte(int value, [CallerMemberName] string where = "") => Abcdefgh(Unsigned(value, 8, 0, 1, 0, nameof(value), where).Value);

    private static Field VectorFloat8(double value, [CallerMemberName] string where = "") => Abcdefgh(Float8(value, nameof(value), where));

    /// <summary>The index of an SVE address: any x register but the zero register.</summary>
    private static Field IndexRegister(R m, [CallerMemberName] string where = "") => m.Is64 && m.Index != 31
        ? Field.Bits(m.Index, 5, 16)
        : throw new OperandException(where, nameof(m), "x0-x30", m);
}
