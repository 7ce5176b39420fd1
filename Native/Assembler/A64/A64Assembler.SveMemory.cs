namespace FugakuDnn.Native.Assembler.A64;

// SVE: contiguous loads and stores, broadcasts, prefetches. Offsets "mul vl" count vectors of the access.
internal sealed partial class A64Assembler
{
    [Asm("ld1b {{0}}, {1}/z, [{2}, #{3}, mul vl]")]
    public void Ld1b(Z t, P g, R n, int offset = 0) =>
        Emit(0xA400_A000, Size(In.BHSD, 21, t), Signed(offset, 4, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1h {{0}}, {1}/z, [{2}, #{3}, mul vl]")]
    public void Ld1h(Z t, P g, R n, int offset = 0) =>
        Emit(0xA480_A000, Size(In.HSD, 21, t), Signed(offset, 4, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1w {{0}}, {1}/z, [{2}, #{3}, mul vl]")]
    public void Ld1w(Z t, P g, R n, int offset = 0) =>
        Emit(0xA500_A000, Size(In.SD, 21, t), Signed(offset, 4, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1d {{0}}, {1}/z, [{2}, #{3}, mul vl]")]
    public void Ld1d(Z t, P g, R n, int offset = 0) =>
        Emit(0xA580_A000, Size(In.D, 21, t), Signed(offset, 4, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1sb {{0}}, {1}/z, [{2}, #{3}, mul vl]")]
    public void Ld1sb(Z t, P g, R n, int offset = 0) =>
        Emit(0xA580_A000, InverseSize(In.HSD, 21, t), Signed(offset, 4, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1sh {{0}}, {1}/z, [{2}, #{3}, mul vl]")]
    public void Ld1sh(Z t, P g, R n, int offset = 0) =>
        Emit(0xA500_A000, InverseSize(In.SD, 21, t), Signed(offset, 4, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1sw {{0}}, {1}/z, [{2}, #{3}, mul vl]")]
    public void Ld1sw(Z t, P g, R n, int offset = 0) =>
        Emit(0xA480_A000, InverseSize(In.D, 21, t), Signed(offset, 4, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1b {{0}}, {1}/z, [{2}, {3}]")]
    public void Ld1b(Z t, P g, R n, R m) =>
        Emit(0xA400_4000, Size(In.BHSD, 21, t), IndexRegister(m), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1h {{0}}, {1}/z, [{2}, {3}, lsl #1]")]
    public void Ld1h(Z t, P g, R n, R m) =>
        Emit(0xA480_4000, Size(In.HSD, 21, t), IndexRegister(m), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1w {{0}}, {1}/z, [{2}, {3}, lsl #2]")]
    public void Ld1w(Z t, P g, R n, R m) =>
        Emit(0xA500_4000, Size(In.SD, 21, t), IndexRegister(m), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1d {{0}}, {1}/z, [{2}, {3}, lsl #3]")]
    public void Ld1d(Z t, P g, R n, R m) =>
        Emit(0xA580_4000, Size(In.D, 21, t), IndexRegister(m), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1sb {{0}}, {1}/z, [{2}, {3}]")]
    public void Ld1sb(Z t, P g, R n, R m) =>
        Emit(0xA580_4000, InverseSize(In.HSD, 21, t), IndexRegister(m), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1sh {{0}}, {1}/z, [{2}, {3}, lsl #1]")]
    public void Ld1sh(Z t, P g, R n, R m) =>
        Emit(0xA500_4000, InverseSize(In.SD, 21, t), IndexRegister(m), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("st1b {{0}}, {1}, [{2}, #{3}, mul vl]")]
    public void St1b(Z t, P g, R n, int offset = 0) =>
        Emit(0xE400_E000, Size(In.BHSD, 21, t), Signed(offset, 4, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("st1h {{0}}, {1}, [{2}, #{3}, mul vl]")]
    public void St1h(Z t, P g, R n, int offset = 0) =>
        Emit(0xE480_E000, Size(In.HSD, 21, t), Signed(offset, 4, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("st1w {{0}}, {1}, [{2}, #{3}, mul vl]")]
    public void St1w(Z t, P g, R n, int offset = 0) =>
        Emit(0xE500_E000, Size(In.SD, 21, t), Signed(offset, 4, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("st1d {{0}}, {1}, [{2}, #{3}, mul vl]")]
    public void St1d(Z t, P g, R n, int offset = 0) =>
        Emit(0xE580_E000, Size(In.D, 21, t), Signed(offset, 4, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("st1b {{0}}, {1}, [{2}, {3}]")]
    public void St1b(Z t, P g, R n, R m) =>
        Emit(0xE400_4000, Size(In.BHSD, 21, t), IndexRegister(m), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("st1h {{0}}, {1}, [{2}, {3}, lsl #1]")]
    public void St1h(Z t, P g, R n, R m) =>
        Emit(0xE480_4000, Size(In.HSD, 21, t), IndexRegister(m), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("st1w {{0}}, {1}, [{2}, {3}, lsl #2]")]
    public void St1w(Z t, P g, R n, R m) =>
        Emit(0xE500_4000, Size(In.SD, 21, t), IndexRegister(m), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("st1d {{0}}, {1}, [{2}, {3}, lsl #3]")]
    public void St1d(Z t, P g, R n, R m) =>
        Emit(0xE580_4000, Size(In.D, 21, t), IndexRegister(m), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ldnt1w {{0}}, {1}/z, [{2}, #{3}, mul vl]")]
    public void Ldnt1w(Z t, P g, R n, int offset = 0) =>
        Emit(0xA500_E000, Is(Element.S, t), Signed(offset, 4, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("stnt1w {{0}}, {1}, [{2}, #{3}, mul vl]")]
    public void Stnt1w(Z t, P g, R n, int offset = 0) =>
        Emit(0xE510_E000, Is(Element.S, t), Signed(offset, 4, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1rb {{0}}, {1}/z, [{2}, #{3}]")]
    public void Ld1rb(Z t, P g, R n, int offset = 0) =>
        Emit(0x8440_8000, Size(In.BHSD, 13, t), Unsigned(offset, 6, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1rh {{0}}, {1}/z, [{2}, #{3}]")]
    public void Ld1rh(Z t, P g, R n, int offset = 0) =>
        Emit(0x84C0_8000, Size(In.HSD, 13, t), Unsigned(offset, 6, 16, 2), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1rw {{0}}, {1}/z, [{2}, #{3}]")]
    public void Ld1rw(Z t, P g, R n, int offset = 0) =>
        Emit(0x8540_8000, Size(In.SD, 13, t), Unsigned(offset, 6, 16, 4), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1rd {{0}}, {1}/z, [{2}, #{3}]")]
    public void Ld1rd(Z t, P g, R n, int offset = 0) =>
        Emit(0x85C0_8000, Size(In.D, 13, t), Unsigned(offset, 6, 16, 8), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1rsb {{0}}, {1}/z, [{2}, #{3}]")]
    public void Ld1rsb(Z t, P g, R n, int offset = 0) =>
        Emit(0x85C0_8000, InverseSize(In.HSD, 13, t), Unsigned(offset, 6, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1rqb {{0}}, {1}/z, [{2}, #{3}]")]
    public void Ld1rqb(Z t, P g, R n, int offset = 0) =>
        Emit(0xA400_2000, Is(Element.B, t), Signed(offset, 4, 16, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1rqh {{0}}, {1}/z, [{2}, #{3}]")]
    public void Ld1rqh(Z t, P g, R n, int offset = 0) =>
        Emit(0xA480_2000, Is(Element.H, t), Signed(offset, 4, 16, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1rqw {{0}}, {1}/z, [{2}, #{3}]")]
    public void Ld1rqw(Z t, P g, R n, int offset = 0) =>
        Emit(0xA500_2000, Is(Element.S, t), Signed(offset, 4, 16, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1rqd {{0}}, {1}/z, [{2}, #{3}]")]
    public void Ld1rqd(Z t, P g, R n, int offset = 0) =>
        Emit(0xA580_2000, Is(Element.D, t), Signed(offset, 4, 16, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld2b {{0}, {1}}, {2}/z, [{3}, #{4}, mul vl]")]
    public void Ld2b(Z t, Z t2, P g, R n, int offset = 0) =>
        Emit(0xA420_E000, Is(Element.B, t), Follow(t, t2, 1), Signed(offset, 4, 16, 2), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld2h {{0}, {1}}, {2}/z, [{3}, #{4}, mul vl]")]
    public void Ld2h(Z t, Z t2, P g, R n, int offset = 0) =>
        Emit(0xA4A0_E000, Is(Element.H, t), Follow(t, t2, 1), Signed(offset, 4, 16, 2), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld2w {{0}, {1}}, {2}/z, [{3}, #{4}, mul vl]")]
    public void Ld2w(Z t, Z t2, P g, R n, int offset = 0) =>
        Emit(0xA520_E000, Is(Element.S, t), Follow(t, t2, 1), Signed(offset, 4, 16, 2), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("st2w {{0}, {1}}, {2}, [{3}, #{4}, mul vl]")]
    public void St2w(Z t, Z t2, P g, R n, int offset = 0) =>
        Emit(0xE530_E000, Is(Element.S, t), Follow(t, t2, 1), Signed(offset, 4, 16, 2), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ldr {0}, [{1}, #{2}, mul vl]")]
    public void Ldr(Z t, R n, int offset = 0) => Emit(0x8580_4000, Bare(t), SignedSplit(offset, 6, 16, 3, 10), Base(n));

    [Asm("str {0}, [{1}, #{2}, mul vl]")]
    public void Str(Z t, R n, int offset = 0) => Emit(0xE580_4000, Bare(t), SignedSplit(offset, 6, 16, 3, 10), Base(n));

    [Asm("ldr {0}, [{1}, #{2}, mul vl]")]
    public void Ldr(P t, R n, int offset = 0) => Emit(0x8580_0000, At(t, 4, 0), SignedSplit(offset, 6, 16, 3, 10), Base(n));

    [Asm("str {0}, [{1}, #{2}, mul vl]")]
    public void Str(P t, R n, int offset = 0) => Emit(0xE580_0000, At(t, 4, 0), SignedSplit(offset, 6, 16, 3, 10), Base(n));

    [Asm("prfb {0}, {1}, [{2}, #{3}, mul vl]")]
    public void Prfb(VectorPrefetch kind, P g, R n, int offset = 0) =>
        Emit(0x85C0_0000, At(kind, 4, 0), At(g, 3, 10), Signed(offset, 6, 16), Base(n));

    [Asm("prfw {0}, {1}, [{2}, #{3}, mul vl]")]
    public void Prfw(VectorPrefetch kind, P g, R n, int offset = 0) =>
        Emit(0x85C0_4000, At(kind, 4, 0), At(g, 3, 10), Signed(offset, 6, 16), Base(n));

    [Asm("ld1w {{0}}, {1}/z, [{2}, {3}, {4} #2]", Narrower = "the doubleword forms are not needed")]
    public void Ld1w(Z t, P g, R n, Z m, Offsets extend) =>
        Emit(0x8520_4000, Is(Element.S, t), Is(Element.S, m), At(extend, 1, 22), At(m, 5, 16), At(g, 3, 10), Base(n),
            At(t, 5, 0));

    [Asm("ld1w {{0}}, {1}/z, [{2}, {3}, {4}]", Narrower = "the doubleword forms are not needed")]
    public void Ld1wBytes(Z t, P g, R n, Z m, Offsets extend) =>
        Emit(0x8500_4000, Is(Element.S, t), Is(Element.S, m), At(extend, 1, 22), At(m, 5, 16), At(g, 3, 10), Base(n),
            At(t, 5, 0));

    [Asm("ld1w {{0}}, {1}/z, [{2}, {3}, lsl #2]")]
    public void Ld1w(Z t, P g, R n, Z m) =>
        Emit(0xC560_C000, Is(Element.D, t), Is(Element.D, m), At(m, 5, 16), At(g, 3, 10), Base(n), At(t, 5, 0));

    [Asm("ld1w {{0}}, {1}/z, [{2}, #{3}]", Narrower = "the doubleword form is not needed")]
    public void Ld1w(Z t, P g, Z n, int offset) =>
        Emit(0x8520_C000, Is(Element.S, t), Is(Element.S, n), Unsigned(offset, 5, 16, 4), At(g, 3, 10), At(n, 5, 5), At(t, 5, 0));

    [Asm("st1w {{0}}, {1}, [{2}, {3}, {4} #2]", Narrower = "the doubleword forms are not needed")]
    public void St1w(Z t, P g, R n, Z m, Offsets extend) =>
        Emit(0xE560_8000, Is(Element.S, t), Is(Element.S, m), At(extend, 1, 14), At(m, 5, 16), At(g, 3, 10), Base(n),
            At(t, 5, 0));

    [Asm("st1w {{0}}, {1}, [{2}, {3}, {4}]", Narrower = "the doubleword forms are not needed")]
    public void St1wBytes(Z t, P g, R n, Z m, Offsets extend) =>
        Emit(0xE540_8000, Is(Element.S, t), Is(Element.S, m), At(extend, 1, 14), At(m, 5, 16), At(g, 3, 10), Base(n),
            At(t, 5, 0));

    [Asm("st1w {{0}}, {1}, [{2}, {3}, lsl #2]")]
    public void St1w(Z t, P g, R n, Z m) =>
        Emit(0xE520_A000, Is(Element.D, t), Is(Element.D, m), At(m, 5, 16), At(g, 3, 10), Base(n), At(t, 5, 0));
}
