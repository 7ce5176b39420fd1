using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>The instruction sets that code can be generated for, as theory data.</summary>
public static class Isas
{
    public static TheoryData<Isa> Generated
    {
        get
        {
            var data = new TheoryData<Isa>();
            foreach (Isa isa in Enum.GetValues<Isa>())
            {
                if (VectorAssemblers.Exists(isa))
                {
                    data.Add(isa);
                }
            }

            return data;
        }
    }

    /// <summary>Skips the test, with the reason, where the code of this ISA cannot run. Call it after generating the code.</summary>
    public static void SkipUnlessRunnable(Isa isa) =>
        Assert.SkipUnless(IsaSelection.IsAvailable(isa), $"{IsaSelection.NameOf(isa)}: generated; this CPU cannot run it");
}
