using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>The instruction sets that tests are run for. Every machine lists all of them; those it lacks are skipped, with the reason.</summary>
public static class TestIsas
{
    public static IReadOnlyList<Isa> All { get; } = [Isa.Portable, Isa.Avx2, Isa.Avx512, Isa.Sve512];

    /// <summary>Skips the calling test if this machine cannot run the instruction set.</summary>
    public static void Require(Isa isa) =>
        Assert.SkipUnless(IsaSelection.IsAvailable(isa), $"{IsaSelection.NameOf(isa)} is not available on this CPU");
}
