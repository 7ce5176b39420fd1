namespace FugakuDnn.Native.Assembler.A64;

// SVE: integer arithmetic, logic, shifts, comparisons and reductions.
internal sealed partial class A64Assembler
{
    [Asm("add {0}, {1}/m, {0}, {2}")]
    public void Add(Z d, P g, Z m) => Emit(0x0400_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("sub {0}, {1}/m, {0}, {2}")]
    public void Sub(Z d, P g, Z m) => Emit(0x0401_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("smax {0}, {1}/m, {0}, {2}")]
    public void Smax(Z d, P g, Z m) => Emit(0x0408_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("smin {0}, {1}/m, {0}, {2}")]
    public void Smin(Z d, P g, Z m) => Emit(0x040A_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("umax {0}, {1}/m, {0}, {2}")]
    public void Umax(Z d, P g, Z m) => Emit(0x0409_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("umin {0}, {1}/m, {0}, {2}")]
    public void Umin(Z d, P g, Z m) => Emit(0x040B_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("mul {0}, {1}/m, {0}, {2}")]
    public void Mul(Z d, P g, Z m) => Emit(0x0410_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("subr {0}, {1}/m, {0}, {2}")]
    public void Subr(Z d, P g, Z m) => Emit(0x0403_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("sabd {0}, {1}/m, {0}, {2}")]
    public void Sabd(Z d, P g, Z m) => Emit(0x040C_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("uabd {0}, {1}/m, {0}, {2}")]
    public void Uabd(Z d, P g, Z m) => Emit(0x040D_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("smulh {0}, {1}/m, {0}, {2}")]
    public void Smulh(Z d, P g, Z m) => Emit(0x0412_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("umulh {0}, {1}/m, {0}, {2}")]
    public void Umulh(Z d, P g, Z m) => Emit(0x0413_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("sdiv {0}, {1}/m, {0}, {2}")]
    public void Sdiv(Z d, P g, Z m) => Emit(0x0414_0000, Size(In.SD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("udiv {0}, {1}/m, {0}, {2}")]
    public void Udiv(Z d, P g, Z m) => Emit(0x0415_0000, Size(In.SD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("add {0}, {1}, {2}")]
    public void Add(Z d, Z n, Z m) => Emit(0x0420_0000, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("sub {0}, {1}, {2}")]
    public void Sub(Z d, Z n, Z m) => Emit(0x0420_0400, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("sqadd {0}, {1}, {2}")]
    public void Sqadd(Z d, Z n, Z m) => Emit(0x0420_1000, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("uqadd {0}, {1}, {2}")]
    public void Uqadd(Z d, Z n, Z m) => Emit(0x0420_1400, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("sqsub {0}, {1}, {2}")]
    public void Sqsub(Z d, Z n, Z m) => Emit(0x0420_1800, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("uqsub {0}, {1}, {2}")]
    public void Uqsub(Z d, Z n, Z m) => Emit(0x0420_1C00, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("add {0}, {0}, #{1}")]
    public void Add(Z d, int value) => Emit(0x2520_C000, Size(In.BHSD, 22, d), Addend(d, value), At(d, 5, 0));

    [Asm("sub {0}, {0}, #{1}")]
    public void Sub(Z d, int value) => Emit(0x2521_C000, Size(In.BHSD, 22, d), Addend(d, value), At(d, 5, 0));

    [Asm("subr {0}, {0}, #{1}")]
    public void Subr(Z d, int value) => Emit(0x2523_C000, Size(In.BHSD, 22, d), Addend(d, value), At(d, 5, 0));

    [Asm("mul {0}, {0}, #{1}")]
    public void Mul(Z d, int value) => Emit(0x2530_C000, Size(In.BHSD, 22, d), Signed(value, 8, 5), At(d, 5, 0));

    [Asm("smax {0}, {0}, #{1}")]
    public void Smax(Z d, int value) => Emit(0x2528_C000, Size(In.BHSD, 22, d), Signed(value, 8, 5), At(d, 5, 0));

    [Asm("smin {0}, {0}, #{1}")]
    public void Smin(Z d, int value) => Emit(0x252A_C000, Size(In.BHSD, 22, d), Signed(value, 8, 5), At(d, 5, 0));

    [Asm("umax {0}, {0}, #{1}")]
    public void Umax(Z d, int value) => Emit(0x2529_C000, Size(In.BHSD, 22, d), Unsigned(value, 8, 5), At(d, 5, 0));

    [Asm("umin {0}, {0}, #{1}")]
    public void Umin(Z d, int value) => Emit(0x252B_C000, Size(In.BHSD, 22, d), Unsigned(value, 8, 5), At(d, 5, 0));

    [Asm("mla {0}, {1}/m, {2}, {3}")]
    public void Mla(Z d, P g, Z n, Z m) =>
        Emit(0x0400_4000, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("mls {0}, {1}/m, {2}, {3}")]
    public void Mls(Z d, P g, Z n, Z m) =>
        Emit(0x0400_6000, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("sdot {0}, {1}, {2}", Narrower = "the 64-bit form is not needed")]
    public void Sdot(Z d, Z n, Z m) =>
        Emit(0x4480_0000, Is(Element.S, d), Is(Element.B, n), Is(Element.B, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("udot {0}, {1}, {2}", Narrower = "the 64-bit form is not needed")]
    public void Udot(Z d, Z n, Z m) =>
        Emit(0x4480_0400, Is(Element.S, d), Is(Element.B, n), Is(Element.B, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("abs {0}, {1}/m, {2}")]
    public void Abs(Z d, P g, Z n) => Emit(0x0416_A000, Size(In.BHSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("neg {0}, {1}/m, {2}")]
    public void Neg(Z d, P g, Z n) => Emit(0x0417_A000, Size(In.BHSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("cnt {0}, {1}/m, {2}")]
    public void Cnt(Z d, P g, Z n) => Emit(0x041A_A000, Size(In.BHSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("not {0}, {1}/m, {2}")]
    public void Not(Z d, P g, Z n) => Emit(0x041E_A000, Size(In.BHSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("cls {0}, {1}/m, {2}")]
    public void Cls(Z d, P g, Z n) => Emit(0x0418_A000, Size(In.BHSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("clz {0}, {1}/m, {2}")]
    public void Clz(Z d, P g, Z n) => Emit(0x0419_A000, Size(In.BHSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("sxtb {0}, {1}/m, {2}")]
    public void Sxtb(Z d, P g, Z n) => Emit(0x0410_A000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("uxtb {0}, {1}/m, {2}")]
    public void Uxtb(Z d, P g, Z n) => Emit(0x0411_A000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("sxth {0}, {1}/m, {2}")]
    public void Sxth(Z d, P g, Z n) => Emit(0x0412_A000, Size(In.SD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("uxth {0}, {1}/m, {2}")]
    public void Uxth(Z d, P g, Z n) => Emit(0x0413_A000, Size(In.SD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("sxtw {0}, {1}/m, {2}")]
    public void Sxtw(Z d, P g, Z n) => Emit(0x0414_A000, Size(In.D, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("uxtw {0}, {1}/m, {2}")]
    public void Uxtw(Z d, P g, Z n) => Emit(0x0415_A000, Size(In.D, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("and {0}, {1}/m, {0}, {2}")]
    public void And(Z d, P g, Z m) => Emit(0x041A_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("orr {0}, {1}/m, {0}, {2}")]
    public void Orr(Z d, P g, Z m) => Emit(0x0418_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("eor {0}, {1}/m, {0}, {2}")]
    public void Eor(Z d, P g, Z m) => Emit(0x0419_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("bic {0}, {1}/m, {0}, {2}")]
    public void Bic(Z d, P g, Z m) => Emit(0x041B_0000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("and {0}, {1}, {2}", Narrower = "element sizes do not matter")]
    public void And(Z d, Z n, Z m) =>
        Emit(0x0420_3000, Is(Element.D, d), Is(Element.D, n), Is(Element.D, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("orr {0}, {1}, {2}", Narrower = "element sizes do not matter")]
    public void Orr(Z d, Z n, Z m) =>
        Emit(0x0460_3000, Is(Element.D, d), Is(Element.D, n), Is(Element.D, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("eor {0}, {1}, {2}", Narrower = "element sizes do not matter")]
    public void Eor(Z d, Z n, Z m) =>
        Emit(0x04A0_3000, Is(Element.D, d), Is(Element.D, n), Is(Element.D, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("bic {0}, {1}, {2}", Narrower = "element sizes do not matter")]
    public void Bic(Z d, Z n, Z m) =>
        Emit(0x04E0_3000, Is(Element.D, d), Is(Element.D, n), Is(Element.D, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("and {0}, {0}, #{1}", Narrower = "narrow elements may be sign-extended")]
    public void And(Z d, ulong value) => Emit(0x0580_0000, Bitmask(d, value), At(d, 5, 0));

    [Asm("orr {0}, {0}, #{1}", Narrower = "narrow elements may be sign-extended")]
    public void Orr(Z d, ulong value) => Emit(0x0500_0000, Bitmask(d, value), At(d, 5, 0));

    [Asm("eor {0}, {0}, #{1}", Narrower = "narrow elements may be sign-extended")]
    public void Eor(Z d, ulong value) => Emit(0x0540_0000, Bitmask(d, value), At(d, 5, 0));

    [Asm("asr {0}, {1}/m, {0}, {2}", Narrower = "shift amounts of wide elements are not needed")]
    public void Asr(Z d, P g, Z m) => Emit(0x0410_8000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("lsr {0}, {1}/m, {0}, {2}", Narrower = "shift amounts of wide elements are not needed")]
    public void Lsr(Z d, P g, Z m) => Emit(0x0411_8000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("lsl {0}, {1}/m, {0}, {2}", Narrower = "shift amounts of wide elements are not needed")]
    public void Lsl(Z d, P g, Z m) => Emit(0x0413_8000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("asr {0}, {1}/m, {0}, #{2}")]
    public void Asr(Z d, P g, int amount) => Emit(0x0400_8000, RightBy(d, amount, 22, 5), At(g, 3, 10), At(d, 5, 0));

    [Asm("lsr {0}, {1}/m, {0}, #{2}")]
    public void Lsr(Z d, P g, int amount) => Emit(0x0401_8000, RightBy(d, amount, 22, 5), At(g, 3, 10), At(d, 5, 0));

    [Asm("lsl {0}, {1}/m, {0}, #{2}")]
    public void Lsl(Z d, P g, int amount) => Emit(0x0403_8000, LeftBy(d, amount, 22, 5), At(g, 3, 10), At(d, 5, 0));

    [Asm("asr {0}, {1}, #{2}")]
    public void Asr(Z d, Z n, int amount) =>
        Emit(0x0420_9000, Size(In.BHSD, 0, d, n) with { Value = 0, Mask = 0 }, RightBy(d, amount, 22, 16), At(n, 5, 5),
            At(d, 5, 0));

    [Asm("lsr {0}, {1}, #{2}")]
    public void Lsr(Z d, Z n, int amount) =>
        Emit(0x0420_9400, Size(In.BHSD, 0, d, n) with { Value = 0, Mask = 0 }, RightBy(d, amount, 22, 16), At(n, 5, 5),
            At(d, 5, 0));

    [Asm("lsl {0}, {1}, #{2}")]
    public void Lsl(Z d, Z n, int amount) =>
        Emit(0x0420_9C00, Size(In.BHSD, 0, d, n) with { Value = 0, Mask = 0 }, LeftBy(d, amount, 22, 16), At(n, 5, 5),
            At(d, 5, 0));

    [Asm("cmpeq {0}, {1}/z, {2}, {3}", Narrower = "comparisons with wide elements are not needed")]
    public void Cmpeq(Pt d, P g, Z n, Z m) =>
        Emit(0x2400_A000, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmpne {0}, {1}/z, {2}, {3}", Narrower = "comparisons with wide elements are not needed")]
    public void Cmpne(Pt d, P g, Z n, Z m) =>
        Emit(0x2400_A010, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmpge {0}, {1}/z, {2}, {3}", Narrower = "comparisons with wide elements are not needed")]
    public void Cmpge(Pt d, P g, Z n, Z m) =>
        Emit(0x2400_8000, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmpgt {0}, {1}/z, {2}, {3}", Narrower = "comparisons with wide elements are not needed")]
    public void Cmpgt(Pt d, P g, Z n, Z m) =>
        Emit(0x2400_8010, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmphi {0}, {1}/z, {2}, {3}", Narrower = "comparisons with wide elements are not needed")]
    public void Cmphi(Pt d, P g, Z n, Z m) =>
        Emit(0x2400_0010, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmphs {0}, {1}/z, {2}, {3}", Narrower = "comparisons with wide elements are not needed")]
    public void Cmphs(Pt d, P g, Z n, Z m) =>
        Emit(0x2400_0000, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmpeq {0}, {1}/z, {2}, #{3}")]
    public void Cmpeq(Pt d, P g, Z n, int value) =>
        Emit(0x2500_8000, Size(In.BHSD, 22, d, n), Signed(value, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmpne {0}, {1}/z, {2}, #{3}")]
    public void Cmpne(Pt d, P g, Z n, int value) =>
        Emit(0x2500_8010, Size(In.BHSD, 22, d, n), Signed(value, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmpge {0}, {1}/z, {2}, #{3}")]
    public void Cmpge(Pt d, P g, Z n, int value) =>
        Emit(0x2500_0000, Size(In.BHSD, 22, d, n), Signed(value, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmpgt {0}, {1}/z, {2}, #{3}")]
    public void Cmpgt(Pt d, P g, Z n, int value) =>
        Emit(0x2500_0010, Size(In.BHSD, 22, d, n), Signed(value, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmple {0}, {1}/z, {2}, #{3}")]
    public void Cmple(Pt d, P g, Z n, int value) =>
        Emit(0x2500_2010, Size(In.BHSD, 22, d, n), Signed(value, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmplt {0}, {1}/z, {2}, #{3}")]
    public void Cmplt(Pt d, P g, Z n, int value) =>
        Emit(0x2500_2000, Size(In.BHSD, 22, d, n), Signed(value, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmphi {0}, {1}/z, {2}, #{3}")]
    public void Cmphi(Pt d, P g, Z n, int value) =>
        Emit(0x2420_0010, Size(In.BHSD, 22, d, n), Unsigned(value, 7, 14), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmphs {0}, {1}/z, {2}, #{3}")]
    public void Cmphs(Pt d, P g, Z n, int value) =>
        Emit(0x2420_0000, Size(In.BHSD, 22, d, n), Unsigned(value, 7, 14), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmplo {0}, {1}/z, {2}, #{3}")]
    public void Cmplo(Pt d, P g, Z n, int value) =>
        Emit(0x2420_2000, Size(In.BHSD, 22, d, n), Unsigned(value, 7, 14), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("cmpls {0}, {1}/z, {2}, #{3}")]
    public void Cmpls(Pt d, P g, Z n, int value) =>
        Emit(0x2420_2010, Size(In.BHSD, 22, d, n), Unsigned(value, 7, 14), At(g, 3, 10), At(n, 5, 5), At(d, 4, 0));

    [Asm("saddv {0}, {1}, {2}")]
    public void Saddv(V d, P g, Z n) =>
        Emit(0x0400_2000, Is(VShape.D, d), Size(In.BHS, 22, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("uaddv {0}, {1}, {2}")]
    public void Uaddv(V d, P g, Z n) =>
        Emit(0x0401_2000, Is(VShape.D, d), Size(In.BHSD, 22, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("smaxv {0}, {1}, {2}")]
    public void Smaxv(V d, P g, Z n) =>
        Emit(0x0408_2000, Size(In.BHSD, 22, n), Holds(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("sminv {0}, {1}, {2}")]
    public void Sminv(V d, P g, Z n) =>
        Emit(0x040A_2000, Size(In.BHSD, 22, n), Holds(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("umaxv {0}, {1}, {2}")]
    public void Umaxv(V d, P g, Z n) =>
        Emit(0x0409_2000, Size(In.BHSD, 22, n), Holds(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("uminv {0}, {1}, {2}")]
    public void Uminv(V d, P g, Z n) =>
        Emit(0x040B_2000, Size(In.BHSD, 22, n), Holds(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));
}
