namespace FugakuDnn.Native.Assembler.A64;

// Loads, stores, prefetches and atomics of general registers.
internal sealed partial class A64Assembler
{
    [Asm("ldr {0}, [{1}, #{2}]", Narrower = "other offsets become ldur")]
    public void Ldr(R t, R n, int offset = 0) => Emit(0xB940_0000, Scaled(t, offset), Base(n), At(t, 5, 0));

    [Asm("str {0}, [{1}, #{2}]", Narrower = "other offsets become stur")]
    public void Str(R t, R n, int offset = 0) => Emit(0xB900_0000, Scaled(t, offset), Base(n), At(t, 5, 0));

    [Asm("ldur {0}, [{1}, #{2}]")]
    public void Ldur(R t, R n, int offset) => Emit(0xB840_0000, Sf(30, t), Signed(offset, 9, 12), Base(n), At(t, 5, 0));

    [Asm("stur {0}, [{1}, #{2}]")]
    public void Stur(R t, R n, int offset) => Emit(0xB800_0000, Sf(30, t), Signed(offset, 9, 12), Base(n), At(t, 5, 0));

    [Asm("ldr {0}, [{1}], #{2}")]
    public void LdrPost(R t, R n, int offset) =>
        Emit(0xB840_0400, NotBase(t, n), Sf(30, t), Signed(offset, 9, 12), Base(n), At(t, 5, 0));

    [Asm("str {0}, [{1}], #{2}")]
    public void StrPost(R t, R n, int offset) =>
        Emit(0xB800_0400, NotBase(t, n), Sf(30, t), Signed(offset, 9, 12), Base(n), At(t, 5, 0));

    [Asm("ldr {0}, [{1}, #{2}]!")]
    public void LdrPre(R t, R n, int offset) =>
        Emit(0xB840_0C00, NotBase(t, n), Sf(30, t), Signed(offset, 9, 12), Base(n), At(t, 5, 0));

    [Asm("str {0}, [{1}, #{2}]!")]
    public void StrPre(R t, R n, int offset) =>
        Emit(0xB800_0C00, NotBase(t, n), Sf(30, t), Signed(offset, 9, 12), Base(n), At(t, 5, 0));

    [Asm("ldr {0}, [{1}, {2}, lsl #{3}]")]
    public void Ldr(R t, R n, R m, int shift) =>
        Emit(0xB860_6800, Indexed(t, shift), Wide(true, m), At(m, 5, 16), Base(n), At(t, 5, 0));

    [Asm("str {0}, [{1}, {2}, lsl #{3}]")]
    public void Str(R t, R n, R m, int shift) =>
        Emit(0xB820_6800, Indexed(t, shift), Wide(true, m), At(m, 5, 16), Base(n), At(t, 5, 0));

    [Asm("ldp {0}, {1}, [{2}, #{3}]")]
    public void Ldp(R t1, R t2, R n, int offset = 0) =>
        Emit(0x2940_0000, Distinct(t1, t2), Pair(t1, t2, offset), At(t2, 5, 10), Base(n), At(t1, 5, 0));

    [Asm("stp {0}, {1}, [{2}, #{3}]")]
    public void Stp(R t1, R t2, R n, int offset = 0) =>
        Emit(0x2900_0000, Pair(t1, t2, offset), At(t2, 5, 10), Base(n), At(t1, 5, 0));

    [Asm("ldp {0}, {1}, [{2}], #{3}")]
    public void LdpPost(R t1, R t2, R n, int offset) =>
        Emit(0x28C0_0000, Distinct(t1, t2), NotBase(t1, n), NotBase(t2, n), Pair(t1, t2, offset), At(t2, 5, 10), Base(n),
            At(t1, 5, 0));

    [Asm("stp {0}, {1}, [{2}, #{3}]!")]
    public void StpPre(R t1, R t2, R n, int offset) =>
        Emit(0x2980_0000, NotBase(t1, n), NotBase(t2, n), Pair(t1, t2, offset), At(t2, 5, 10), Base(n), At(t1, 5, 0));

    [Asm("ldrb {0}, [{1}, #{2}]", Narrower = "other offsets become ldurb")]
    public void Ldrb(R t, R n, int offset = 0) =>
        Emit(0x3940_0000, Wide(false, t), Unsigned(offset, 12, 10), Base(n), At(t, 5, 0));

    [Asm("ldrh {0}, [{1}, #{2}]", Narrower = "other offsets become ldurh")]
    public void Ldrh(R t, R n, int offset = 0) =>
        Emit(0x7940_0000, Wide(false, t), Unsigned(offset, 12, 10, 2), Base(n), At(t, 5, 0));

    [Asm("ldrsw {0}, [{1}, #{2}]", Narrower = "other offsets become ldursw")]
    public void Ldrsw(R t, R n, int offset = 0) =>
        Emit(0xB980_0000, Wide(true, t), Unsigned(offset, 12, 10, 4), Base(n), At(t, 5, 0));

    [Asm("strb {0}, [{1}, #{2}]", Narrower = "other offsets become sturb")]
    public void Strb(R t, R n, int offset = 0) =>
        Emit(0x3900_0000, Wide(false, t), Unsigned(offset, 12, 10), Base(n), At(t, 5, 0));

    [Asm("strh {0}, [{1}, #{2}]", Narrower = "other offsets become sturh")]
    public void Strh(R t, R n, int offset = 0) =>
        Emit(0x7900_0000, Wide(false, t), Unsigned(offset, 12, 10, 2), Base(n), At(t, 5, 0));

    [Asm("prfm {0}, [{1}, #{2}]", Narrower = "other offsets become prfum")]
    public void Prfm(Prefetch kind, R n, int offset = 0) =>
        Emit(0xF980_0000, At(kind, 5, 0), Unsigned(offset, 12, 10, 8), Base(n));

    [Asm("prfum {0}, [{1}, #{2}]")]
    public void Prfum(Prefetch kind, R n, int offset) => Emit(0xF880_0000, At(kind, 5, 0), Signed(offset, 9, 12), Base(n));

    [Asm("prfm {0}, [{1}, {2}, lsl #{3}]")]
    public void Prfm(Prefetch kind, R n, R m, int shift) =>
        Emit(0xF8A0_6800, IndexShift(shift, 3), Wide(true, m), At(m, 5, 16), At(kind, 5, 0), Base(n));

    [Asm("ldar {0}, [{1}]")]
    public void Ldar(R t, R n) => Emit(0x88DF_FC00, Sf(30, t), Base(n), At(t, 5, 0));

    [Asm("stlr {0}, [{1}]")]
    public void Stlr(R t, R n) => Emit(0x889F_FC00, Sf(30, t), Base(n), At(t, 5, 0));

    [Asm("ldaxr {0}, [{1}]")]
    public void Ldaxr(R t, R n) => Emit(0x885F_FC00, Sf(30, t), Base(n), At(t, 5, 0));

    [Asm("stlxr {0}, {1}, [{2}]")]
    public void Stlxr(R s, R t, R n) =>
        Emit(0x8800_FC00, Wide(false, s), Sf(30, t), NotStatus(s, t, n), At(s, 5, 16), Base(n), At(t, 5, 0));

    [Asm("clrex")]
    public void Clrex() => Emit(0xD503_3F5F);

    [Asm("ldadd {0}, {1}, [{2}]")]
    public void Ldadd(R s, R t, R n) => Emit(0xB820_0000, Sf(30, s, t), At(s, 5, 16), Base(n), At(t, 5, 0));

    [Asm("ldaddal {0}, {1}, [{2}]")]
    public void Ldaddal(R s, R t, R n) => Emit(0xB8E0_0000, Sf(30, s, t), At(s, 5, 16), Base(n), At(t, 5, 0));

    [Asm("swpal {0}, {1}, [{2}]")]
    public void Swpal(R s, R t, R n) => Emit(0xB8E0_8000, Sf(30, s, t), At(s, 5, 16), Base(n), At(t, 5, 0));

    [Asm("casal {0}, {1}, [{2}]")]
    public void Casal(R s, R t, R n) => Emit(0x88E0_FC00, Sf(30, s, t), At(s, 5, 16), Base(n), At(t, 5, 0));
}
