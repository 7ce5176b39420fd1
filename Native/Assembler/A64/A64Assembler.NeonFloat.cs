namespace FugakuDnn.Native.Assembler.A64;

// NEON and scalar: floating-point arithmetic, comparisons and conversions.
internal sealed partial class A64Assembler
{
    [Asm("fadd {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fadd(V d, V n, V m) => Emit(0x0E20_D400, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fsub {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fsub(V d, V n, V m) => Emit(0x0EA0_D400, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmul {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fmul(V d, V n, V m) => Emit(0x2E20_DC00, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fdiv {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fdiv(V d, V n, V m) => Emit(0x2E20_FC00, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmla {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fmla(V d, V n, V m) => Emit(0x0E20_CC00, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmls {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fmls(V d, V n, V m) => Emit(0x0EA0_CC00, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmax {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fmax(V d, V n, V m) => Emit(0x0E20_F400, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmin {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fmin(V d, V n, V m) => Emit(0x0EA0_F400, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmaxnm {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fmaxnm(V d, V n, V m) => Emit(0x0E20_C400, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fminnm {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fminnm(V d, V n, V m) => Emit(0x0EA0_C400, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("faddp {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Faddp(V d, V n, V m) => Emit(0x2E20_D400, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmaxp {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fmaxp(V d, V n, V m) => Emit(0x2E20_F400, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fminp {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fminp(V d, V n, V m) => Emit(0x2EA0_F400, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fabd {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fabd(V d, V n, V m) => Emit(0x2EA0_D400, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmulx {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fmulx(V d, V n, V m) => Emit(0x0E20_DC00, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("frecps {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Frecps(V d, V n, V m) => Emit(0x0E20_FC00, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("frsqrts {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Frsqrts(V d, V n, V m) => Emit(0x0EA0_FC00, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcmeq {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fcmeq(V d, V n, V m) => Emit(0x0E20_E400, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcmge {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fcmge(V d, V n, V m) => Emit(0x2E20_E400, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcmgt {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fcmgt(V d, V n, V m) => Emit(0x2EA0_E400, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("facge {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Facge(V d, V n, V m) => Emit(0x2E20_EC00, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("facgt {0}, {1}, {2}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Facgt(V d, V n, V m) => Emit(0x2EA0_EC00, FloatArrange(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fabs {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fabs(V d, V n) => Emit(0x0EA0_F800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fneg {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fneg(V d, V n) => Emit(0x2EA0_F800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fsqrt {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fsqrt(V d, V n) => Emit(0x2EA1_F800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("frintn {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Frintn(V d, V n) => Emit(0x0E21_8800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("frinta {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Frinta(V d, V n) => Emit(0x2E21_8800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("frintm {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Frintm(V d, V n) => Emit(0x0E21_9800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("frintp {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Frintp(V d, V n) => Emit(0x0EA1_8800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("frintz {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Frintz(V d, V n) => Emit(0x0EA1_9800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("frinti {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Frinti(V d, V n) => Emit(0x2EA1_9800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("frintx {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Frintx(V d, V n) => Emit(0x2E21_9800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("frecpe {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Frecpe(V d, V n) => Emit(0x0EA1_D800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("frsqrte {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Frsqrte(V d, V n) => Emit(0x2EA1_D800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtns {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fcvtns(V d, V n) => Emit(0x0E21_A800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtms {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fcvtms(V d, V n) => Emit(0x0E21_B800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtps {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fcvtps(V d, V n) => Emit(0x0EA1_A800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtzs {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fcvtzs(V d, V n) => Emit(0x0EA1_B800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtas {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fcvtas(V d, V n) => Emit(0x0E21_C800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtzu {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fcvtzu(V d, V n) => Emit(0x2EA1_B800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtnu {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fcvtnu(V d, V n) => Emit(0x2E21_A800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("scvtf {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Scvtf(V d, V n) => Emit(0x0E21_D800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("ucvtf {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Ucvtf(V d, V n) => Emit(0x2E21_D800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcmeq {0}, {1}, #0.0", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void FcmeqZero(V d, V n) => Emit(0x0EA0_D800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcmge {0}, {1}, #0.0", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void FcmgeZero(V d, V n) => Emit(0x2EA0_C800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcmgt {0}, {1}, #0.0", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void FcmgtZero(V d, V n) => Emit(0x0EA0_C800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcmle {0}, {1}, #0.0", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void FcmleZero(V d, V n) => Emit(0x2EA0_D800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcmlt {0}, {1}, #0.0", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void FcmltZero(V d, V n) => Emit(0x0EA0_E800, FloatArrange(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmla {0}, {1}, {2}[{3}]", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fmla(V d, V n, V m, int lane) =>
        Emit(0x0F80_1000, FloatArrange(d, n), ByElement(d, m, lane), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmls {0}, {1}, {2}[{3}]", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fmls(V d, V n, V m, int lane) =>
        Emit(0x0F80_5000, FloatArrange(d, n), ByElement(d, m, lane), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmul {0}, {1}, {2}[{3}]", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fmul(V d, V n, V m, int lane) =>
        Emit(0x0F80_9000, FloatArrange(d, n), ByElement(d, m, lane), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmaxv {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fmaxv(V d, V n) => Emit(0x6E30_F800, Is(VShape.S, d), Is(VShape.V4S, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fminv {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fminv(V d, V n) => Emit(0x6EB0_F800, Is(VShape.S, d), Is(VShape.V4S, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmaxnmv {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fmaxnmv(V d, V n) => Emit(0x6E30_C800, Is(VShape.S, d), Is(VShape.V4S, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fminnmv {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void Fminnmv(V d, V n) => Emit(0x6EB0_C800, Is(VShape.S, d), Is(VShape.V4S, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("faddp {0}, {1}", Narrower = "half precision and scalars have their own encodings, which are not needed")]
    public void FaddpScalar(V d, V n) => Emit(0x7E30_D800, ScalarPair(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtl {0}, {1}")]
    public void Fcvtl(V d, V n) => Emit(0x0E21_7800, Lengthen(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtn {0}, {1}")]
    public void Fcvtn(V d, V n) => Emit(0x0E21_6800, Lengthen(n, d), At(n, 5, 5), At(d, 5, 0));
}
