namespace FugakuDnn.Native.Assembler.A64;

/// <summary>
/// The registers, named as in Arm's syntax, for <c>using static</c>. A register knows its shape, so that one method stands for all
/// sizes of an instruction: <c>Fmla(Z(0).S, P(1), Z(2).S, Z(3).S)</c> is <c>fmla z0.s, p1/m, z2.s, z3.s</c>.
/// </summary>
internal static class Registers
{
    /// <summary>The stack pointer.</summary>
    public static readonly R Sp = new(31, true, true);

    /// <summary>The 64-bit register that reads as zero.</summary>
    public static readonly R Xzr = new(31, true, false);

    /// <summary>The 32-bit register that reads as zero.</summary>
    public static readonly R Wzr = new(31, false, false);

    public static R X(int index) => new(Check(index, 30, "x"), true, false);

    public static R W(int index) => new(Check(index, 30, "w"), false, false);

    public static V V(int index) => new(Check(index, 31, "v"), VShape.None);

    public static Z Z(int index) => new(Check(index, 31, "z"), Element.None);

    public static P P(int index) => new(Check(index, 15, "p"));

    private static byte Check(int index, int last, string name) => (uint)index <= (uint)last
        ? (byte)index
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"register must be {name}0-{name}{last}");
}

/// <summary>A general register: x0-x30, w0-w30, the zero registers and sp (both number 31, told apart by the flag).</summary>
internal readonly record struct R(byte Index, bool Is64, bool IsSp)
{
    public R X => this with { Is64 = true };

    public R W => this with { Is64 = false };

    public override string ToString() => (Index, IsSp) switch
    {
        (31, true) => Is64 ? "sp" : "wsp",
        (31, false) => Is64 ? "xzr" : "wzr",
        _ => (Is64 ? "x" : "w") + Index,
    };
}

/// <summary>Element size of a scalable vector or predicate; None where the syntax has none (<c>ldr z0, [x0]</c>).</summary>
internal enum Element : sbyte
{
    None = -1,
    B,
    H,
    S,
    D,
}

/// <summary>A scalable vector register, with the element size under which the instruction sees it.</summary>
internal readonly record struct Z(byte Index, Element Element)
{
    public Z B => this with { Element = Element.B };

    public Z H => this with { Element = Element.H };

    public Z S => this with { Element = Element.S };

    public Z D => this with { Element = Element.D };

    public Z Bare => this with { Element = Element.None };

    public override string ToString() => Element == Element.None ? $"z{Index}" : $"z{Index}.{Element.ToString().ToLowerInvariant()}";
}

/// <summary>A predicate register without element size: as governing predicate (the syntax adds <c>/m</c> or <c>/z</c>), loaded or stored.</summary>
internal readonly record struct P(byte Index)
{
    public Pt B => new(Index, Element.B);

    public Pt H => new(Index, Element.H);

    public Pt S => new(Index, Element.S);

    public Pt D => new(Index, Element.D);

    public override string ToString() => $"p{Index}";
}

/// <summary>A predicate register with an element size.</summary>
internal readonly record struct Pt(byte Index, Element Element)
{
    public P Bare => new(Index);

    public override string ToString() => $"p{Index}.{Element.ToString().ToLowerInvariant()}";
}

/// <summary>How an instruction sees a 128-bit register: as a scalar, as a vector, or (Lane…) as a vector of which one element is named.</summary>
internal enum VShape : byte
{
    None,
    B,
    H,
    S,
    D,
    Q,
    V8B,
    V16B,
    V4H,
    V8H,
    V2S,
    V4S,
    V1D,
    V2D,
    LaneB,
    LaneH,
    LaneS,
    LaneD,
}

/// <summary>An AdvSIMD and floating-point register.</summary>
internal readonly record struct V(byte Index, VShape Shape)
{
    public V B => this with { Shape = VShape.B };

    public V H => this with { Shape = VShape.H };

    public V S => this with { Shape = VShape.S };

    public V D => this with { Shape = VShape.D };

    public V Q => this with { Shape = VShape.Q };

    public V B8 => this with { Shape = VShape.V8B };

    public V B16 => this with { Shape = VShape.V16B };

    public V H4 => this with { Shape = VShape.V4H };

    public V H8 => this with { Shape = VShape.V8H };

    public V S2 => this with { Shape = VShape.V2S };

    public V S4 => this with { Shape = VShape.V4S };

    public V D1 => this with { Shape = VShape.V1D };

    public V D2 => this with { Shape = VShape.V2D };

    public V LaneB => this with { Shape = VShape.LaneB };

    public V LaneH => this with { Shape = VShape.LaneH };

    public V LaneS => this with { Shape = VShape.LaneS };

    public V LaneD => this with { Shape = VShape.LaneD };

    public override string ToString() => Shape switch
    {
        VShape.None => $"v{Index}",
        <= VShape.Q => $"{Shape.ToString().ToLowerInvariant()}{Index}",
        <= VShape.V2D => $"v{Index}.{Shape.ToString()[1..].ToLowerInvariant()}",
        _ => $"v{Index}.{Shape.ToString()[4..].ToLowerInvariant()}",
    };
}
