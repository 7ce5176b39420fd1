namespace FugakuDnn.Native.Assembler.A64;

// SVE: floating-point comparisons, conversions and reductions.
internal sealed partial class A64Assembler
{
    [Asm("fcmeq {0}, {1}/z, {2}, {3}")]
    public void Fcmeq(Pt d, P g, Z n, Z m) =>
        Emit(0x6500_6000, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("fcmne {0}, {1}/z, {2}, {3}")]
    public void Fcmne(Pt d, P g, Z n, Z m) =>
        Emit(0x6500_6010, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("fcmge {0}, {1}/z, {2}, {3}")]
    public void Fcmge(Pt d, P g, Z n, Z m) =>
        Emit(0x6500_4000, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("fcmgt {0}, {1}/z, {2}, {3}")]
    public void Fcmgt(Pt d, P g, Z n, Z m) =>
        Emit(0x6500_4010, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("fcmuo {0}, {1}/z, {2}, {3}")]
    public void Fcmuo(Pt d, P g, Z n, Z m) =>
        Emit(0x6500_C000, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("facge {0}, {1}/z, {2}, {3}")]
    public void Facge(Pt d, P g, Z n, Z m) =>
        Emit(0x6500_C010, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("facgt {0}, {1}/z, {2}, {3}")]
    public void Facgt(Pt d, P g, Z n, Z m) =>
        Emit(0x6500_E010, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("fcmeq {0}, {1}/z, {2}, #0.0")]
    public void FcmeqZero(Pt d, P g, Z n) => Emit(0x6512_2000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("fcmne {0}, {1}/z, {2}, #0.0")]
    public void FcmneZero(Pt d, P g, Z n) => Emit(0x6513_2000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("fcmge {0}, {1}/z, {2}, #0.0")]
    public void FcmgeZero(Pt d, P g, Z n) => Emit(0x6510_2000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("fcmgt {0}, {1}/z, {2}, #0.0")]
    public void FcmgtZero(Pt d, P g, Z n) => Emit(0x6510_2010, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("fcmle {0}, {1}/z, {2}, #0.0")]
    public void FcmleZero(Pt d, P g, Z n) => Emit(0x6511_2010, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("fcmlt {0}, {1}/z, {2}, #0.0")]
    public void FcmltZero(Pt d, P g, Z n) => Emit(0x6511_2000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("fcvt {0}, {1}/m, {2}", Narrower = "one method a pair of sizes")]
    public void FcvtSH(Z d, P g, Z n) =>
        Emit(0x6589_A000, Is(Element.S, d), Is(Element.H, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvt {0}, {1}/m, {2}", Narrower = "one method a pair of sizes")]
    public void FcvtHS(Z d, P g, Z n) =>
        Emit(0x6588_A000, Is(Element.H, d), Is(Element.S, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvt {0}, {1}/m, {2}", Narrower = "one method a pair of sizes")]
    public void FcvtDS(Z d, P g, Z n) =>
        Emit(0x65CB_A000, Is(Element.D, d), Is(Element.S, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvt {0}, {1}/m, {2}", Narrower = "one method a pair of sizes")]
    public void FcvtSD(Z d, P g, Z n) =>
        Emit(0x65CA_A000, Is(Element.S, d), Is(Element.D, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvt {0}, {1}/m, {2}", Narrower = "one method a pair of sizes")]
    public void FcvtDH(Z d, P g, Z n) =>
        Emit(0x65C9_A000, Is(Element.D, d), Is(Element.H, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvt {0}, {1}/m, {2}", Narrower = "one method a pair of sizes")]
    public void FcvtHD(Z d, P g, Z n) =>
        Emit(0x65C8_A000, Is(Element.H, d), Is(Element.D, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("scvtf {0}, {1}/m, {2}", Narrower = "conversions between sizes are not needed")]
    public void Scvtf(Z d, P g, Z n) => Emit(0x6510_A000, EqualFloatPair(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("ucvtf {0}, {1}/m, {2}", Narrower = "conversions between sizes are not needed")]
    public void Ucvtf(Z d, P g, Z n) => Emit(0x6511_A000, EqualFloatPair(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtzs {0}, {1}/m, {2}", Narrower = "conversions between sizes are not needed")]
    public void Fcvtzs(Z d, P g, Z n) => Emit(0x6518_A000, EqualFloatPair(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtzu {0}, {1}/m, {2}", Narrower = "conversions between sizes are not needed")]
    public void Fcvtzu(Z d, P g, Z n) => Emit(0x6519_A000, EqualFloatPair(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("faddv {0}, {1}, {2}")]
    public void Faddv(V d, P g, Z n) =>
        Emit(0x6500_2000, Size(In.HSD, 22, n), Holds(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmaxv {0}, {1}, {2}")]
    public void Fmaxv(V d, P g, Z n) =>
        Emit(0x6506_2000, Size(In.HSD, 22, n), Holds(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fminv {0}, {1}, {2}")]
    public void Fminv(V d, P g, Z n) =>
        Emit(0x6507_2000, Size(In.HSD, 22, n), Holds(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmaxnmv {0}, {1}, {2}")]
    public void Fmaxnmv(V d, P g, Z n) =>
        Emit(0x6504_2000, Size(In.HSD, 22, n), Holds(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fminnmv {0}, {1}, {2}")]
    public void Fminnmv(V d, P g, Z n) =>
        Emit(0x6505_2000, Size(In.HSD, 22, n), Holds(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fadda {0}, {1}, {0}, {2}")]
    public void Fadda(V d, P g, Z m) =>
        Emit(0x6518_2000, Size(In.HSD, 22, m), Holds(d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));
}
