using System.Numerics;
using System.Runtime.CompilerServices;

namespace FugakuDnn.Native.Assembler.A64;

// Registers and numbers as fields. The compiler hands each its instruction (the calling method) and operand (the argument's text).
internal sealed partial class A64Assembler
{
    private static Field At(R r, int width, int lsb, [CallerArgumentExpression(nameof(r))] string what = "", [CallerMemberName] string where = "") =>
        r.IsSp ? throw new OperandException(where, what, "a general register or zero", r) : Register(r.Index, width, lsb, 'r', what, where);

    /// <summary>A general register or sp, in instructions where number 31 is sp.</summary>
    private static Field AtSp(R r, int width, int lsb, [CallerArgumentExpression(nameof(r))] string what = "", [CallerMemberName] string where = "") =>
        r.Index == 31 && !r.IsSp ? throw new OperandException(where, what, "a general register or sp", r) : Register(r.Index, width, lsb, 'r', what, where);

    /// <summary>The base of an address: x0-x30 or sp.</summary>
    private static Field Base(R r, int lsb = 5, [CallerArgumentExpression(nameof(r))] string what = "", [CallerMemberName] string where = "") =>
        r.Is64 && (r.Index != 31 || r.IsSp) ? Field.Bits(r.Index, 5, lsb) : throw new OperandException(where, what, "x0-x30 or sp", r);

    private static Field At(V v, int width, int lsb, [CallerArgumentExpression(nameof(v))] string what = "", [CallerMemberName] string where = "") =>
        Register(v.Index, width, lsb, 'v', what, where);

    private static Field At(Z z, int width, int lsb, [CallerArgumentExpression(nameof(z))] string what = "", [CallerMemberName] string where = "") =>
        Register(z.Index, width, lsb, 'z', what, where);

    private static Field At(P p, int width, int lsb, [CallerArgumentExpression(nameof(p))] string what = "", [CallerMemberName] string where = "") =>
        Register(p.Index, width, lsb, 'p', what, where);

    private static Field At(Pt p, int width, int lsb, [CallerArgumentExpression(nameof(p))] string what = "", [CallerMemberName] string where = "") =>
        Register(p.Index, width, lsb, 'p', what, where);

    private static Field Register(byte index, int width, int lsb, char file, string what, string where) => index < 1 << width
        ? Field.Bits(index, width, lsb)
        : throw new OperandException(where, what, $"{file}0-{file}{(1 << width) - 1}", $"{file}{index}");

    /// <summary>An enum whose values are its encoding.</summary>
    private static Field At<T>(T value, int width, int lsb, [CallerArgumentExpression(nameof(value))] string what = "", [CallerMemberName] string where = "")
        where T : struct, Enum
    {
        uint bits = Convert.ToUInt32(value, null);
        return Enum.IsDefined(value) && bits < 1u << width
            ? Field.Bits(bits, width, lsb)
            : throw new OperandException(where, what, $"a {typeof(T).Name} of {width} bits", value);
    }

    /// <summary>A number 0 … 2^width - 1 in units of <paramref name="scale"/>, counted from <paramref name="first"/>.</summary>
    private static Field Unsigned(
        long value, int width, int lsb, int scale = 1, int first = 0, [CallerArgumentExpression(nameof(value))] string what = "", [CallerMemberName] string where = "")
    {
        long units = (value - first) / scale;
        return value >= first && (value - first) % scale == 0 && units < 1L << width
            ? Field.Bits((uint)units, width, lsb)
            : throw new OperandException(where, what, $"{Steps(scale)}in [{first}, {first + (((1L << width) - 1) * scale)}]", value);
    }

    /// <summary>A number -2^(width-1) … 2^(width-1) - 1 in units of <paramref name="scale"/>.</summary>
    private static Field Signed(
        long value, int width, int lsb, int scale = 1, [CallerArgumentExpression(nameof(value))] string what = "", [CallerMemberName] string where = "")
    {
        long limit = 1L << (width - 1);
        long units = value / scale;
        return value % scale == 0 && units >= -limit && units < limit
            ? Field.Bits((uint)units & ((1u << width) - 1), width, lsb)
            : throw new OperandException(where, what, $"{Steps(scale)}in [{-limit * scale}, {(limit - 1) * scale}]", value);
    }

    private static string Steps(int scale) => scale == 1 ? "" : $"a multiple of {scale} ";

    /// <summary>A number whose field is split in a high and a low part (high part's lsb, low part's width and lsb).</summary>
    private static Field SignedSplit(
        long value, int highWidth, int highLsb, int lowWidth, int lowLsb, [CallerArgumentExpression(nameof(value))] string what = "", [CallerMemberName] string where = "")
    {
        uint bits = Signed(value, highWidth + lowWidth, 0, 1, what, where).Value;
        Field high = Field.Bits(bits >> lowWidth, highWidth, highLsb);
        Field low = Field.Bits(bits & ((1u << lowWidth) - 1), lowWidth, lowLsb);
        return new Field(high.Value | low.Value, high.Mask | low.Mask);
    }

    /// <summary>The 64-bit flag (bit <paramref name="lsb"/>) of registers that must be of one width.</summary>
    private static Field Sf(int lsb, R a, R b, R c, R d, [CallerMemberName] string where = "") =>
        a.Is64 == b.Is64 && a.Is64 == c.Is64 && a.Is64 == d.Is64
            ? Field.Bits(a.Is64 ? 1u : 0, 1, lsb)
            : throw new OperandException(where, "operands", "of one width", $"{a}, {b}, {c}, {d}");

    private static Field Sf(int lsb, R a, R b, R c, [CallerMemberName] string where = "") => Sf(lsb, a, b, c, c, where);

    private static Field Sf(int lsb, R a, R b, [CallerMemberName] string where = "") => Sf(lsb, a, b, b, b, where);

    private static Field Sf(int lsb, R a) => Field.Bits(a.Is64 ? 1u : 0, 1, lsb);

    /// <summary>Refuses a register that is not 64 bits wide (or not 32).</summary>
    private static Field Wide(bool is64, R r, [CallerArgumentExpression(nameof(r))] string what = "", [CallerMemberName] string where = "") =>
        r.Is64 == is64 ? Field.None : throw new OperandException(where, what, is64 ? "an x register" : "a w register", r);

    /// <summary>The 16-bit quarter that movz, movk and movn write.</summary>
    private static Field Quarter(R d, int shift, [CallerMemberName] string where = "") =>
        Unsigned(shift, d.Is64 ? 2 : 1, 21, 16, 0, nameof(shift), where) with { Mask = 3u << 21 };

    /// <summary>A shift amount smaller than the register.</summary>
    private static Field Amount(R d, int amount, int lsb, [CallerMemberName] string where = "") =>
        Unsigned(amount, d.Is64 ? 6 : 5, lsb, 1, 0, nameof(amount), where) with { Mask = 63u << lsb };

    /// <summary>12 bits, or 12 bits shifted left by 12.</summary>
    private static Field Arithmetic(int value, [CallerMemberName] string where = "") => value switch
    {
        >= 0 and < 4096 => new((uint)value << 10, 0x7FFC00),
        > 0 when (value & 0xFFF) == 0 && value < 1 << 24 => new((1u << 22) | ((uint)value >> 2), 0x7FFC00),
        _ => throw new OperandException(where, nameof(value), "in [0, 4095] or a multiple of 4096 below 2^24", value),
    };

    /// <summary>lsl #n for n below the width, as the rotation and mask that ubfm and sbfm take.</summary>
    private static Field ShiftLeft(R d, int amount, [CallerMemberName] string where = "")
    {
        int width = d.Is64 ? 64 : 32;
        if (amount < 0 || amount >= width)
        {
            throw new OperandException(where, nameof(amount), $"in [0, {width - 1}]", amount);
        }

        return new((((uint)(width - amount) % (uint)width) << 16) | ((uint)(width - 1 - amount) << 10), 0x003FFC00);
    }

    /// <summary>lsr or asr #n.</summary>
    private static Field ShiftRight(R d, int amount, [CallerMemberName] string where = "")
    {
        int width = d.Is64 ? 64 : 32;
        return amount < 0 || amount >= width
            ? throw new OperandException(where, nameof(amount), $"in [0, {width - 1}]", amount)
            : new(((uint)amount << 16) | ((uint)(width - 1) << 10), 0x003FFC00);
    }

    /// <summary>Bit field [lsb, lsb + width) of a register, as ubfx takes it.</summary>
    private static Field Extract(R d, int lsb, int width, [CallerMemberName] string where = "")
    {
        int size = d.Is64 ? 64 : 32;
        return lsb < 0 || width < 1 || lsb + (long)width > size
            ? throw new OperandException(where, "field", $"inside {size} bits", $"{width} bits at {lsb}")
            : new(((uint)lsb << 16) | ((uint)(lsb + width - 1) << 10), 0x003FFC00);
    }

    /// <summary>A bitmask immediate (N:immr:imms): a rotated run of ones, repeated in pieces of 2, 4, … 64 bits.</summary>
    private static Field Bitmask(ulong value, int pieceLimit, int lsb, [CallerArgumentExpression(nameof(value))] string what = "", [CallerMemberName] string where = "")
    {
        ulong pattern = pieceLimit == 64 ? value : Replicate(value, pieceLimit, what, where);
        if (pattern is 0 or ulong.MaxValue)
        {
            throw new OperandException(where, what, "a rotated run of ones", $"0x{value:x}");
        }

        int size = 64;
        while (size > 2 && BitOperations.RotateRight(pattern, size / 2) == pattern)
        {
            size /= 2;
        }

        ulong mask = ulong.MaxValue >> (64 - size);
        ulong piece = pattern & mask;
        int ones = BitOperations.PopCount(piece);
        ulong run = (1UL << ones) - 1;
        for (int rotation = 0; rotation < size; rotation++)
        {
            if ((((run >> rotation) | (run << (size - rotation))) & mask) == piece)
            {
                uint imms = ((~((uint)size - 1) << 1) & 0x3F) | (uint)(ones - 1);
                return Field.Bits((size == 64 ? 1u << 12 : 0) | ((uint)rotation << 6) | imms, 13, lsb);
            }
        }

        throw new OperandException(where, what, "a rotated run of ones", $"0x{value:x}");
    }

    private static ulong Replicate(ulong value, int size, string what, string where)
    {
        if (value >> size != 0)
        {
            throw new OperandException(where, what, $"of {size} bits", $"0x{value:x}");
        }

        for (; size < 64; size *= 2)
        {
            value |= value << size;
        }

        return value;
    }

    private static Field Bitmask(R d, ulong value, [CallerMemberName] string where = "") => Bitmask(value, d.Is64 ? 64 : 32, 10, nameof(value), where);

    private static Field Bitmask(Z d, ulong value, [CallerMemberName] string where = "") => d.Element == Element.None
        ? throw new OperandException(where, "d", "of an element size", d)
        : Bitmask(value, 8 << (int)d.Element, 5, nameof(value), where);

    /// <summary>The condition with its opposite: what cset encodes.</summary>
    private static Field Opposite(Cond condition, int lsb, [CallerMemberName] string where = "") => condition == Cond.Al
        ? throw new OperandException(where, nameof(condition), "not al", condition)
        : Field.Bits((uint)condition ^ 1, 4, lsb);

    /// <summary>An 8-bit float: ±(16 + m)/16 · 2^e with m in 0-15 and e in -3…4.</summary>
    private static Field Float8(double value, int lsb, [CallerArgumentExpression(nameof(value))] string what = "", [CallerMemberName] string where = "") =>
        Field.Bits(Float8(value, what, where), 8, lsb);

    private static uint Float8(double value, string what, string where)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> 52) & 0x7FF) - 1023;
        if (exponent is < -3 or > 4 || (bits & 0x0000_FFFF_FFFF_FFFF) != 0)
        {
            throw new OperandException(where, what, "±(16 + m)/16 · 2^e with m in [0, 15], e in [-3, 4]", value);
        }

        uint sign = bits < 0 ? 0x80u : 0;
        uint e = (uint)(exponent + 3) ^ 4;
        return sign | ((e & 7) << 4) | (uint)((bits >> 48) & 15);
    }

    /// <summary>One of two floats, as one bit.</summary>
    private static Field Either(double value, double zero, double one, int lsb, [CallerMemberName] string where = "") =>
        value == zero ? new(0, 1u << lsb) : value == one ? new(1u << lsb, 1u << lsb) : throw new OperandException(where, nameof(value), $"{zero:0.0} or {one:0.0}", value);

    /// <summary>A shift that arithmetic takes.</summary>
    private static Field NotRor(Shift shift, int lsb, [CallerMemberName] string where = "") =>
        shift == Shift.Ror ? throw new OperandException(where, nameof(shift), "lsl, lsr or asr", shift) : At(shift, 2, lsb, nameof(shift), where);

    /// <summary>The extension of an operand: uxtx and sxtx take an x register, the others a w register.</summary>
    private static Field ExtendedBy(R m, Extend extend, [CallerMemberName] string where = "") => m.Is64 == (extend is Extend.Uxtx or Extend.Sxtx)
        ? At(extend, 3, 13, nameof(extend), where)
        : throw new OperandException(where, nameof(extend), $"one for a register like {m}", extend);

    /// <summary>The number of the bit that tbz tests, in bits 31 and 19-23.</summary>
    private static Field BitNumber(R t, int bit, [CallerMemberName] string where = "")
    {
        uint value = Unsigned(bit, t.Is64 ? 6 : 5, 0, 1, 0, nameof(bit), where).Value;

        // Bits below 32 are always encoded with bit 31 clear, whatever the register is called.
        return new((value >> 5) << 31 | (value & 31) << 19, 0x80F8_0000);
    }

    private static Field LiteralSize(V t, [CallerMemberName] string where = "") => t.Shape is VShape.S or VShape.D or VShape.Q
        ? Field.Bits((uint)(t.Shape - VShape.S), 2, 30)
        : throw new OperandException(where, nameof(t), "an s, d or q register", t);

    private static Field Writable(SystemRegister register, int lsb, [CallerMemberName] string where = "") => register is SystemRegister.Fpcr or SystemRegister.Fpsr
        ? At(register, 15, lsb, nameof(register), where)
        : throw new OperandException(where, nameof(register), "fpcr or fpsr", register);

    /// <summary>The status of a store-exclusive may be neither the data nor the address.</summary>
    private static Field NotStatus(R s, R t, R n, [CallerMemberName] string where = "") => s.Index == t.Index || (s.Index == n.Index && s.Index != 31)
        ? throw new OperandException(where, nameof(s), "other than data and base", s)
        : Field.None;

    /// <summary>An unsigned number whose field is split in a high and a low part.</summary>
    private static Field UnsignedSplit(
        long value, int highWidth, int highLsb, int lowWidth, int lowLsb, [CallerArgumentExpression(nameof(value))] string what = "", [CallerMemberName] string where = "")
    {
        uint bits = Unsigned(value, highWidth + lowWidth, 0, 1, 0, what, where).Value;
        Field high = Field.Bits(bits >> lowWidth, highWidth, highLsb);
        Field low = Field.Bits(bits & ((1u << lowWidth) - 1), lowWidth, lowLsb);
        return new Field(high.Value | low.Value, high.Mask | low.Mask);
    }
}
