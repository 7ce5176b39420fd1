namespace FugakuDnn.Native.Vector;

/// <summary>A vector register, handed out by <see cref="VectorAssembler.NewVec"/>.</summary>
internal readonly record struct Vec(int Index);

/// <summary>A 64-bit general register, handed out by <see cref="VectorAssembler.NewGpr"/>.</summary>
internal readonly record struct Gpr(int Index);

/// <summary>
/// A choice of lanes. <see cref="All"/> costs nothing; the others are handed out by <see cref="VectorAssembler.NewMask"/> and live in a
/// predicate register (SVE), an opmask register (AVX-512) or a vector register (AVX2).
/// </summary>
internal readonly record struct Mask(int Index)
{
    /// <summary>Every lane.</summary>
    public static Mask All => new(-1);

    /// <summary>True for <see cref="All"/>.</summary>
    public bool IsAll => Index < 0;
}

/// <summary>A place in the code that branches go to.</summary>
internal readonly record struct Spot(int Index);

/// <summary>
/// Memory at fixed byte offsets from an origin that moves: the rows of a GEMM tile, or the vectors of a panel. How many pointer
/// registers that takes is the back end's affair: x86 has 32-bit displacements and needs one, SVE's immediates are short.
/// </summary>
internal sealed class AddressSet(long[] offsets, Gpr[] pointers, int[] pointerOf, long[] displacements)
{
    /// <summary>Byte offset of each item from the origin.</summary>
    public long[] Offsets { get; } = offsets;

    /// <summary>Registers that move together.</summary>
    public Gpr[] Pointers { get; } = pointers;

    /// <summary>Which pointer an item is reached from.</summary>
    public int[] PointerOf { get; } = pointerOf;

    /// <summary>Distance of an item from its pointer, in bytes.</summary>
    public long[] Displacements { get; } = displacements;
}

/// <summary>How the items of an <see cref="AddressSet"/> are loaded.</summary>
internal enum Access
{
    /// <summary>One 32-bit element into every lane.</summary>
    Broadcast,

    /// <summary>Consecutive elements into consecutive lanes.</summary>
    Vector,
}

/// <summary>What <see cref="VectorAssembler.MulAdd"/> multiplies.</summary>
internal enum Product
{
    /// <summary>acc.f32 += a.f32 · b.f32, fused.</summary>
    F32,

    /// <summary>acc.s32 += Σ over 4 of a.u8 · b.s8.</summary>
    U8S8,

    /// <summary>acc.s32 += Σ over 4 of a.s8 · b.s8.</summary>
    S8S8,
}

/// <summary>Comparisons; all are false where an operand is NaN, except <see cref="Unordered"/>.</summary>
internal enum Comparison
{
    /// <summary>a &gt; b.</summary>
    Greater,

    /// <summary>a ≥ b.</summary>
    GreaterOrEqual,

    /// <summary>a = b.</summary>
    Equal,

    /// <summary>a or b is NaN.</summary>
    Unordered,
}
