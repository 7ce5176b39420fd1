namespace FugakuDnn.Native.Assembler;

/// <summary>The field of an A64 word that holds a distance: how wide, where, and in units of how many bytes.</summary>
internal sealed class Reach
{
    /// <summary>b, bl: ±128 MiB.</summary>
    public static readonly Reach Branch26 = new("b", 26, 0, 4);

    /// <summary>b.cond, cbz, cbnz, ldr (literal): ±1 MiB.</summary>
    public static readonly Reach Branch19 = new("b.cond, cbz or ldr", 19, 5, 4);

    /// <summary>tbz, tbnz: ±32 KiB.</summary>
    public static readonly Reach Branch14 = new("tbz", 14, 5, 4);

    /// <summary>adr: ±1 MiB, in bytes, its two low bits apart in bits 29-30.</summary>
    public static readonly Reach Adr21 = new("adr", 21, 5, 1);

    private readonly string name;
    private readonly int width;
    private readonly int lsb;
    private readonly int unit;

    private Reach(string name, int width, int lsb, int unit) => (this.name, this.width, this.lsb, this.unit) = (name, width, lsb, unit);

    /// <summary>The word with its distance field set.</summary>
    public uint Patch(uint word, long distance)
    {
        long limit = (1L << (width - 1)) * unit;
        if (distance < -limit || distance >= limit || distance % unit != 0)
        {
            throw new OperandException(name, "distance to label", $"a multiple of {unit} in [{-limit}, {limit})", distance);
        }

        uint value = (uint)(distance / unit) & ((1u << width) - 1);
        return unit == 1 ? word | ((value & 3) << 29) | ((value >> 2) << lsb) : word | (value << lsb);
    }
}
