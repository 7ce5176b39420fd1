namespace FugakuDnn.Native.Assembler.A64;

// SVE: moves, broadcasts and permutations.
internal sealed partial class A64Assembler
{
    [Asm("index {0}, #{1}, #{2}")]
    public void Index(Z d, int start, int step) =>
        Emit(0x0420_4000, Size(In.BHSD, 22, d), Signed(start, 5, 5), Signed(step, 5, 16), At(d, 5, 0));

    [Asm("index {0}, {1}, #{2}")]
    public void Index(Z d, R start, int step) =>
        Emit(0x0420_4400, Size(In.BHSD, 22, d), Holds(start, d), At(start, 5, 5), Signed(step, 5, 16), At(d, 5, 0));

    [Asm("index {0}, #{1}, {2}")]
    public void Index(Z d, int start, R step) =>
        Emit(0x0420_4800, Size(In.BHSD, 22, d), Holds(step, d), Signed(start, 5, 5), At(step, 5, 16), At(d, 5, 0));

    [Asm("index {0}, {1}, {2}")]
    public void Index(Z d, R start, R step) =>
        Emit(0x0420_4C00, Size(In.BHSD, 22, d), Holds(start, d), Holds(step, d), At(start, 5, 5), At(step, 5, 16), At(d, 5, 0));

    [Asm("dup {0}, {1}")]
    public void Dup(Z d, R n) => Emit(0x0520_3800, Size(In.BHSD, 22, d), Holds(n, d), AtSp(n, 5, 5), At(d, 5, 0));

    [Asm("dup {0}, #{1}", Narrower = "the same bits written unsigned")]
    public void Dup(Z d, int value) => Emit(0x2538_C000, Size(In.BHSD, 22, d), Broadcast(d, value), At(d, 5, 0));

    [Asm("dup {0}, {1}[{2}]")]
    public void Dup(Z d, Z n, int lane) => Emit(0x0520_2000, Lane(d, n, lane), At(n, 5, 5), At(d, 5, 0));

    [Asm("fdup {0}, #{1}", Narrower = "zero is dup")]
    public void Fdup(Z d, double value) => Emit(0x2539_C000, Size(In.HSD, 22, d), Float8(value, 5), At(d, 5, 0));

    [Asm("mov {0}, {1}", Narrower = "element sizes do not matter")]
    public void Mov(Z d, Z n) => Emit(0x0460_3000, Is(Element.D, d), Is(Element.D, n), At(n, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("dupm {0}, #{1}", Narrower = "other element sizes are the same instruction")]
    public void Dupm(Z d, ulong value) => Emit(0x05C0_0000, Is(Element.D, d), Bitmask(value, 64, 5), At(d, 5, 0));

    [Asm("cpy {0}, {1}/m, #{2}", Narrower = "the same bits written unsigned")]
    public void Cpy(Z d, P g, int value) =>
        Emit(0x0510_4000, Size(In.BHSD, 22, d), At(g, 4, 16), Broadcast(d, value), At(d, 5, 0));

    [Asm("cpy {0}, {1}/z, #{2}", Narrower = "the same bits written unsigned")]
    public void CpyZ(Z d, P g, int value) =>
        Emit(0x0510_0000, Size(In.BHSD, 22, d), At(g, 4, 16), Broadcast(d, value), At(d, 5, 0));

    [Asm("cpy {0}, {1}/m, {2}")]
    public void Cpy(Z d, P g, R n) =>
        Emit(0x0528_A000, Size(In.BHSD, 22, d), Holds(n, d), At(g, 3, 10), AtSp(n, 5, 5), At(d, 5, 0));

    [Asm("cpy {0}, {1}/m, {2}")]
    public void Cpy(Z d, P g, V n) =>
        Emit(0x0520_8000, Size(In.BHSD, 22, d), Holds(n, d), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("fcpy {0}, {1}/m, #{2}")]
    public void Fcpy(Z d, P g, double value) =>
        Emit(0x0510_C000, Size(In.HSD, 22, d), At(g, 4, 16), Float8(value, 5), At(d, 5, 0));

    [Asm("movprfx {0}, {1}")]
    public void Movprfx(Z d, Z n) => Emit(0x0420_BC00, Bare(d), Bare(n, 5));

    [Asm("movprfx {0}, {1}/m, {2}")]
    public void Movprfx(Z d, P g, Z n) => Emit(0x0411_2000, Size(In.BHSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("movprfx {0}, {1}/z, {2}")]
    public void MovprfxZ(Z d, P g, Z n) => Emit(0x0410_2000, Size(In.BHSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("sel {0}, {1}, {2}, {3}")]
    public void Sel(Z d, P g, Z n, Z m) =>
        Emit(0x0520_C000, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(g, 4, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("zip1 {0}, {1}, {2}")]
    public void Zip1(Z d, Z n, Z m) => Emit(0x0520_6000, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("zip2 {0}, {1}, {2}")]
    public void Zip2(Z d, Z n, Z m) => Emit(0x0520_6400, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("uzp1 {0}, {1}, {2}")]
    public void Uzp1(Z d, Z n, Z m) => Emit(0x0520_6800, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("uzp2 {0}, {1}, {2}")]
    public void Uzp2(Z d, Z n, Z m) => Emit(0x0520_6C00, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("trn1 {0}, {1}, {2}")]
    public void Trn1(Z d, Z n, Z m) => Emit(0x0520_7000, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("trn2 {0}, {1}, {2}")]
    public void Trn2(Z d, Z n, Z m) => Emit(0x0520_7400, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("tbl {0}, {{1}}, {2}")]
    public void Tbl(Z d, Z n, Z m) => Emit(0x0520_3000, Size(In.BHSD, 22, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("ext {0}, {0}, {1}, #{2}")]
    public void Ext(Z d, Z m, int bytes) =>
        Emit(0x0520_0000, Is(Element.B, d), Is(Element.B, m), UnsignedSplit(bytes, 5, 16, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("rev {0}, {1}")]
    public void Rev(Z d, Z n) => Emit(0x0538_3800, Size(In.BHSD, 22, d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("revb {0}, {1}/m, {2}")]
    public void Revb(Z d, P g, Z n) => Emit(0x0524_8000, Size(In.HSD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("splice {0}, {1}, {0}, {2}")]
    public void Splice(Z d, P g, Z m) => Emit(0x052C_8000, Size(In.BHSD, 22, d, m), At(g, 3, 10), At(m, 5, 5), At(d, 5, 0));

    [Asm("compact {0}, {1}, {2}")]
    public void Compact(Z d, P g, Z n) => Emit(0x0521_8000, Size(In.SD, 22, d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("insr {0}, {1}")]
    public void Insr(Z d, R n) => Emit(0x0524_3800, Size(In.BHSD, 22, d), Holds(n, d), At(n, 5, 5), At(d, 5, 0));

    [Asm("insr {0}, {1}")]
    public void Insr(Z d, V n) => Emit(0x0534_3800, Size(In.BHSD, 22, d), Holds(n, d), At(n, 5, 5), At(d, 5, 0));

    [Asm("lasta {0}, {1}, {2}")]
    public void Lasta(V d, P g, Z n) =>
        Emit(0x0522_8000, Size(In.BHSD, 22, n), Holds(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("lastb {0}, {1}, {2}")]
    public void Lastb(V d, P g, Z n) =>
        Emit(0x0523_8000, Size(In.BHSD, 22, n), Holds(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("lasta {0}, {1}, {2}")]
    public void Lasta(R d, P g, Z n) =>
        Emit(0x0520_A000, Size(In.BHSD, 22, n), Holds(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("lastb {0}, {1}, {2}")]
    public void Lastb(R d, P g, Z n) =>
        Emit(0x0521_A000, Size(In.BHSD, 22, n), Holds(d, n), At(g, 3, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("sunpklo {0}, {1}")]
    public void Sunpklo(Z d, Z n) => Emit(0x0530_3800, Widening(In.HSD, 22, d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("sunpkhi {0}, {1}")]
    public void Sunpkhi(Z d, Z n) => Emit(0x0531_3800, Widening(In.HSD, 22, d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("uunpklo {0}, {1}")]
    public void Uunpklo(Z d, Z n) => Emit(0x0532_3800, Widening(In.HSD, 22, d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("uunpkhi {0}, {1}")]
    public void Uunpkhi(Z d, Z n) => Emit(0x0533_3800, Widening(In.HSD, 22, d, n), At(n, 5, 5), At(d, 5, 0));
}
