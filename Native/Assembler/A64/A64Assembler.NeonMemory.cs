namespace FugakuDnn.Native.Assembler.A64;

// NEON: loads and stores of scalar and vector registers.
internal sealed partial class A64Assembler
{
    [Asm("ldr {0}, [{1}, #{2}]", Narrower = "other offsets become ldur")]
    public void Ldr(V t, R n, int offset = 0) => Emit(0x3D40_0000, Scaled(t, offset), Base(n), At(t, 5, 0));

    [Asm("str {0}, [{1}, #{2}]", Narrower = "other offsets become stur")]
    public void Str(V t, R n, int offset = 0) => Emit(0x3D00_0000, Scaled(t, offset), Base(n), At(t, 5, 0));

    [Asm("ldur {0}, [{1}, #{2}]")]
    public void Ldur(V t, R n, int offset) => Emit(0x3C40_0000, Access(t), Signed(offset, 9, 12), Base(n), At(t, 5, 0));

    [Asm("stur {0}, [{1}, #{2}]")]
    public void Stur(V t, R n, int offset) => Emit(0x3C00_0000, Access(t), Signed(offset, 9, 12), Base(n), At(t, 5, 0));

    [Asm("ldr {0}, [{1}], #{2}")]
    public void LdrPost(V t, R n, int offset) => Emit(0x3C40_0400, Access(t), Signed(offset, 9, 12), Base(n), At(t, 5, 0));

    [Asm("str {0}, [{1}], #{2}")]
    public void StrPost(V t, R n, int offset) => Emit(0x3C00_0400, Access(t), Signed(offset, 9, 12), Base(n), At(t, 5, 0));

    [Asm("str {0}, [{1}, #{2}]!")]
    public void StrPre(V t, R n, int offset) => Emit(0x3C00_0C00, Access(t), Signed(offset, 9, 12), Base(n), At(t, 5, 0));

    [Asm("ldr {0}, [{1}, {2}, lsl #{3}]")]
    public void Ldr(V t, R n, R m, int shift) =>
        Emit(0x3C60_6800, Indexed(t, shift), Wide(true, m), At(m, 5, 16), Base(n), At(t, 5, 0));

    [Asm("str {0}, [{1}, {2}, lsl #{3}]")]
    public void Str(V t, R n, R m, int shift) =>
        Emit(0x3C20_6800, Indexed(t, shift), Wide(true, m), At(m, 5, 16), Base(n), At(t, 5, 0));

    [Asm("ldp {0}, {1}, [{2}, #{3}]")]
    public void Ldp(V t1, V t2, R n, int offset = 0) =>
        Emit(0x2D40_0000, Distinct(t1, t2), Pair(t1, t2, offset), At(t2, 5, 10), Base(n), At(t1, 5, 0));

    [Asm("stp {0}, {1}, [{2}, #{3}]")]
    public void Stp(V t1, V t2, R n, int offset = 0) =>
        Emit(0x2D00_0000, Pair(t1, t2, offset), At(t2, 5, 10), Base(n), At(t1, 5, 0));

    [Asm("ldp {0}, {1}, [{2}], #{3}")]
    public void LdpPost(V t1, V t2, R n, int offset) =>
        Emit(0x2CC0_0000, Distinct(t1, t2), Pair(t1, t2, offset), At(t2, 5, 10), Base(n), At(t1, 5, 0));

    [Asm("stp {0}, {1}, [{2}, #{3}]!")]
    public void StpPre(V t1, V t2, R n, int offset) =>
        Emit(0x2D80_0000, Pair(t1, t2, offset), At(t2, 5, 10), Base(n), At(t1, 5, 0));

    [Asm("ld1 {{0}}, [{1}]", Narrower = "single lanes have their own method")]
    public void Ld1(V t, R n) => Emit(0x0C40_7000, Structure(t), Base(n), At(t, 5, 0));

    [Asm("st1 {{0}}, [{1}]", Narrower = "single lanes have their own method")]
    public void St1(V t, R n) => Emit(0x0C00_7000, Structure(t), Base(n), At(t, 5, 0));

    [Asm("ld1 {{0}, {1}}, [{2}]")]
    public void Ld1(V t, V t2, R n) => Emit(0x0C40_A000, Structure(t, t2), Base(n), At(t, 5, 0));

    [Asm("st1 {{0}, {1}}, [{2}]")]
    public void St1(V t, V t2, R n) => Emit(0x0C00_A000, Structure(t, t2), Base(n), At(t, 5, 0));

    [Asm("ld1r {{0}}, [{1}]")]
    public void Ld1r(V t, R n) => Emit(0x0D40_C000, Structure(t), Base(n), At(t, 5, 0));

    [Asm("ld1 {{0}}[{1}], [{2}]", Narrower = "other element sizes are not needed")]
    public void Ld1Lane(V t, int lane, R n) => Emit(0x0D40_8000, Is(VShape.LaneS, t), WordLane(lane), Base(n), At(t, 5, 0));

    [Asm("st1 {{0}}[{1}], [{2}]", Narrower = "other element sizes are not needed")]
    public void St1Lane(V t, int lane, R n) => Emit(0x0D00_8000, Is(VShape.LaneS, t), WordLane(lane), Base(n), At(t, 5, 0));
}
