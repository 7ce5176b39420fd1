using System.Runtime.CompilerServices;

namespace FugakuDnn.Native.Assembler.A64;

// Element sizes and arrangements as fields.
internal sealed partial class A64Assembler
{
    /// <summary>Sets of element sizes, one bit each, by which instructions say what they take.</summary>
    [Flags]
    private enum In
    {
        B = 1,
        H = 2,
        S = 4,
        D = 8,
        BHS = B | H | S,
        BHSD = B | H | S | D,
        HSD = H | S | D,
        HS = H | S,
        SD = S | D,
    }

    private static Element Same(In allowed, ReadOnlySpan<Element> sizes, string where)
    {
        Element first = sizes[0];
        foreach (Element size in sizes)
        {
            if (size != first || first == Element.None || ((int)allowed >> (int)first & 1) == 0)
            {
                throw new OperandException(where, "element sizes", $"equal and in {allowed}", string.Join(", ", sizes.ToArray()));
            }
        }

        return first;
    }

    private static Field Size(In allowed, int lsb, Z a, [CallerMemberName] string where = "") =>
        Field.Bits((uint)Same(allowed, [a.Element], where), 2, lsb);

    private static Field Size(In allowed, int lsb, Z a, Z b, [CallerMemberName] string where = "") =>
        Field.Bits((uint)Same(allowed, [a.Element, b.Element], where), 2, lsb);

    private static Field Size(In allowed, int lsb, Z a, Z b, Z c, [CallerMemberName] string where = "") =>
        Field.Bits((uint)Same(allowed, [a.Element, b.Element, c.Element], where), 2, lsb);

    private static Field Size(In allowed, int lsb, Z a, Z b, Z c, Z d, [CallerMemberName] string where = "") =>
        Field.Bits((uint)Same(allowed, [a.Element, b.Element, c.Element, d.Element], where), 2, lsb);

    private static Field Size(In allowed, int lsb, Pt a, [CallerMemberName] string where = "") =>
        Field.Bits((uint)Same(allowed, [a.Element], where), 2, lsb);

    private static Field Size(In allowed, int lsb, Pt a, Pt b, [CallerMemberName] string where = "") =>
        Field.Bits((uint)Same(allowed, [a.Element, b.Element], where), 2, lsb);

    private static Field Size(In allowed, int lsb, Pt a, Pt b, Pt c, [CallerMemberName] string where = "") =>
        Field.Bits((uint)Same(allowed, [a.Element, b.Element, c.Element], where), 2, lsb);

    private static Field Size(In allowed, int lsb, Pt a, Pt b, Pt c, Pt d, [CallerMemberName] string where = "") =>
        Field.Bits((uint)Same(allowed, [a.Element, b.Element, c.Element, d.Element], where), 2, lsb);

    private static Field Size(In allowed, int lsb, Pt a, Z b, [CallerMemberName] string where = "") =>
        Field.Bits((uint)Same(allowed, [a.Element, b.Element], where), 2, lsb);

    private static Field Size(In allowed, int lsb, Pt a, Z b, Z c, [CallerMemberName] string where = "") =>
        Field.Bits((uint)Same(allowed, [a.Element, b.Element, c.Element], where), 2, lsb);

    /// <summary>The element size counted down from D, as sign-extending loads encode it.</summary>
    private static Field InverseSize(In allowed, int lsb, Z a, [CallerMemberName] string where = "") =>
        Field.Bits(3 - (uint)Same(allowed, [a.Element], where), 2, lsb);

    /// <summary>S or D as one bit.</summary>
    private static Field Double(int lsb, Z a, [CallerMemberName] string where = "") =>
        Field.Bits((uint)Same(In.SD, [a.Element], where) - 2, 1, lsb);

    private static Field Double(int lsb, Z a, Z b, [CallerMemberName] string where = "") =>
        Field.Bits((uint)Same(In.SD, [a.Element, b.Element], where) - 2, 1, lsb);

    /// <summary>Refuses any element size but one; owns no bits.</summary>
    private static Field Is(Element element, Z z, [CallerArgumentExpression(nameof(z))] string what = "", [CallerMemberName] string where = "") =>
        z.Element == element ? Field.None : throw new OperandException(where, what, $"of element size {element}", z);

    private static Field Is(Element element, Pt p, [CallerArgumentExpression(nameof(p))] string what = "", [CallerMemberName] string where = "") =>
        p.Element == element ? Field.None : throw new OperandException(where, what, $"of element size {element}", p);

    /// <summary>The source is half as wide as the result, whose size is the field.</summary>
    private static Field Widening(In allowed, int lsb, Z to, Z from, [CallerMemberName] string where = "") => to.Element == from.Element + 1 && from.Element != Element.None
        ? Field.Bits((uint)Same(allowed, [to.Element], where), 2, lsb)
        : throw new OperandException(where, "source", "half as wide as the result", $"{to}, {from}");

    /// <summary>A general register as wide as the elements: x for D, else w.</summary>
    private static Field Holds(R r, Z z, [CallerArgumentExpression(nameof(r))] string what = "", [CallerMemberName] string where = "") =>
        r.Is64 == (z.Element == Element.D) ? Field.None : throw new OperandException(where, what, $"a register as wide as {z}", r);

    /// <summary>A scalar register as wide as the elements.</summary>
    private static Field Holds(V v, Z z, [CallerArgumentExpression(nameof(v))] string what = "", [CallerMemberName] string where = "") =>
        (int)v.Shape == (int)z.Element + 1 ? Field.None : throw new OperandException(where, what, $"a scalar register as wide as {z}", v);

    private static Field SameRegister(Z a, Z b, [CallerMemberName] string where = "") =>
        a.Index == b.Index ? Field.None : throw new OperandException(where, "operands", "one register", $"{a}, {b}");

    /// <summary>The second and further registers of a list, which must follow the first (z31 is followed by z0).</summary>
    private static Field Follow(Z first, Z next, int distance, [CallerMemberName] string where = "") =>
        next.Index == (first.Index + distance) % 32 && next.Element == first.Element ? Field.None : throw new OperandException(where, "registers", "consecutive", $"{first}, {next}");

    /// <summary>Element number and size of dup (lane): imm2:tsz, where the lowest set bit of tsz is the size.</summary>
    private static Field Lane(Z d, Z n, int lane, [CallerMemberName] string where = "")
    {
        int size = (int)Same(In.BHSD, [d.Element, n.Element], where);
        uint index = Unsigned(lane, 6 - size, 0, 1, 0, nameof(lane), where).Value;
        uint bits = (index << (size + 1)) | (1u << size);
        return new((bits & 31) << 16 | (bits >> 5) << 22, 0x00DF_0000);
    }

    /// <summary>An 8-bit signed number, or a multiple of 256 for wider elements.</summary>
    private static Field Broadcast(Z d, int value, [CallerMemberName] string where = "")
    {
        int size = (int)d.Element;
        if (value is >= -128 and <= 127 || (size == 0 && value is >= -128 and <= 255))
        {
            return new(((uint)value & 0xFF) << 5, 0x3FE0);
        }

        bool wraps = size == 1 && value is > 32512 and <= 65280;
        return size > 0 && value % 256 == 0 && (value is >= -32768 and <= 32512 || wraps)
            ? new((1u << 13) | (((uint)(value / 256) & 0xFF) << 5), 0x3FE0)
            : throw new OperandException(where, nameof(value), "in [-128, 127] or a multiple of 256 in [-32768, 32512]", value);
    }

    /// <summary>An 8-bit unsigned number, or a multiple of 256 for wider elements.</summary>
    private static Field Addend(Z d, int value, [CallerMemberName] string where = "") => value switch
    {
        >= 0 and <= 255 => new((uint)value << 5, 0x3FE0),
        > 0 when d.Element > Element.B && value % 256 == 0 && value <= 65280 => new((1u << 13) | ((uint)(value / 256) << 5), 0x3FE0),
        _ => throw new OperandException(where, nameof(value), "in [0, 255] or a multiple of 256 up to 65280", value),
    };

    /// <summary>tsz:imm3 of a left shift: bits + amount.</summary>
    private static Field LeftBy(Z z, int amount, int highLsb, int lowLsb, [CallerMemberName] string where = "")
    {
        int bits = 8 << (int)Same(In.BHSD, [z.Element], where);
        return amount >= 0 && amount < bits ? Split((uint)(bits + amount), highLsb, lowLsb) : throw new OperandException(where, nameof(amount), $"in [0, {bits - 1}]", amount);
    }

    /// <summary>tsz:imm3 of a right shift: 2 · bits - amount.</summary>
    private static Field RightBy(Z z, int amount, int highLsb, int lowLsb, [CallerMemberName] string where = "")
    {
        int bits = 8 << (int)Same(In.BHSD, [z.Element], where);
        return amount >= 1 && amount <= bits ? Split((uint)((2 * bits) - amount), highLsb, lowLsb) : throw new OperandException(where, nameof(amount), $"in [1, {bits}]", amount);
    }

    private static Field Split(uint bits, int highLsb, int lowLsb) => new(bits >> 5 << highLsb | (bits & 31) << lowLsb, 3u << highLsb | 31u << lowLsb);

    /// <summary>Q and size of equal integer arrangements.</summary>
    private static Field Arrangement(In allowed, ReadOnlySpan<V> registers, string where)
    {
        VShape shape = OneShape(registers, where);
        int code = shape - VShape.V8B;
        return shape is >= VShape.V8B and <= VShape.V2D and not VShape.V1D && ((int)allowed >> (code / 2) & 1) != 0
            ? new((uint)(code & 1) << 30 | (uint)(code / 2) << 22, 0x40C0_0000)
            : throw new OperandException(where, "arrangement", $"a vector of {allowed}", registers[0]);
    }

    private static Field Arrange(In allowed, V a, V b, [CallerMemberName] string where = "") => Arrangement(allowed, [a, b], where);

    private static Field Arrange(In allowed, V a, V b, V c, [CallerMemberName] string where = "") => Arrangement(allowed, [a, b, c], where);

    private static Field Arrange(In allowed, V a, [CallerMemberName] string where = "") => Arrangement(allowed, [a], where);

    /// <summary>Q and sz of equal floating-point arrangements: 2s, 4s, 2d.</summary>
    private static Field FloatArrangement(ReadOnlySpan<V> registers, string where) => OneShape(registers, where) switch
    {
        VShape.V2S => new(0, 0x4040_0000),
        VShape.V4S => new(0x4000_0000, 0x4040_0000),
        VShape.V2D => new(0x4040_0000, 0x4040_0000),
        _ => throw new OperandException(where, "arrangement", "2s, 4s or 2d", registers[0]),
    };

    private static Field FloatArrange(V a, V b, [CallerMemberName] string where = "") => FloatArrangement([a, b], where);

    private static Field FloatArrange(V a, V b, V c, [CallerMemberName] string where = "") => FloatArrangement([a, b, c], where);

    /// <summary>Q of equal byte arrangements: 8b, 16b.</summary>
    private static Field ByteArrangement(ReadOnlySpan<V> registers, string where) => OneShape(registers, where) switch
    {
        VShape.V8B => new(0, 1u << 30),
        VShape.V16B => new(1u << 30, 1u << 30),
        _ => throw new OperandException(where, "arrangement", "8b or 16b", registers[0]),
    };

    private static Field Bytes(V a, V b, [CallerMemberName] string where = "") => ByteArrangement([a, b], where);

    private static Field Bytes(V a, V b, V c, [CallerMemberName] string where = "") => ByteArrangement([a, b, c], where);

    private static VShape OneShape(ReadOnlySpan<V> registers, string where)
    {
        foreach (V register in registers)
        {
            if (register.Shape != registers[0].Shape)
            {
                throw new OperandException(where, "arrangements", "equal", $"{registers[0]}, {register}");
            }
        }

        return registers[0].Shape;
    }

    /// <summary>Refuses any shape but one; owns no bits.</summary>
    private static Field Is(VShape shape, V v, [CallerArgumentExpression(nameof(v))] string what = "", [CallerMemberName] string where = "") =>
        v.Shape == shape ? Field.None : throw new OperandException(where, what, $"of shape {shape}", v);

    /// <summary>The type (bits 22-23) of equal scalar floating-point registers h, s, d.</summary>
    private static Field Scalars(ReadOnlySpan<V> registers, string where) => OneShape(registers, where) switch
    {
        VShape.S => new(0, 3u << 22),
        VShape.D => new(1u << 22, 3u << 22),
        VShape.H => new(3u << 22, 3u << 22),
        _ => throw new OperandException(where, "scalar", "h, s or d", registers[0]),
    };

    private static Field Scalar(V a, [CallerMemberName] string where = "") => Scalars([a], where);

    private static Field Scalar(V a, V b, [CallerMemberName] string where = "") => Scalars([a, b], where);

    private static Field Scalar(V a, V b, V c, [CallerMemberName] string where = "") => Scalars([a, b, c], where);

    private static Field Scalar(V a, V b, V c, V d, [CallerMemberName] string where = "") => Scalars([a, b, c, d], where);

    /// <summary>A register whose syntax has no element size.</summary>
    private static Field Bare(Z z, int lsb = 0, [CallerArgumentExpression(nameof(z))] string what = "", [CallerMemberName] string where = "") =>
        z.Element == Element.None ? Field.Bits(z.Index, 5, lsb) : throw new OperandException(where, what, "without element size", z);

    /// <summary>Bits 17-18 and 22-23 of conversions between integers and floats of one size.</summary>
    private static Field EqualFloatPair(Z d, Z n, [CallerMemberName] string where = "") => Same(In.HSD, [d.Element, n.Element], where) switch
    {
        Element.H => new(1u << 22 | 1u << 17, 0xC6_0000),
        Element.S => new(2u << 22 | 2u << 17, 0xC6_0000),
        _ => new(3u << 22 | 3u << 17, 0xC6_0000),
    };
}
