namespace FugakuDnn.Native.Assembler.A64;

// SVE: floating-point arithmetic.
internal sealed partial class A64Assembler
{
    [Asm("fadd {0}, {1}/m, {0}, {2}")]
    public void Fadd(Z d, P g, Z m) => Emit(0x6500_8000, Size(In.HSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fsub {0}, {1}/m, {0}, {2}")]
    public void Fsub(Z d, P g, Z m) => Emit(0x6501_8000, Size(In.HSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fsubr {0}, {1}/m, {0}, {2}")]
    public void Fsubr(Z d, P g, Z m) => Emit(0x6503_8000, Size(In.HSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fmul {0}, {1}/m, {0}, {2}")]
    public void Fmul(Z d, P g, Z m) => Emit(0x6502_8000, Size(In.HSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fdiv {0}, {1}/m, {0}, {2}")]
    public void Fdiv(Z d, P g, Z m) => Emit(0x650D_8000, Size(In.HSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fdivr {0}, {1}/m, {0}, {2}")]
    public void Fdivr(Z d, P g, Z m) => Emit(0x650C_8000, Size(In.HSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fmax {0}, {1}/m, {0}, {2}")]
    public void Fmax(Z d, P g, Z m) => Emit(0x6506_8000, Size(In.HSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fmin {0}, {1}/m, {0}, {2}")]
    public void Fmin(Z d, P g, Z m) => Emit(0x6507_8000, Size(In.HSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fmaxnm {0}, {1}/m, {0}, {2}")]
    public void Fmaxnm(Z d, P g, Z m) => Emit(0x6504_8000, Size(In.HSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fminnm {0}, {1}/m, {0}, {2}")]
    public void Fminnm(Z d, P g, Z m) => Emit(0x6505_8000, Size(In.HSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fabd {0}, {1}/m, {0}, {2}")]
    public void Fabd(Z d, P g, Z m) => Emit(0x6508_8000, Size(In.HSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fmulx {0}, {1}/m, {0}, {2}")]
    public void Fmulx(Z d, P g, Z m) => Emit(0x650A_8000, Size(In.HSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fscale {0}, {1}/m, {0}, {2}")]
    public void Fscale(Z d, P g, Z m) => Emit(0x6509_8000, Size(In.HSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fadd {0}, {1}, {2}")]
    public void Fadd(Z d, Z n, Z m) => Emit(0x6500_0000, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fsub {0}, {1}, {2}")]
    public void Fsub(Z d, Z n, Z m) => Emit(0x6500_0400, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmul {0}, {1}, {2}")]
    public void Fmul(Z d, Z n, Z m) => Emit(0x6500_0800, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("frecps {0}, {1}, {2}")]
    public void Frecps(Z d, Z n, Z m) => Emit(0x6500_1800, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("frsqrts {0}, {1}, {2}")]
    public void Frsqrts(Z d, Z n, Z m) => Emit(0x6500_1C00, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("ftsmul {0}, {1}, {2}")]
    public void Ftsmul(Z d, Z n, Z m) => Emit(0x6500_0C00, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fabs {0}, {1}/m, {2}")]
    public void Fabs(Z d, P g, Z n) => Emit(0x041C_A000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fneg {0}, {1}/m, {2}")]
    public void Fneg(Z d, P g, Z n) => Emit(0x041D_A000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fsqrt {0}, {1}/m, {2}")]
    public void Fsqrt(Z d, P g, Z n) => Emit(0x650D_A000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("frintn {0}, {1}/m, {2}")]
    public void Frintn(Z d, P g, Z n) => Emit(0x6500_A000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("frinta {0}, {1}/m, {2}")]
    public void Frinta(Z d, P g, Z n) => Emit(0x6504_A000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("frintm {0}, {1}/m, {2}")]
    public void Frintm(Z d, P g, Z n) => Emit(0x6502_A000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("frintp {0}, {1}/m, {2}")]
    public void Frintp(Z d, P g, Z n) => Emit(0x6501_A000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("frintz {0}, {1}/m, {2}")]
    public void Frintz(Z d, P g, Z n) => Emit(0x6503_A000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("frinti {0}, {1}/m, {2}")]
    public void Frinti(Z d, P g, Z n) => Emit(0x6507_A000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("frintx {0}, {1}/m, {2}")]
    public void Frintx(Z d, P g, Z n) => Emit(0x6506_A000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("frecpx {0}, {1}/m, {2}")]
    public void Frecpx(Z d, P g, Z n) => Emit(0x650C_A000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("frecpe {0}, {1}")]
    public void Frecpe(Z d, Z n) => Emit(0x650E_3000, Size(In.HSD, 22, d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("frsqrte {0}, {1}")]
    public void Frsqrte(Z d, Z n) => Emit(0x650F_3000, Size(In.HSD, 22, d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fexpa {0}, {1}")]
    public void Fexpa(Z d, Z n) => Emit(0x0420_B800, Size(In.HSD, 22, d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmla {0}, {1}/m, {2}, {3}")]
    public void Fmla(Z d, P g, Z n, Z m) =>
        Emit(0x6520_0000, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmls {0}, {1}/m, {2}, {3}")]
    public void Fmls(Z d, P g, Z n, Z m) =>
        Emit(0x6520_2000, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fnmla {0}, {1}/m, {2}, {3}")]
    public void Fnmla(Z d, P g, Z n, Z m) =>
        Emit(0x6520_4000, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fnmls {0}, {1}/m, {2}, {3}")]
    public void Fnmls(Z d, P g, Z n, Z m) =>
        Emit(0x6520_6000, Size(In.HSD, 22, d, n, m), At(m, 5, 16), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmad {0}, {1}/m, {2}, {3}")]
    public void Fmad(Z d, P g, Z m, Z a) =>
        Emit(0x6520_8000, Size(In.HSD, 22, d, m, a), At(a, 5, 16), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fmsb {0}, {1}/m, {2}, {3}")]
    public void Fmsb(Z d, P g, Z m, Z a) =>
        Emit(0x6520_A000, Size(In.HSD, 22, d, m, a), At(a, 5, 16), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fnmad {0}, {1}/m, {2}, {3}")]
    public void Fnmad(Z d, P g, Z m, Z a) =>
        Emit(0x6520_C000, Size(In.HSD, 22, d, m, a), At(a, 5, 16), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fnmsb {0}, {1}/m, {2}, {3}")]
    public void Fnmsb(Z d, P g, Z m, Z a) =>
        Emit(0x6520_E000, Size(In.HSD, 22, d, m, a), At(a, 5, 16), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("fmla {0}, {1}, {2}[{3}]", Narrower = "the half and double forms are not needed")]
    public void Fmla(Z d, Z n, Z m, int lane) =>
        Emit(0x64A0_0000, Is(Element.S, d), Is(Element.S, n), Is(Element.S, m), Unsigned(lane, 2, 19), At(m, 3, 16),
            At(n, 5, 5), At(d, 5, 0));

    [Asm("fmls {0}, {1}, {2}[{3}]", Narrower = "the half and double forms are not needed")]
    public void Fmls(Z d, Z n, Z m, int lane) =>
        Emit(0x64A0_0400, Is(Element.S, d), Is(Element.S, n), Is(Element.S, m), Unsigned(lane, 2, 19), At(m, 3, 16),
            At(n, 5, 5), At(d, 5, 0));

    [Asm("fmul {0}, {1}, {2}[{3}]", Narrower = "the half and double forms are not needed")]
    public void Fmul(Z d, Z n, Z m, int lane) =>
        Emit(0x64A0_2000, Is(Element.S, d), Is(Element.S, n), Is(Element.S, m), Unsigned(lane, 2, 19), At(m, 3, 16),
            At(n, 5, 5), At(d, 5, 0));

    [Asm("fadd {0}, {1}/m, {0}, #{2}")]
    public void Fadd(Z d, P g, double value) =>
        Emit(0x6518_8000, Size(In.HSD, 22, d), At(g, 3, 10), Either(value, 0.5, 1.0, 5), At(d, 5, 0));

    [Asm("fsub {0}, {1}/m, {0}, #{2}")]
    public void Fsub(Z d, P g, double value) =>
        Emit(0x6519_8000, Size(In.HSD, 22, d), At(g, 3, 10), Either(value, 0.5, 1.0, 5), At(d, 5, 0));

    [Asm("fsubr {0}, {1}/m, {0}, #{2}")]
    public void Fsubr(Z d, P g, double value) =>
        Emit(0x651B_8000, Size(In.HSD, 22, d), At(g, 3, 10), Either(value, 0.5, 1.0, 5), At(d, 5, 0));

    [Asm("fmul {0}, {1}/m, {0}, #{2}")]
    public void Fmul(Z d, P g, double value) =>
        Emit(0x651A_8000, Size(In.HSD, 22, d), At(g, 3, 10), Either(value, 0.5, 2.0, 5), At(d, 5, 0));

    [Asm("fmax {0}, {1}/m, {0}, #{2}")]
    public void Fmax(Z d, P g, double value) =>
        Emit(0x651E_8000, Size(In.HSD, 22, d), At(g, 3, 10), Either(value, 0.0, 1.0, 5), At(d, 5, 0));

    [Asm("fmin {0}, {1}/m, {0}, #{2}")]
    public void Fmin(Z d, P g, double value) =>
        Emit(0x651F_8000, Size(In.HSD, 22, d), At(g, 3, 10), Either(value, 0.0, 1.0, 5), At(d, 5, 0));

    [Asm("fmaxnm {0}, {1}/m, {0}, #{2}")]
    public void Fmaxnm(Z d, P g, double value) =>
        Emit(0x651C_8000, Size(In.HSD, 22, d), At(g, 3, 10), Either(value, 0.0, 1.0, 5), At(d, 5, 0));

    [Asm("fminnm {0}, {1}/m, {0}, #{2}")]
    public void Fminnm(Z d, P g, double value) =>
        Emit(0x651D_8000, Size(In.HSD, 22, d), At(g, 3, 10), Either(value, 0.0, 1.0, 5), At(d, 5, 0));
}
