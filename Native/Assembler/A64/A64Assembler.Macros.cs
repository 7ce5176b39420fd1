namespace FugakuDnn.Native.Assembler.A64;

// What takes several instructions, or picks one of several.
internal sealed partial class A64Assembler
{
    /// <summary>Sets a register to any value in as few instructions as movz, movn, movk and orr allow.</summary>
    public void Mov(R d, long value)
    {
        ulong bits = d.Is64 ? (ulong)value : (uint)value;
        int quarters = d.Is64 ? 4 : 2;
        int zeros = 0;
        int ones = 0;
        for (int i = 0; i < quarters; i++)
        {
            int quarter = Quarter(bits, i);
            zeros += quarter == 0 ? 1 : 0;
            ones += quarter == 0xFFFF ? 1 : 0;
        }

        if (Math.Max(zeros, ones) < quarters - 1 && IsBitmask(d, bits))
        {
            Orr(d, d.Is64 ? Registers.Xzr : Registers.Wzr, bits);
            return;
        }

        bool inverted = ones > zeros;
        int skipped = inverted ? 0xFFFF : 0;
        bool first = true;
        for (int i = 0; i < quarters; i++)
        {
            int quarter = Quarter(bits, i);
            if (quarter == skipped && !(first && i == quarters - 1))
            {
                continue;
            }

            if (!first)
            {
                Movk(d, quarter, 16 * i);
            }
            else if (inverted)
            {
                Movn(d, ~quarter & 0xFFFF, 16 * i);
            }
            else
            {
                Movz(d, quarter, 16 * i);
            }

            first = false;
        }
    }

    /// <summary>d = n + value for any value; <paramref name="scratch"/> is used where no immediate form fits, and may not be n.</summary>
    public void AddAny(R d, R n, long value, R scratch)
    {
        bool wide = value is <= -(1 << 24) or >= 1 << 24;
        long magnitude = wide ? 0 : Math.Abs(value);
        if (!wide && (magnitude < 4096 || magnitude % 4096 == 0))
        {
            if (value < 0)
            {
                Sub(d, n, (int)magnitude);
            }
            else if (value != 0)
            {
                Add(d, n, (int)magnitude);
            }
            else if (d != n)
            {
                Add(d, n, 0);
            }

            return;
        }

        if (!wide)
        {
            AddAny(d, n, value / 4096 * 4096, scratch);
            AddAny(d, d, value % 4096, scratch);
            return;
        }

        Mov(scratch, value);
        AddExtended(d, n, scratch, Extend.Uxtx, 0);
    }

    private static int Quarter(ulong bits, int index) => (int)((bits >> (16 * index)) & 0xFFFF);

    private static bool IsBitmask(R d, ulong bits)
    {
        if (bits == 0 || bits == (d.Is64 ? ulong.MaxValue : uint.MaxValue))
        {
            return false;
        }

        try
        {
            Bitmask(d, bits);
            return true;
        }
        catch (OperandException)
        {
            return false;
        }
    }
}
