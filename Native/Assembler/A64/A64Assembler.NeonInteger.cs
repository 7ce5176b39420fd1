namespace FugakuDnn.Native.Assembler.A64;

// NEON: integer arithmetic, logic, shifts and comparisons.
internal sealed partial class A64Assembler
{
    [Asm("add {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Add(V d, V n, V m) => Emit(0x0E20_8400, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("sub {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Sub(V d, V n, V m) => Emit(0x2E20_8400, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("cmeq {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Cmeq(V d, V n, V m) => Emit(0x2E20_8C00, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("cmge {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Cmge(V d, V n, V m) => Emit(0x0E20_3C00, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("cmgt {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Cmgt(V d, V n, V m) => Emit(0x0E20_3400, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("cmhi {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Cmhi(V d, V n, V m) => Emit(0x2E20_3400, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("cmhs {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Cmhs(V d, V n, V m) => Emit(0x2E20_3C00, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("cmtst {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Cmtst(V d, V n, V m) => Emit(0x0E20_8C00, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("addp {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Addp(V d, V n, V m) => Emit(0x0E20_BC00, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("sshl {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Sshl(V d, V n, V m) => Emit(0x0E20_4400, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("ushl {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Ushl(V d, V n, V m) => Emit(0x2E20_4400, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("mul {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Mul(V d, V n, V m) => Emit(0x0E20_9C00, Arrange(In.BHS, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("mla {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Mla(V d, V n, V m) => Emit(0x0E20_9400, Arrange(In.BHS, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("mls {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Mls(V d, V n, V m) => Emit(0x2E20_9400, Arrange(In.BHS, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("smax {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Smax(V d, V n, V m) => Emit(0x0E20_6400, Arrange(In.BHS, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("smin {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Smin(V d, V n, V m) => Emit(0x0E20_6C00, Arrange(In.BHS, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("umax {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Umax(V d, V n, V m) => Emit(0x2E20_6400, Arrange(In.BHS, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("umin {0}, {1}, {2}", Narrower = "scalars are not needed")]
    public void Umin(V d, V n, V m) => Emit(0x2E20_6C00, Arrange(In.BHS, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("abs {0}, {1}", Narrower = "scalars are not needed")]
    public void Abs(V d, V n) => Emit(0x0E20_B800, Arrange(In.BHSD, d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("neg {0}, {1}", Narrower = "scalars are not needed")]
    public void Neg(V d, V n) => Emit(0x2E20_B800, Arrange(In.BHSD, d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("cnt {0}, {1}", Narrower = "scalars are not needed")]
    public void Cnt(V d, V n) => Emit(0x0E20_5800, Arrange(In.B, d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("and {0}, {1}, {2}", Narrower = "element sizes do not matter")]
    public void And(V d, V n, V m) => Emit(0x0E20_1C00, Bytes(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("orr {0}, {1}, {2}", Narrower = "element sizes do not matter")]
    public void Orr(V d, V n, V m) => Emit(0x0EA0_1C00, Bytes(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("eor {0}, {1}, {2}", Narrower = "element sizes do not matter")]
    public void Eor(V d, V n, V m) => Emit(0x2E20_1C00, Bytes(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("bic {0}, {1}, {2}", Narrower = "element sizes do not matter")]
    public void Bic(V d, V n, V m) => Emit(0x0E60_1C00, Bytes(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("orn {0}, {1}, {2}", Narrower = "element sizes do not matter")]
    public void Orn(V d, V n, V m) => Emit(0x0EE0_1C00, Bytes(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("bsl {0}, {1}, {2}", Narrower = "element sizes do not matter")]
    public void Bsl(V d, V n, V m) => Emit(0x2E60_1C00, Bytes(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("bit {0}, {1}, {2}", Narrower = "element sizes do not matter")]
    public void Bit(V d, V n, V m) => Emit(0x2EA0_1C00, Bytes(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("bif {0}, {1}, {2}", Narrower = "element sizes do not matter")]
    public void Bif(V d, V n, V m) => Emit(0x2EE0_1C00, Bytes(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("not {0}, {1}", Narrower = "element sizes do not matter")]
    public void Not(V d, V n) => Emit(0x2E20_5800, Bytes(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("shl {0}, {1}, #{2}", Narrower = "scalars are not needed")]
    public void Shl(V d, V n, int amount) => Emit(0x0F00_5400, VectorShift(d, n, amount, false), At(n, 5, 5), At(d, 5, 0));

    [Asm("sshr {0}, {1}, #{2}", Narrower = "scalars are not needed")]
    public void Sshr(V d, V n, int amount) => Emit(0x0F00_0400, VectorShift(d, n, amount, true), At(n, 5, 5), At(d, 5, 0));

    [Asm("ushr {0}, {1}, #{2}", Narrower = "scalars are not needed")]
    public void Ushr(V d, V n, int amount) => Emit(0x2F00_0400, VectorShift(d, n, amount, true), At(n, 5, 5), At(d, 5, 0));

    [Asm("addv {0}, {1}")]
    public void Addv(V d, V n) => Emit(0x0E31_B800, Across(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("smaxv {0}, {1}")]
    public void Smaxv(V d, V n) => Emit(0x0E30_A800, Across(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("sminv {0}, {1}")]
    public void Sminv(V d, V n) => Emit(0x0E31_A800, Across(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("umaxv {0}, {1}")]
    public void Umaxv(V d, V n) => Emit(0x2E30_A800, Across(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("uminv {0}, {1}")]
    public void Uminv(V d, V n) => Emit(0x2E31_A800, Across(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("sshll {0}, {1}, #{2}")]
    public void Sshll(V d, V n, int amount) => Emit(0x0F00_A400, Longer(d, n, amount), At(n, 5, 5), At(d, 5, 0));

    [Asm("ushll {0}, {1}, #{2}")]
    public void Ushll(V d, V n, int amount) => Emit(0x2F00_A400, Longer(d, n, amount), At(n, 5, 5), At(d, 5, 0));
}
