namespace FugakuDnn.Native.Primitives.Jit;

/// <summary>
/// Where a chain's operand comes from: a number known to the plan, or a tensor with one stride (in elements) for each of the work's
/// dimensions. The innermost stride is 1 where the operand moves with the elements and 0 where it is one number a row.
/// </summary>
internal readonly record struct ChainOperand(float Constant, long[]? Strides)
{
    /// <summary>A number.</summary>
    public ChainOperand(float constant)
        : this(constant, null)
    {
    }

    /// <summary>A tensor.</summary>
    public ChainOperand(params long[] strides)
        : this(0, strides)
    {
    }
}
