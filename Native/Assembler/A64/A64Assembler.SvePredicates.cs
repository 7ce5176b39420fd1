namespace FugakuDnn.Native.Assembler.A64;

// SVE: predicates, loop control and element counts.
internal sealed partial class A64Assembler
{
    [Asm("ptrue {0}, {1}")]
    public void Ptrue(Pt d, Pattern pattern = Pattern.All) =>
        Emit(0x2518_E000, Size(In.BHSD, 22, d), At(pattern, 5, 5), At(d, 4, 0));

    [Asm("ptrues {0}, {1}")]
    public void Ptrues(Pt d, Pattern pattern = Pattern.All) =>
        Emit(0x2519_E000, Size(In.BHSD, 22, d), At(pattern, 5, 5), At(d, 4, 0));

    [Asm("pfalse {0}")]
    public void Pfalse(Pt d) => Emit(0x2518_E400, Is(Element.B, d), At(d, 4, 0));

    [Asm("whilelt {0}, {1}, {2}")]
    public void Whilelt(Pt d, R n, R m) =>
        Emit(0x2520_0400, Size(In.BHSD, 22, d), Sf(12, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 4, 0));

    [Asm("whilele {0}, {1}, {2}")]
    public void Whilele(Pt d, R n, R m) =>
        Emit(0x2520_0410, Size(In.BHSD, 22, d), Sf(12, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 4, 0));

    [Asm("whilelo {0}, {1}, {2}")]
    public void Whilelo(Pt d, R n, R m) =>
        Emit(0x2520_0C00, Size(In.BHSD, 22, d), Sf(12, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 4, 0));

    [Asm("whilels {0}, {1}, {2}")]
    public void Whilels(Pt d, R n, R m) =>
        Emit(0x2520_0C10, Size(In.BHSD, 22, d), Sf(12, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 4, 0));

    [Asm("ptest {0}, {1}")]
    public void Ptest(P g, Pt n) => Emit(0x2550_C000, Is(Element.B, n), At(g, 4, 10), At(n, 4, 5));

    [Asm("pfirst {0}, {1}, {0}")]
    public void Pfirst(Pt d, P g) => Emit(0x2558_C000, Is(Element.B, d), At(g, 4, 5), At(d, 4, 0));

    [Asm("pnext {0}, {1}, {0}")]
    public void Pnext(Pt d, P g) => Emit(0x2519_C400, Size(In.BHSD, 22, d), At(g, 4, 5), At(d, 4, 0));

    [Asm("brka {0}, {1}/z, {2}")]
    public void Brka(Pt d, P g, Pt n) =>
        Emit(0x2510_4000, Is(Element.B, d), Is(Element.B, n), At(g, 4, 10), At(n, 4, 5), At(d, 4, 0));

    [Asm("brkas {0}, {1}/z, {2}")]
    public void Brkas(Pt d, P g, Pt n) =>
        Emit(0x2550_4000, Is(Element.B, d), Is(Element.B, n), At(g, 4, 10), At(n, 4, 5), At(d, 4, 0));

    [Asm("brkb {0}, {1}/z, {2}")]
    public void Brkb(Pt d, P g, Pt n) =>
        Emit(0x2590_4000, Is(Element.B, d), Is(Element.B, n), At(g, 4, 10), At(n, 4, 5), At(d, 4, 0));

    [Asm("brkbs {0}, {1}/z, {2}")]
    public void Brkbs(Pt d, P g, Pt n) =>
        Emit(0x25D0_4000, Is(Element.B, d), Is(Element.B, n), At(g, 4, 10), At(n, 4, 5), At(d, 4, 0));

    [Asm("brkn {0}, {1}/z, {2}, {0}")]
    public void Brkn(Pt d, P g, Pt n) =>
        Emit(0x2518_4000, Is(Element.B, d), Is(Element.B, n), At(g, 4, 10), At(n, 4, 5), At(d, 4, 0));

    [Asm("and {0}, {1}/z, {2}, {3}")]
    public void And(Pt d, P g, Pt n, Pt m) =>
        Emit(0x2500_4000, Is(Element.B, d), Is(Element.B, n), Is(Element.B, m), At(m, 4, 16), At(g, 4, 10), At(n, 4, 5),
            At(d, 4, 0));

    [Asm("ands {0}, {1}/z, {2}, {3}")]
    public void Ands(Pt d, P g, Pt n, Pt m) =>
        Emit(0x2540_4000, Is(Element.B, d), Is(Element.B, n), Is(Element.B, m), At(m, 4, 16), At(g, 4, 10), At(n, 4, 5),
            At(d, 4, 0));

    [Asm("orr {0}, {1}/z, {2}, {3}")]
    public void Orr(Pt d, P g, Pt n, Pt m) =>
        Emit(0x2580_4000, Is(Element.B, d), Is(Element.B, n), Is(Element.B, m), At(m, 4, 16), At(g, 4, 10), At(n, 4, 5),
            At(d, 4, 0));

    [Asm("orrs {0}, {1}/z, {2}, {3}")]
    public void Orrs(Pt d, P g, Pt n, Pt m) =>
        Emit(0x25C0_4000, Is(Element.B, d), Is(Element.B, n), Is(Element.B, m), At(m, 4, 16), At(g, 4, 10), At(n, 4, 5),
            At(d, 4, 0));

    [Asm("eor {0}, {1}/z, {2}, {3}")]
    public void Eor(Pt d, P g, Pt n, Pt m) =>
        Emit(0x2500_4200, Is(Element.B, d), Is(Element.B, n), Is(Element.B, m), At(m, 4, 16), At(g, 4, 10), At(n, 4, 5),
            At(d, 4, 0));

    [Asm("bic {0}, {1}/z, {2}, {3}")]
    public void Bic(Pt d, P g, Pt n, Pt m) =>
        Emit(0x2500_4010, Is(Element.B, d), Is(Element.B, n), Is(Element.B, m), At(m, 4, 16), At(g, 4, 10), At(n, 4, 5),
            At(d, 4, 0));

    [Asm("bics {0}, {1}/z, {2}, {3}")]
    public void Bics(Pt d, P g, Pt n, Pt m) =>
        Emit(0x2540_4010, Is(Element.B, d), Is(Element.B, n), Is(Element.B, m), At(m, 4, 16), At(g, 4, 10), At(n, 4, 5),
            At(d, 4, 0));

    [Asm("orn {0}, {1}/z, {2}, {3}")]
    public void Orn(Pt d, P g, Pt n, Pt m) =>
        Emit(0x2580_4010, Is(Element.B, d), Is(Element.B, n), Is(Element.B, m), At(m, 4, 16), At(g, 4, 10), At(n, 4, 5),
            At(d, 4, 0));

    [Asm("nor {0}, {1}/z, {2}, {3}")]
    public void Nor(Pt d, P g, Pt n, Pt m) =>
        Emit(0x2580_4200, Is(Element.B, d), Is(Element.B, n), Is(Element.B, m), At(m, 4, 16), At(g, 4, 10), At(n, 4, 5),
            At(d, 4, 0));

    [Asm("nand {0}, {1}/z, {2}, {3}")]
    public void Nand(Pt d, P g, Pt n, Pt m) =>
        Emit(0x2580_4210, Is(Element.B, d), Is(Element.B, n), Is(Element.B, m), At(m, 4, 16), At(g, 4, 10), At(n, 4, 5),
            At(d, 4, 0));

    [Asm("not {0}, {1}/z, {2}")]
    public void Not(Pt d, P g, Pt n) =>
        Emit(0x2500_4200, Is(Element.B, d), Is(Element.B, n), At(g, 4, 16), At(g, 4, 10), At(n, 4, 5), At(d, 4, 0));

    [Asm("sel {0}, {1}, {2}, {3}")]
    public void Sel(Pt d, P g, Pt n, Pt m) =>
        Emit(0x2500_4210, Is(Element.B, d), Is(Element.B, n), Is(Element.B, m), At(m, 4, 16), At(g, 4, 10), At(n, 4, 5),
            At(d, 4, 0));

    [Asm("mov {0}, {1}")]
    public void Mov(Pt d, Pt n) =>
        Emit(0x2580_4000, Is(Element.B, d), Is(Element.B, n), At(n, 4, 16), At(n, 4, 10), At(n, 4, 5), At(d, 4, 0));

    [Asm("punpklo {0}, {1}")]
    public void Punpklo(Pt d, Pt n) => Emit(0x0530_4000, Is(Element.H, d), Is(Element.B, n), At(n, 4, 5), At(d, 4, 0));

    [Asm("punpkhi {0}, {1}")]
    public void Punpkhi(Pt d, Pt n) => Emit(0x0531_4000, Is(Element.H, d), Is(Element.B, n), At(n, 4, 5), At(d, 4, 0));

    [Asm("zip1 {0}, {1}, {2}")]
    public void Zip1(Pt d, Pt n, Pt m) => Emit(0x0520_4000, Size(In.BHSD, 22, d, n, m), At(m, 4, 16), At(n, 4, 5), At(d, 4, 0));

    [Asm("zip2 {0}, {1}, {2}")]
    public void Zip2(Pt d, Pt n, Pt m) => Emit(0x0520_4400, Size(In.BHSD, 22, d, n, m), At(m, 4, 16), At(n, 4, 5), At(d, 4, 0));

    [Asm("uzp1 {0}, {1}, {2}")]
    public void Uzp1(Pt d, Pt n, Pt m) => Emit(0x0520_4800, Size(In.BHSD, 22, d, n, m), At(m, 4, 16), At(n, 4, 5), At(d, 4, 0));

    [Asm("uzp2 {0}, {1}, {2}")]
    public void Uzp2(Pt d, Pt n, Pt m) => Emit(0x0520_4C00, Size(In.BHSD, 22, d, n, m), At(m, 4, 16), At(n, 4, 5), At(d, 4, 0));

    [Asm("trn1 {0}, {1}, {2}")]
    public void Trn1(Pt d, Pt n, Pt m) => Emit(0x0520_5000, Size(In.BHSD, 22, d, n, m), At(m, 4, 16), At(n, 4, 5), At(d, 4, 0));

    [Asm("trn2 {0}, {1}, {2}")]
    public void Trn2(Pt d, Pt n, Pt m) => Emit(0x0520_5400, Size(In.BHSD, 22, d, n, m), At(m, 4, 16), At(n, 4, 5), At(d, 4, 0));

    [Asm("rev {0}, {1}")]
    public void Rev(Pt d, Pt n) => Emit(0x0534_4000, Size(In.BHSD, 22, d, n), At(n, 4, 5), At(d, 4, 0));

    [Asm("cntp {0}, {1}, {2}")]
    public void Cntp(R d, P g, Pt n) =>
        Emit(0x2520_8000, Wide(true, d), Size(In.BHSD, 22, n), At(g, 4, 10), At(n, 4, 5), At(d, 5, 0));

    [Asm("incp {0}, {1}")]
    public void Incp(R d, Pt n) => Emit(0x252C_8800, Wide(true, d), Size(In.BHSD, 22, n), At(n, 4, 5), At(d, 5, 0));

    [Asm("cntb {0}, {1}, mul #{2}")]
    public void Cntb(R d, Pattern pattern = Pattern.All, int times = 1) =>
        Emit(0x0420_E000, Wide(true, d), Unsigned(times, 4, 16, 1, 1), At(pattern, 5, 5), At(d, 5, 0));

    [Asm("cnth {0}, {1}, mul #{2}")]
    public void Cnth(R d, Pattern pattern = Pattern.All, int times = 1) =>
        Emit(0x0460_E000, Wide(true, d), Unsigned(times, 4, 16, 1, 1), At(pattern, 5, 5), At(d, 5, 0));

    [Asm("cntw {0}, {1}, mul #{2}")]
    public void Cntw(R d, Pattern pattern = Pattern.All, int times = 1) =>
        Emit(0x04A0_E000, Wide(true, d), Unsigned(times, 4, 16, 1, 1), At(pattern, 5, 5), At(d, 5, 0));

    [Asm("cntd {0}, {1}, mul #{2}")]
    public void Cntd(R d, Pattern pattern = Pattern.All, int times = 1) =>
        Emit(0x04E0_E000, Wide(true, d), Unsigned(times, 4, 16, 1, 1), At(pattern, 5, 5), At(d, 5, 0));

    [Asm("incb {0}, {1}, mul #{2}")]
    public void Incb(R d, Pattern pattern = Pattern.All, int times = 1) =>
        Emit(0x0430_E000, Wide(true, d), Unsigned(times, 4, 16, 1, 1), At(pattern, 5, 5), At(d, 5, 0));

    [Asm("inch {0}, {1}, mul #{2}")]
    public void Inch(R d, Pattern pattern = Pattern.All, int times = 1) =>
        Emit(0x0470_E000, Wide(true, d), Unsigned(times, 4, 16, 1, 1), At(pattern, 5, 5), At(d, 5, 0));

    [Asm("incw {0}, {1}, mul #{2}")]
    public void Incw(R d, Pattern pattern = Pattern.All, int times = 1) =>
        Emit(0x04B0_E000, Wide(true, d), Unsigned(times, 4, 16, 1, 1), At(pattern, 5, 5), At(d, 5, 0));

    [Asm("incd {0}, {1}, mul #{2}")]
    public void Incd(R d, Pattern pattern = Pattern.All, int times = 1) =>
        Emit(0x04F0_E000, Wide(true, d), Unsigned(times, 4, 16, 1, 1), At(pattern, 5, 5), At(d, 5, 0));

    [Asm("decb {0}, {1}, mul #{2}")]
    public void Decb(R d, Pattern pattern = Pattern.All, int times = 1) =>
        Emit(0x0430_E400, Wide(true, d), Unsigned(times, 4, 16, 1, 1), At(pattern, 5, 5), At(d, 5, 0));

    [Asm("dech {0}, {1}, mul #{2}")]
    public void Dech(R d, Pattern pattern = Pattern.All, int times = 1) =>
        Emit(0x0470_E400, Wide(true, d), Unsigned(times, 4, 16, 1, 1), At(pattern, 5, 5), At(d, 5, 0));

    [Asm("decw {0}, {1}, mul #{2}")]
    public void Decw(R d, Pattern pattern = Pattern.All, int times = 1) =>
        Emit(0x04B0_E400, Wide(true, d), Unsigned(times, 4, 16, 1, 1), At(pattern, 5, 5), At(d, 5, 0));

    [Asm("decd {0}, {1}, mul #{2}")]
    public void Decd(R d, Pattern pattern = Pattern.All, int times = 1) =>
        Emit(0x04F0_E400, Wide(true, d), Unsigned(times, 4, 16, 1, 1), At(pattern, 5, 5), At(d, 5, 0));

    [Asm("rdvl {0}, #{1}")]
    public void Rdvl(R d, int times) => Emit(0x04BF_5000, Wide(true, d), Signed(times, 6, 5), At(d, 5, 0));

    [Asm("addvl {0}, {1}, #{2}")]
    public void Addvl(R d, R n, int times) =>
        Emit(0x0420_5000, Wide(true, d), Wide(true, n), AtSp(n, 5, 16), Signed(times, 6, 5), AtSp(d, 5, 0));

    [Asm("addpl {0}, {1}, #{2}")]
    public void Addpl(R d, R n, int times) =>
        Emit(0x0460_5000, Wide(true, d), Wide(true, n), AtSp(n, 5, 16), Signed(times, 6, 5), AtSp(d, 5, 0));

    [Asm("ctermeq {0}, {1}")]
    public void Ctermeq(R n, R m) => Emit(0x25A0_2000, Sf(22, n, m), At(m, 5, 16), At(n, 5, 5));
}
