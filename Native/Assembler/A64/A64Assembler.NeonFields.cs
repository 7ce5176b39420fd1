using System.Runtime.CompilerServices;

namespace FugakuDnn.Native.Assembler.A64;

// Fields of NEON instructions that stand for few instructions each.
internal sealed partial class A64Assembler
{
    /// <summary>Q and S (bits 30 and 12): the number of a 32-bit lane that is loaded or stored alone.</summary>
    private static Field WordLane(int lane, [CallerMemberName] string where = "")
    {
        uint index = Unsigned(lane, 2, 0, 1, 0, nameof(lane), where).Value;
        return new((index >> 1) << 30 | (index & 1) << 12, 1u << 30 | 1u << 12);
    }

    /// <summary>A general register as wide as a lane: x for d, else w.</summary>
    private static Field HoldsLane(R r, V lane, [CallerMemberName] string where = "") => r.Is64 == (lane.Shape == VShape.LaneD)
        ? Field.None
        : throw new OperandException(where, nameof(r), $"a register as wide as {lane}", r);

    /// <summary>imm5 of the destination and imm4 of the source.</summary>
    private static Field LaneToLane(V d, int to, V n, int from, [CallerMemberName] string where = "")
    {
        if (OneShape([d, n], where) < VShape.LaneB)
        {
            throw new OperandException(where, nameof(d), "an element of a vector", d);
        }

        int size = d.Shape - VShape.LaneB;
        Field imm5 = Imm5(d.Shape, to, where);
        uint index = Unsigned(from, 4 - size, 0, 1, 0, nameof(from), where).Value;
        return new(imm5.Value | index << (11 + size), imm5.Mask | 15u << 11);
    }

    /// <summary>Q (bit 30) of umov: x registers take d lanes, w registers the others.</summary>
    private static Field UnsignedLane(R d, V n, [CallerMemberName] string where = "")
    {
        HoldsLane(d, n, where);
        return new(d.Is64 ? 1u << 30 : 0, 1u << 30);
    }

    private static Field ByteOnly(V d, [CallerMemberName] string where = "") => ByteArrangement([d], where);

    /// <summary>Q and op (bits 30 and 29) of fmov to 2s, 4s, 2d.</summary>
    private static Field FloatImmediate(V d, [CallerMemberName] string where = "") => d.Shape switch
    {
        VShape.V2S => new(0, 3u << 29),
        VShape.V4S => new(2u << 29, 3u << 29),
        VShape.V2D => new(3u << 29, 3u << 29),
        _ => throw new OperandException(where, nameof(d), "2s, 4s or 2d", d),
    };

    /// <summary>sf and type of moves between w and s, x and d.</summary>
    private static Field GeneralScalar(R r, V v, [CallerMemberName] string where = "") => (r.Is64, v.Shape) switch
    {
        (false, VShape.S) => new(0, 1u << 31 | 3u << 22),
        (true, VShape.D) => new(1u << 31 | 1u << 22, 1u << 31 | 3u << 22),
        _ => throw new OperandException(where, "registers", "w and s, or x and d", $"{r}, {v}"),
    };

    private static Field ExtBytes(V d, V n, V m, int bytes, [CallerMemberName] string where = "")
    {
        Field q = Bytes(d, n, m, where);
        Field index = Unsigned(bytes, q.Value == 0 ? 3 : 4, 11, 1, 0, nameof(bytes), where);
        return new(q.Value | index.Value, q.Mask | 15u << 11);
    }

    private static Field TableOf(V d, V table, V m, [CallerMemberName] string where = "")
    {
        Is(VShape.V16B, table, nameof(table), where);
        return Bytes(d, m, where);
    }

    /// <summary>The two elements of 2s or 2d added to a scalar.</summary>
    private static Field ScalarPair(V d, V n, [CallerMemberName] string where = "") => (d.Shape, n.Shape) switch
    {
        (VShape.S, VShape.V2S) => new(0, 1u << 22),
        (VShape.D, VShape.V2D) => new(1u << 22, 1u << 22),
        _ => throw new OperandException(where, "registers", "s and 2s, or d and 2d", $"{d}, {n}"),
    };

    /// <summary>4h to 4s or 2s to 2d, and back.</summary>
    private static Field Lengthen(V wide, V narrow, [CallerMemberName] string where = "") => (wide.Shape, narrow.Shape) switch
    {
        (VShape.V4S, VShape.V4H) => new(0, 1u << 22),
        (VShape.V2D, VShape.V2S) => new(1u << 22, 1u << 22),
        _ => throw new OperandException(where, "registers", "4s and 4h, or 2d and 2s", $"{wide}, {narrow}"),
    };

    /// <summary>Source type (bits 22-23) and result type (bits 15-16) of a conversion between h, s and d.</summary>
    private static Field ScalarConvert(V d, V n, [CallerMemberName] string where = "") => d.Shape != n.Shape
        ? new(Scalars([n], where).Value | Scalars([d], where).Value >> 22 << 15, 3u << 22 | 3u << 15)
        : throw new OperandException(where, "registers", "of two sizes", $"{d}, {n}");

    /// <summary>Reductions of a whole vector into a scalar of its element's size; 2s and 2d have none.</summary>
    private static Field Across(V d, V n, [CallerMemberName] string where = "")
    {
        Field q = Arrange(In.BHS, n, where);
        int size = (int)((q.Value >> 22) & 3);
        return (int)d.Shape == 1 + size && n.Shape != VShape.V2S
            ? q
            : throw new OperandException(where, "registers", "b and 8b or 16b, h and 4h or 8h, s and 4s", $"{d}, {n}");
    }

    /// <summary>immh:immb of a shift that doubles the element size.</summary>
    private static Field Longer(V d, V n, int amount, [CallerMemberName] string where = "")
    {
        int size = (n.Shape - VShape.V8B) / 2;
        if ((d.Shape, n.Shape) is not ((VShape.V8H, VShape.V8B) or (VShape.V4S, VShape.V4H) or (VShape.V2D, VShape.V2S)))
        {
            throw new OperandException(where, "registers", "8h and 8b, 4s and 4h, or 2d and 2s", $"{d}, {n}");
        }

        Field low = Unsigned(amount, 3 + size, 16, 1, 0, nameof(amount), where);
        return new(low.Value | (8u << size) << 16, 0x7Fu << 16);
    }
}
