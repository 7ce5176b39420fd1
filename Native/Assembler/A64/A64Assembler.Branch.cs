namespace FugakuDnn.Native.Assembler.A64;

// Branches, and addresses near the code. Distances are checked when the label is known.
internal sealed partial class A64Assembler
{
    [Asm("b {0}")]
    public void B(Label target) => Emit(0x1400_0000, Reach.Branch26, target);

    [Asm("bl {0}")]
    public void Bl(Label target) => Emit(0x9400_0000, Reach.Branch26, target);

    [Asm("b.{0} {1}")]
    public void B(Cond condition, Label target) => Emit(0x5400_0000, Reach.Branch19, target, At(condition, 4, 0));

    [Asm("cbz {0}, {1}")]
    public void Cbz(R t, Label target) => Emit(0x3400_0000, Reach.Branch19, target, Sf(31, t), At(t, 5, 0));

    [Asm("cbnz {0}, {1}")]
    public void Cbnz(R t, Label target) => Emit(0x3500_0000, Reach.Branch19, target, Sf(31, t), At(t, 5, 0));

    [Asm("tbz {0}, #{1}, {2}", Narrower = "the low bits of an x register may be tested as w")]
    public void Tbz(R t, int bit, Label target) => Emit(0x3600_0000, Reach.Branch14, target, BitNumber(t, bit), At(t, 5, 0));

    [Asm("tbnz {0}, #{1}, {2}", Narrower = "the low bits of an x register may be tested as w")]
    public void Tbnz(R t, int bit, Label target) => Emit(0x3700_0000, Reach.Branch14, target, BitNumber(t, bit), At(t, 5, 0));

    [Asm("adr {0}, {1}")]
    public void Adr(R d, Label target) => Emit(0x1000_0000, Reach.Adr21, target, Wide(true, d), At(d, 5, 0));

    [Asm("ldr {0}, {1}")]
    public void LdrLiteral(R t, Label target) => Emit(0x1800_0000, Reach.Branch19, target, Sf(30, t), At(t, 5, 0));

    [Asm("ldr {0}, {1}")]
    public void LdrLiteral(V t, Label target) => Emit(0x1C00_0000, Reach.Branch19, target, LiteralSize(t), At(t, 5, 0));

    [Asm("br {0}")]
    public void Br(R n) => Emit(0xD61F_0000, Wide(true, n), At(n, 5, 5));

    [Asm("blr {0}")]
    public void Blr(R n) => Emit(0xD63F_0000, Wide(true, n), At(n, 5, 5));

    [Asm("ret {0}")]
    public void Ret(R n) => Emit(0xD65F_0000, Wide(true, n), At(n, 5, 5));
}
