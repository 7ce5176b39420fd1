namespace FugakuDnn.Native.Assembler.A64;

// NEON: moves, broadcasts and permutations.
internal sealed partial class A64Assembler
{
    [Asm("dup {0}, {1}")]
    public void Dup(V d, R n) => Emit(0x0E00_0C00, Broadcast(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("dup {0}, {1}[{2}]", Narrower = "scalars are not needed")]
    public void Dup(V d, V n, int lane) => Emit(0x0E00_0400, LaneTo(d, n, lane), At(n, 5, 5), At(d, 5, 0));

    [Asm("ins {0}[{1}], {2}")]
    public void Ins(V d, int lane, R n) => Emit(0x4E00_1C00, Lane(d, lane), HoldsLane(n, d), At(n, 5, 5), At(d, 5, 0));

    [Asm("ins {0}[{1}], {2}[{3}]")]
    public void Ins(V d, int to, V n, int from) => Emit(0x6E00_0400, LaneToLane(d, to, n, from), At(n, 5, 5), At(d, 5, 0));

    [Asm("umov {0}, {1}[{2}]")]
    public void Umov(R d, V n, int lane) => Emit(0x0E00_3C00, Lane(n, lane), UnsignedLane(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("mov {0}, {1}", Narrower = "element sizes do not matter")]
    public void Mov(V d, V n) => Emit(0x0EA0_1C00, Bytes(d, n), At(n, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("movi {0}, #{1}", Narrower = "wider elements are not needed")]
    public void Movi(V d, int value) => Emit(0x0F00_E400, ByteOnly(d), Byte(value), At(d, 5, 0));

    [Asm("movi {0}, #0", Narrower = "only one way to clear all bits is needed")]
    public void MoviZero(V d) => Emit(0x6F00_E400, Is(VShape.V2D, d), At(d, 5, 0));

    [Asm("fmov {0}, #{1}", Narrower = "half precision and scalars are not needed")]
    public void Fmov(V d, double value) => Emit(0x0F00_F400, FloatImmediate(d), VectorFloat8(value), At(d, 5, 0));

    [Asm("fmov {0}, {1}")]
    public void Fmov(V d, V n) => Emit(0x1E20_4000, Scalar(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmov {0}, {1}", Narrower = "half precision is not needed")]
    public void Fmov(V d, R n) => Emit(0x1E27_0000, GeneralScalar(n, d), At(n, 5, 5), At(d, 5, 0));

    [Asm("fmov {0}, {1}", Narrower = "half precision is not needed")]
    public void Fmov(R d, V n) => Emit(0x1E26_0000, GeneralScalar(d, n), At(n, 5, 5), At(d, 5, 0));

    [Asm("zip1 {0}, {1}, {2}")]
    public void Zip1(V d, V n, V m) => Emit(0x0E00_3800, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("zip2 {0}, {1}, {2}")]
    public void Zip2(V d, V n, V m) => Emit(0x0E00_7800, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("uzp1 {0}, {1}, {2}")]
    public void Uzp1(V d, V n, V m) => Emit(0x0E00_1800, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("uzp2 {0}, {1}, {2}")]
    public void Uzp2(V d, V n, V m) => Emit(0x0E00_5800, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("trn1 {0}, {1}, {2}")]
    public void Trn1(V d, V n, V m) => Emit(0x0E00_2800, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("trn2 {0}, {1}, {2}")]
    public void Trn2(V d, V n, V m) => Emit(0x0E00_6800, Arrange(In.BHSD, d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("ext {0}, {1}, {2}, #{3}", Narrower = "llvm-mc wraps the number of bytes")]
    public void Ext(V d, V n, V m, int bytes) =>
        Emit(0x2E00_0000, ExtBytes(d, n, m, bytes), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("tbl {0}, {{1}}, {2}")]
    public void Tbl(V d, V n, V m) => Emit(0x0E00_0000, TableOf(d, n, m), At(m, 5, 16), At(n, 5, 5), At(d, 5, 0));

    [Asm("rev64 {0}, {1}")]
    public void Rev64(V d, V n) => Emit(0x0E20_0800, Arrange(In.BHS, d, n), At(n, 5, 5), At(d, 5, 0));
}
