using System.Buffers.Binary;
using FugakuDnn.Native.Assembler;
using FugakuDnn.Native.Assembler.A64;
using static FugakuDnn.Native.Assembler.A64.Registers;

namespace FugakuDnn.Native.Tests.Assembler;

public sealed class CodeBufferTests
{
    [Theory]
    [InlineData(26, 4)]
    [InlineData(19, 4)]
    [InlineData(14, 4)]
    [InlineData(21, 1)]
    public void ADistanceBeyondTheFieldIsRefused(int width, int unit)
    {
        Reach reach = width switch { 26 => Reach.Branch26, 19 => Reach.Branch19, 14 => Reach.Branch14, _ => Reach.Adr21 };
        long limit = (1L << (width - 1)) * unit;
        Assert.NotEqual(0u, reach.Patch(0, -limit));
        Assert.NotEqual(0u, reach.Patch(0, limit - unit));
        Assert.Throws<OperandException>(() => reach.Patch(0, limit));
        Assert.Throws<OperandException>(() => reach.Patch(0, -limit - unit));
    }

    [Fact]
    public void ConstantsStandAlignedBehindTheCodeOnceEach()
    {
        var a = new A64Assembler();
        byte[] wide = [.. Enumerable.Range(1, 64).Select(i => (byte)i)];
        byte[] small = [1, 2, 3, 4];
        Label first = a.Constant(small, 4);
        Label second = a.Constant(wide, 64);
        Assert.Equal(first, a.Constant(small, 4));
        a.Adr(X(0), second);
        a.Adr(X(1), first);
        a.Ret(X(30));
        byte[] code = a.Finish();
        Assert.Equal(64, a.Alignment);
        Assert.Equal(64 + 64 + 4, code.Length);
        Assert.Equal(wide, code[64..128]);
        Assert.Equal(small, code[128..132]);
        Assert.Equal(0x1000_0200u, BinaryPrimitives.ReadUInt32LittleEndian(code)); // adr x0, #64
    }

    [Fact]
    public void LabelsAreBoundOnceAndBeforeTheEnd()
    {
        var twice = new A64Assembler();
        Label label = twice.Here();
        Assert.Throws<InvalidOperationException>(() => twice.Bind(label));

        var never = new A64Assembler();
        never.B(never.NewLabel());
        Assert.Throws<InvalidOperationException>(() => never.Finish());

        var foreign = new A64Assembler();
        Assert.Throws<ArgumentException>(() => foreign.B(new Label(3)));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(-1, 1)]
    [InlineData(0x12345, 2)]
    [InlineData(-0x12345, 2)]
    [InlineData(0x1234_5678_9ABC_DEF0, 4)]
    [InlineData(0x00FF_00FF_00FF_00FF, 1)]
    [InlineData(long.MinValue, 1)]
    public void AnyNumberIsMovedInFewInstructions(long value, int instructions)
    {
        var a = new A64Assembler();
        a.Mov(X(3), value);
        Assert.Equal(instructions * 4, a.Position);
        Assert.Equal((ulong)value, Simulate(a.Finish()));
    }

    /// <summary>movz, movn, movk and the orr of a mask that this value needs.</summary>
    private static ulong Simulate(byte[] code)
    {
        ulong x = 0;
        for (int i = 0; i < code.Length; i += 4)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(code.AsSpan(i));
            int shift = (int)((word >> 21) & 3) * 16;
            ulong value = (ulong)((word >> 5) & 0xFFFF) << shift;
            x = (word >> 23) switch
            {
                0x1A5 => value,
                0x125 => ~value,
                0x1E5 => (x & ~(0xFFFFUL << shift)) | value,
                0x164 => 0x00FF_00FF_00FF_00FF,
                _ => throw new InvalidOperationException($"unexpected {word:x8}"),
            };
        }

        return x;
    }
}
