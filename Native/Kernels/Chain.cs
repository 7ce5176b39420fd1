namespace FugakuDnn.Native.Kernels;

/// <summary>One step of an elementwise chain; x is what the steps before it have made. v, w are operands that move with the elements, s, t
/// one number for a whole row.</summary>
internal enum ChainOp
{
    /// <summary>End of the chain.</summary>
    None,

    /// <summary>x + v.</summary>
    AddVector,

    /// <summary>x + s.</summary>
    AddScalar,

    /// <summary>x·v.</summary>
    MultiplyVector,

    /// <summary>x·s.</summary>
    MultiplyScalar,

    /// <summary>x + s·v, fused.</summary>
    AddScaledVector,

    /// <summary>x + s·t, fused.</summary>
    AddScaledScalar,

    /// <summary>x·v + w, fused.</summary>
    MulAddVector,

    /// <summary>x·s + t, fused.</summary>
    MulAddScalar,

    /// <summary>max(x, 0); NaN stays.</summary>
    Relu,

    /// <summary>x where x > 0, otherwise s·x.</summary>
    LeakyRelu,

    /// <summary>min(max(x, s), t); NaN stays. s and t are not NaN.</summary>
    Clip,

    /// <summary>e^x.</summary>
    Exp,
}

/// <summary>
/// Up to eight steps, as a value: it is the specification that generated code is cached by. Operands take slots in the order of the
/// steps that use them; the slots are the call's.
/// </summary>
internal readonly record struct Chain(ulong Code)
{
    private const int BitsPerOp = 8;

    /// <summary>No step: a copy.</summary>
    public static Chain Copy => default;

    /// <summary>Number of steps.</summary>
    public int Length => (64 - System.Numerics.BitOperations.LeadingZeroCount(Code) + BitsPerOp - 1) / BitsPerOp;

    /// <summary>A step.</summary>
    public ChainOp this[int step] => (ChainOp)((Code >> (step * BitsPerOp)) & 0xFF);

    /// <summary>The chain with one more step.</summary>
    public Chain Then(ChainOp op) => op == ChainOp.None ? this
        : Length < 8 ? new Chain(Code | ((ulong)op << (Length * BitsPerOp)))
        : throw new InvalidOperationException("a chain has at most 8 steps");

    /// <summary>True where a step occurs.</summary>
    public bool Has(ChainOp op)
    {
        for (int i = 0; i < Length; i++)
        {
            if (this[i] == op)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Operands a step takes, in slot order: true for one that moves with the elements, false for one number a row.</summary>
    public static bool[] Operands(ChainOp op) => op switch
    {
        ChainOp.AddVector or ChainOp.MultiplyVector => [true],
        ChainOp.AddScalar or ChainOp.MultiplyScalar or ChainOp.LeakyRelu => [false],
        ChainOp.AddScaledVector => [false, true],
        ChainOp.MulAddVector => [true, true],
        ChainOp.MulAddScalar or ChainOp.AddScaledScalar or ChainOp.Clip => [false, false],
        _ => [],
    };

    /// <summary>The operands of all steps, by slot.</summary>
    public bool[] Operands()
    {
        var slots = new List<bool>();
        for (int i = 0; i < Length; i++)
        {
            slots.AddRange(Operands(this[i]));
        }

        return slots.Count <= ElementwiseCall.Slots ? [.. slots]
            : throw new InvalidOperationException($"a chain has at most {ElementwiseCall.Slots} operands");
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        if (Length == 0)
        {
            return "copy";
        }

        var text = new System.Text.StringBuilder();
        for (int i = 0; i < Length; i++)
        {
            text.Append(i == 0 ? "" : "_").Append(this[i].ToString());
        }

        return text.ToString();
    }
}
