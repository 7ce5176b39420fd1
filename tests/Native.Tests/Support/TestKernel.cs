using FugakuDnn.Native.Assembler;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Vector;
using Iced.Intel;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>
/// A kernel under test. Making it generates the code, decodes it where there is a decoder, and skips the test where the CPU cannot run it; every call
/// goes through <see cref="CalleeSavedStub"/>.
/// </summary>
internal sealed unsafe class TestKernel : IDisposable
{
    private readonly ExecutableMemory _code;

    public TestKernel(Isa isa, Action<VectorAssembler> generate)
    {
        VectorAssembler assembler = VectorAssemblers.Create(isa);
        generate(assembler);
        byte[] code = assembler.Finish();
        Lanes = assembler.Lanes;
        Assert.NotEmpty(code);
        if (assembler is X64Assembler)
        {
            Decode(code);
        }

        Isas.SkipUnlessRunnable(isa);
        _code = ExecutableMemory.Publish(code);
    }

    public int Lanes { get; }

    public void Run<TCall>(in TCall call)
        where TCall : unmanaged
    {
        fixed (TCall* argument = &call)
        {
            CalleeSavedStub.Call(_code.Address, argument);
        }
    }

    public void Dispose() => _code.Dispose();

    /// <summary>Every byte belongs to a valid instruction, and the last one returns.</summary>
    private static void Decode(byte[] code)
    {
        var decoder = Decoder.Create(64, code);
        Instruction instruction = default;
        while (decoder.IP < (ulong)code.Length)
        {
            decoder.Decode(out instruction);
            Assert.False(instruction.IsInvalid, $"invalid instruction at {instruction.IP}");
        }

        Assert.Equal(Mnemonic.Ret, instruction.Mnemonic);
    }
}
