namespace FugakuDnn.Native.Assembler.A64;

// Scalar floating-point arithmetic, comparisons and conversions.
internal sealed partial class A64Assembler
{
    [Asm("fadd {0}, {1}, {2}", Narrower = "vectors have their own method")]
    public void FaddScalar(V d, V n, V m) => Emit(0x1E20_2800, Scalar(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fsub {0}, {1}, {2}", Narrower = "vectors have their own method")]
    public void FsubScalar(V d, V n, V m) => Emit(0x1E20_3800, Scalar(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmul {0}, {1}, {2}", Narrower = "vectors have their own method")]
    public void FmulScalar(V d, V n, V m) => Emit(0x1E20_0800, Scalar(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fdiv {0}, {1}, {2}", Narrower = "vectors have their own method")]
    public void FdivScalar(V d, V n, V m) => Emit(0x1E20_1800, Scalar(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmax {0}, {1}, {2}", Narrower = "vectors have their own method")]
    public void FmaxScalar(V d, V n, V m) => Emit(0x1E20_4800, Scalar(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmin {0}, {1}, {2}", Narrower = "vectors have their own method")]
    public void FminScalar(V d, V n, V m) => Emit(0x1E20_5800, Scalar(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmaxnm {0}, {1}, {2}", Narrower = "vectors have their own method")]
    public void FmaxnmScalar(V d, V n, V m) => Emit(0x1E20_6800, Scalar(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fminnm {0}, {1}, {2}", Narrower = "vectors have their own method")]
    public void FminnmScalar(V d, V n, V m) => Emit(0x1E20_7800, Scalar(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fnmul {0}, {1}, {2}", Narrower = "vectors have their own method")]
    public void FnmulScalar(V d, V n, V m) => Emit(0x1E20_8800, Scalar(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("fabs {0}, {1}", Narrower = "vectors have their own method")]
    public void FabsScalar(V d, V n) => Emit(0x1E20_C000, Scalar(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fneg {0}, {1}", Narrower = "vectors have their own method")]
    public void FnegScalar(V d, V n) => Emit(0x1E21_4000, Scalar(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fsqrt {0}, {1}", Narrower = "vectors have their own method")]
    public void FsqrtScalar(V d, V n) => Emit(0x1E21_C000, Scalar(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("frintn {0}, {1}", Narrower = "vectors have their own method")]
    public void FrintnScalar(V d, V n) => Emit(0x1E24_4000, Scalar(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("frintm {0}, {1}", Narrower = "vectors have their own method")]
    public void FrintmScalar(V d, V n) => Emit(0x1E25_4000, Scalar(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("frintp {0}, {1}", Narrower = "vectors have their own method")]
    public void FrintpScalar(V d, V n) => Emit(0x1E24_C000, Scalar(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("frintz {0}, {1}", Narrower = "vectors have their own method")]
    public void FrintzScalar(V d, V n) => Emit(0x1E25_C000, Scalar(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmadd {0}, {1}, {2}, {3}")]
    public void Fmadd(V d, V n, V m, V a) =>
        Emit(0x1F00_0000, Scalar(d, n, m, a), At(m, 5, 16), At(a, 5, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmsub {0}, {1}, {2}, {3}")]
    public void Fmsub(V d, V n, V m, V a) =>
        Emit(0x1F00_8000, Scalar(d, n, m, a), At(m, 5, 16), At(a, 5, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fnmadd {0}, {1}, {2}, {3}")]
    public void Fnmadd(V d, V n, V m, V a) =>
        Emit(0x1F20_0000, Scalar(d, n, m, a), At(m, 5, 16), At(a, 5, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fnmsub {0}, {1}, {2}, {3}")]
    public void Fnmsub(V d, V n, V m, V a) =>
        Emit(0x1F20_8000, Scalar(d, n, m, a), At(m, 5, 16), At(a, 5, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcmp {0}, {1}")]
    public void Fcmp(V n, V m) => Emit(0x1E20_2000, Scalar(n, m), At(m, 5, 16), At(n, 5, 5));

    [Asm("fcmp {0}, #0.0")]
    public void FcmpZero(V n) => Emit(0x1E20_2008, Scalar(n), At(n, 5, 5));

    [Asm("fcsel {0}, {1}, {2}, {3}")]
    public void Fcsel(V d, V n, V m, Cond condition) =>
        Emit(0x1E20_0C00, Scalar(d, n, m), At(m, 5, 16), At(condition, 4, 12), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmov {0}, #{1}", Narrower = "vectors have their own method; zero is fmov from wzr")]
    public void FmovScalar(V d, double value) => Emit(0x1E20_1000, Scalar(d), Float8(value, 13), At(d, 5, 0));

    [Asm("fcvt {0}, {1}")]
    public void Fcvt(V d, V n) => Emit(0x1E22_4000, ScalarConvert(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("scvtf {0}, {1}")]
    public void Scvtf(V d, R n) => Emit(0x1E22_0000, Sf(31, n), Scalar(d), At(n, 5, 5), At(d, 5, 0));

    [Asm("ucvtf {0}, {1}")]
    public void Ucvtf(V d, R n) => Emit(0x1E23_0000, Sf(31, n), Scalar(d), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtns {0}, {1}")]
    public void Fcvtns(R d, V n) => Emit(0x1E20_0000, Sf(31, d), Scalar(n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtzs {0}, {1}")]
    public void Fcvtzs(R d, V n) => Emit(0x1E38_0000, Sf(31, d), Scalar(n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtzu {0}, {1}")]
    public void Fcvtzu(R d, V n) => Emit(0x1E39_0000, Sf(31, d), Scalar(n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcvtms {0}, {1}")]
    public void Fcvtms(R d, V n) => Emit(0x1E30_0000, Sf(31, d), Scalar(n), At(n, 5, 5), At(d, 5, 0));
}
