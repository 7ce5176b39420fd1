using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Vector;

/// <summary>The back ends. Code for any ISA can be made on any machine.</summary>
internal static class VectorAssemblers
{
    /// <summary>True where an ISA has a back end.</summary>
    public static bool Exists(Isa isa) => isa is Isa.Avx2 or Isa.Avx512 or Isa.Sve512;

    /// <summary>A new assembler for one kernel.</summary>
    public static VectorAssembler Create(Isa isa) => isa switch
    {
        Isa.Avx2 => new Avx2Assembler(),
        Isa.Avx512 => new Avx512Assembler(),
        Isa.Sve512 => new Sve512Assembler(),
        _ => throw new FdnnException(Status.Unsupported, $"isa: {isa} has no code generator"),
    };
}
