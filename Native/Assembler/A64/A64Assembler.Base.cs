namespace FugakuDnn.Native.Assembler.A64;

// Base: moves, arithmetic, logic, shifts, selects, system.
internal sealed partial class A64Assembler
{
    [Asm("movz {0}, #{1}, lsl #{2}")]
    public void Movz(R d, int value, int shift = 0) =>
        Emit(0x5280_0000, Sf(31, d), Quarter(d, shift), Unsigned(value, 16, 5), At(d, 5, 0));

    [Asm("movk {0}, #{1}, lsl #{2}")]
    public void Movk(R d, int value, int shift = 0) =>
        Emit(0x7280_0000, Sf(31, d), Quarter(d, shift), Unsigned(value, 16, 5), At(d, 5, 0));

    [Asm("movn {0}, #{1}, lsl #{2}")]
    public void Movn(R d, int value, int shift = 0) =>
        Emit(0x1280_0000, Sf(31, d), Quarter(d, shift), Unsigned(value, 16, 5), At(d, 5, 0));

    [Asm("mov {0}, {1}", Narrower = "sp is MovSp")]
    public void Mov(R d, R n) => Emit(0x2A00_03E0, Sf(31, d, n), At(n, 5, 16), At(d, 5, 0));

    [Asm("add {0}, {1}, #0", Narrower = "w registers are not needed")]
    public void MovSp(R d, R n) => Emit(0x9100_0000, Wide(true, d), Wide(true, n), AtSp(n, 5, 5), AtSp(d, 5, 0));

    [Asm("mvn {0}, {1}")]
    public void Mvn(R d, R n) => Emit(0x2A20_03E0, Sf(31, d, n), At(n, 5, 16), At(d, 5, 0));

    [Asm("add {0}, {1}, #{2}", Narrower = "a negative value becomes sub")]
    public void Add(R d, R n, int value) => Emit(0x1100_0000, Sf(31, d, n), Arithmetic(value), AtSp(n, 5, 5), AtSp(d, 5, 0));

    [Asm("sub {0}, {1}, #{2}", Narrower = "a negative value becomes add")]
    public void Sub(R d, R n, int value) => Emit(0x5100_0000, Sf(31, d, n), Arithmetic(value), AtSp(n, 5, 5), AtSp(d, 5, 0));

    [Asm("adds {0}, {1}, #{2}", Narrower = "a negative value becomes subs")]
    public void Adds(R d, R n, int value) => Emit(0x3100_0000, Sf(31, d, n), Arithmetic(value), AtSp(n, 5, 5), At(d, 5, 0));

    [Asm("subs {0}, {1}, #{2}", Narrower = "a negative value becomes adds")]
    public void Subs(R d, R n, int value) => Emit(0x7100_0000, Sf(31, d, n), Arithmetic(value), AtSp(n, 5, 5), At(d, 5, 0));

    [Asm("cmp {0}, #{1}", Narrower = "a negative value becomes cmn")]
    public void Cmp(R n, int value) => Emit(0x7100_001F, Sf(31, n), Arithmetic(value), AtSp(n, 5, 5));

    [Asm("cmn {0}, #{1}", Narrower = "a negative value becomes cmp")]
    public void Cmn(R n, int value) => Emit(0x3100_001F, Sf(31, n), Arithmetic(value), AtSp(n, 5, 5));

    [Asm("add {0}, {1}, {2}, {3} #{4}", Narrower = "sp takes the extended form")]
    public void Add(R d, R n, R m, Shift shift = Shift.Lsl, int amount = 0) =>
        Emit(0x0B00_0000, Sf(31, d, n, m), NotRor(shift, 22), At(m, 5, 16), Amount(d, amount, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("sub {0}, {1}, {2}, {3} #{4}", Narrower = "sp takes the extended form")]
    public void Sub(R d, R n, R m, Shift shift = Shift.Lsl, int amount = 0) =>
        Emit(0x4B00_0000, Sf(31, d, n, m), NotRor(shift, 22), At(m, 5, 16), Amount(d, amount, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("adds {0}, {1}, {2}, {3} #{4}", Narrower = "sp takes the extended form")]
    public void Adds(R d, R n, R m, Shift shift = Shift.Lsl, int amount = 0) =>
        Emit(0x2B00_0000, Sf(31, d, n, m), NotRor(shift, 22), At(m, 5, 16), Amount(d, amount, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("subs {0}, {1}, {2}, {3} #{4}", Narrower = "sp takes the extended form")]
    public void Subs(R d, R n, R m, Shift shift = Shift.Lsl, int amount = 0) =>
        Emit(0x6B00_0000, Sf(31, d, n, m), NotRor(shift, 22), At(m, 5, 16), Amount(d, amount, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("cmp {0}, {1}", Narrower = "sp takes the extended form")]
    public void Cmp(R n, R m) => Emit(0x6B00_001F, Sf(31, n, m), At(m, 5, 16), At(n, 5, 5));

    [Asm("neg {0}, {1}")]
    public void Neg(R d, R m) => Emit(0x4B00_03E0, Sf(31, d, m), At(m, 5, 16), At(d, 5, 0));

    [Asm("add {0}, {1}, {2}, {3} #{4}", Narrower = "shifts by 4 and w registers are not needed")]
    public void AddExtended(R d, R n, R m, Extend extend, int amount) =>
        Emit(0x8B20_0000, Wide(true, d), Wide(true, n), ExtendedBy(m, extend), At(m, 5, 16),
            Unsigned(amount, 2, 10) with { Mask = 0x1C00 }, AtSp(n, 5, 5), AtSp(d, 5, 0));

    [Asm("sub {0}, {1}, {2}, {3} #{4}", Narrower = "shifts by 4 and w registers are not needed")]
    public void SubExtended(R d, R n, R m, Extend extend, int amount) =>
        Emit(0xCB20_0000, Wide(true, d), Wide(true, n), ExtendedBy(m, extend), At(m, 5, 16),
            Unsigned(amount, 2, 10) with { Mask = 0x1C00 }, AtSp(n, 5, 5), AtSp(d, 5, 0));

    [Asm("and {0}, {1}, {2}, {3} #{4}")]
    public void And(R d, R n, R m, Shift shift = Shift.Lsl, int amount = 0) =>
        Emit(0x0A00_0000, Sf(31, d, n, m), At(shift, 2, 22), At(m, 5, 16), Amount(d, amount, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("orr {0}, {1}, {2}, {3} #{4}")]
    public void Orr(R d, R n, R m, Shift shift = Shift.Lsl, int amount = 0) =>
        Emit(0x2A00_0000, Sf(31, d, n, m), At(shift, 2, 22), At(m, 5, 16), Amount(d, amount, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("eor {0}, {1}, {2}, {3} #{4}")]
    public void Eor(R d, R n, R m, Shift shift = Shift.Lsl, int amount = 0) =>
        Emit(0x4A00_0000, Sf(31, d, n, m), At(shift, 2, 22), At(m, 5, 16), Amount(d, amount, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("bic {0}, {1}, {2}, {3} #{4}")]
    public void Bic(R d, R n, R m, Shift shift = Shift.Lsl, int amount = 0) =>
        Emit(0x0A20_0000, Sf(31, d, n, m), At(shift, 2, 22), At(m, 5, 16), Amount(d, amount, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("ands {0}, {1}, {2}, {3} #{4}")]
    public void Ands(R d, R n, R m, Shift shift = Shift.Lsl, int amount = 0) =>
        Emit(0x6A00_0000, Sf(31, d, n, m), At(shift, 2, 22), At(m, 5, 16), Amount(d, amount, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("and {0}, {1}, #{2}", Narrower = "a 32-bit value may be sign-extended")]
    public void And(R d, R n, ulong value) => Emit(0x1200_0000, Sf(31, d, n), Bitmask(d, value), At(n, 5, 5), AtSp(d, 5, 0));

    [Asm("orr {0}, {1}, #{2}", Narrower = "a 32-bit value may be sign-extended")]
    public void Orr(R d, R n, ulong value) => Emit(0x3200_0000, Sf(31, d, n), Bitmask(d, value), At(n, 5, 5), AtSp(d, 5, 0));

    [Asm("eor {0}, {1}, #{2}", Narrower = "a 32-bit value may be sign-extended")]
    public void Eor(R d, R n, ulong value) => Emit(0x5200_0000, Sf(31, d, n), Bitmask(d, value), At(n, 5, 5), AtSp(d, 5, 0));

    [Asm("ands {0}, {1}, #{2}", Narrower = "a 32-bit value may be sign-extended")]
    public void Ands(R d, R n, ulong value) => Emit(0x7200_0000, Sf(31, d, n), Bitmask(d, value), At(n, 5, 5), At(d, 5, 0));

    [Asm("tst {0}, #{1}", Narrower = "a 32-bit value may be sign-extended")]
    public void Tst(R n, ulong value) => Emit(0x7200_001F, Sf(31, n), Bitmask(n, value), At(n, 5, 5));

    [Asm("lsl {0}, {1}, #{2}")]
    public void Lsl(R d, R n, int amount) =>
        Emit(0x5300_0000, Sf(31, d, n), Sf(22, d), ShiftLeft(d, amount), At(n, 5, 5), At(d, 5, 0));

    [Asm("lsr {0}, {1}, #{2}")]
    public void Lsr(R d, R n, int amount) =>
        Emit(0x5300_0000, Sf(31, d, n), Sf(22, d), ShiftRight(d, amount), At(n, 5, 5), At(d, 5, 0));

    [Asm("asr {0}, {1}, #{2}")]
    public void Asr(R d, R n, int amount) =>
        Emit(0x1300_0000, Sf(31, d, n), Sf(22, d), ShiftRight(d, amount), At(n, 5, 5), At(d, 5, 0));

    [Asm("ubfx {0}, {1}, #{2}, #{3}")]
    public void Ubfx(R d, R n, int lsb, int width) =>
        Emit(0x5300_0000, Sf(31, d, n), Sf(22, d), Extract(d, lsb, width), At(n, 5, 5), At(d, 5, 0));

    [Asm("lsl {0}, {1}, {2}")]
    public void Lsl(R d, R n, R m) => Emit(0x1AC0_2000, Sf(31, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("lsr {0}, {1}, {2}")]
    public void Lsr(R d, R n, R m) => Emit(0x1AC0_2400, Sf(31, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("asr {0}, {1}, {2}")]
    public void Asr(R d, R n, R m) => Emit(0x1AC0_2800, Sf(31, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("sxtw {0}, {1}", Narrower = "the source may be written as x")]
    public void Sxtw(R d, R n) => Emit(0x9340_7C00, Wide(true, d), Wide(false, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("madd {0}, {1}, {2}, {3}")]
    public void Madd(R d, R n, R m, R a) =>
        Emit(0x1B00_0000, Sf(31, d, n, m, a), At(m, 5, 16), At(a, 5, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("msub {0}, {1}, {2}, {3}")]
    public void Msub(R d, R n, R m, R a) =>
        Emit(0x1B00_8000, Sf(31, d, n, m, a), At(m, 5, 16), At(a, 5, 10), At(n, 5, 5), At(d, 5, 0));

    [Asm("mul {0}, {1}, {2}")]
    public void Mul(R d, R n, R m) => Emit(0x1B00_7C00, Sf(31, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("umulh {0}, {1}, {2}")]
    public void Umulh(R d, R n, R m) =>
        Emit(0x9BC0_7C00, Wide(true, d), Wide(true, n), Wide(true, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("udiv {0}, {1}, {2}")]
    public void Udiv(R d, R n, R m) => Emit(0x1AC0_0800, Sf(31, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("sdiv {0}, {1}, {2}")]
    public void Sdiv(R d, R n, R m) => Emit(0x1AC0_0C00, Sf(31, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("clz {0}, {1}")]
    public void Clz(R d, R n) => Emit(0x5AC0_1000, Sf(31, d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("rbit {0}, {1}")]
    public void Rbit(R d, R n) => Emit(0x5AC0_0000, Sf(31, d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("csel {0}, {1}, {2}, {3}")]
    public void Csel(R d, R n, R m, Cond condition) =>
        Emit(0x1A80_0000, Sf(31, d, n, m), At(m, 5, 16), At(condition, 4, 12), At(n, 5, 5), At(d, 5, 0));

    [Asm("csinc {0}, {1}, {2}, {3}")]
    public void Csinc(R d, R n, R m, Cond condition) =>
        Emit(0x1A80_0400, Sf(31, d, n, m), At(m, 5, 16), At(condition, 4, 12), At(n, 5, 5), At(d, 5, 0));

    [Asm("cset {0}, {1}")]
    public void Cset(R d, Cond condition) => Emit(0x1A9F_07E0, Sf(31, d), Opposite(condition, 12), At(d, 5, 0));

    [Asm("nop")]
    public void Nop() => Emit(0xD503_201F);

    [Asm("yield")]
    public void Yield() => Emit(0xD503_203F);

    [Asm("udf #{0}")]
    public void Udf(int value) => Emit(0x0000_0000, Unsigned(value, 16, 0));

    [Asm("brk #{0}")]
    public void Brk(int value) => Emit(0xD420_0000, Unsigned(value, 16, 5));

    [Asm("mrs {0}, {1}")]
    public void Mrs(R t, SystemRegister register) => Emit(0xD530_0000, Wide(true, t), At(register, 15, 5), At(t, 5, 0));

    [Asm("msr {0}, {1}", Narrower = "writing others is not needed")]
    public void Msr(SystemRegister register, R t) => Emit(0xD510_0000, Writable(register, 5), Wide(true, t), At(t, 5, 0));

    [Asm("dmb {0}")]
    public void Dmb(Barrier barrier) => Emit(0xD503_30BF, At(barrier, 4, 8));

    [Asm("dsb {0}")]
    public void Dsb(Barrier barrier) => Emit(0xD503_309F, At(barrier, 4, 8));

    [Asm("isb")]
    public void Isb() => Emit(0xD503_3FDF);

    [Asm("dc cvau, {0}")]
    public void DcCvau(R t) => Emit(0xD50B_7B20, Wide(true, t), At(t, 5, 0));

    [Asm("ic ivau, {0}")]
    public void IcIvau(R t) => Emit(0xD50B_7520, Wide(true, t), At(t, 5, 0));

    [Asm("dc zva, {0}")]
    public void DcZva(R t) => Emit(0xD50B_7420, Wide(true, t), At(t, 5, 0));
}
