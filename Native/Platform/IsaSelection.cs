namespace FugakuDnn.Native.Platform;

/// <summary>Which instruction sets plans may be made for on this machine, best first, and which one is the default.</summary>
public static class IsaSelection
{
    private static readonly Isa[] AvailableIsas = [.. Select(CpuFeatures.Current, MachineThunks.Available)];

    private static Isa? s_best;

    /// <summary>Instruction sets that have a back end and that the CPU and the system support, best first; ends in <see cref="Isa.Portable"/>.</summary>
    public static IReadOnlyList<Isa> Available => AvailableIsas;

    /// <summary>The instruction set that plans are made for unless told otherwise: <c>FUGAKUDNN_ISA</c>, else the best available.</summary>
    /// <exception cref="FdnnException"><c>FUGAKUDNN_ISA</c> names an unknown or unavailable instruction set.</exception>
    public static Isa Best => s_best ??= Resolve(Settings.Current.Isa, AvailableIsas);

    /// <summary>Whether plans for <paramref name="isa"/> can run here.</summary>
    public static bool IsAvailable(Isa isa) => Array.IndexOf(AvailableIsas, isa) >= 0;

    /// <summary>Name as in <c>FUGAKUDNN_ISA</c>: portable, neon, avx2, sve512, avx512.</summary>
    public static string NameOf(Isa isa) => isa switch
    {
        Isa.Portable => "portable",
        Isa.Neon => "neon",
        Isa.Avx2 => "avx2",
        Isa.Sve512 => "sve512",
        Isa.Avx512 => "avx512",
        _ => throw new FdnnException(Status.InvalidArgument, $"isa: must be in [0, 4], got {(int)isa}"),
    };

    /// <summary>The reverse of <see cref="NameOf"/>; false for an unknown name.</summary>
    public static bool TryParse(string name, out Isa isa)
    {
        foreach (Isa candidate in Enum.GetValues<Isa>())
        {
            if (string.Equals(NameOf(candidate), name.Trim(), StringComparison.OrdinalIgnoreCase))
            {
                isa = candidate;
                return true;
            }
        }

        isa = Isa.Portable;
        return false;
    }

    /// <summary>What can be chosen. A back end appears here once it exists; all but the portable one need executable memory.</summary>
    internal static IEnumerable<Isa> Select(CpuFeatures cpu, bool executableMemory)
    {
        const int BytesOf512Bits = 64;
        if (executableMemory)
        {
            if (cpu.Avx512)
            {
                yield return Isa.Avx512;
            }

            if (cpu.Avx2)
            {
                yield return Isa.Avx2;
            }

            if (cpu.SveBytes == BytesOf512Bits)
            {
                yield return Isa.Sve512;
            }
        }

        yield return Isa.Portable;
    }

    internal static Isa Resolve(string? requested, IReadOnlyList<Isa> available)
    {
        if (string.IsNullOrWhiteSpace(requested))
        {
            return available[0];
        }

        if (!TryParse(requested, out Isa isa))
        {
            throw new FdnnException(
                Status.InvalidArgument,
                $"FUGAKUDNN_ISA: must be one of portable, neon, avx2, sve512, avx512, got '{requested}'");
        }

        return available.Contains(isa)
            ? isa
            : throw new FdnnException(
                Status.Unsupported,
                $"FUGAKUDNN_ISA: '{NameOf(isa)}' is not available on this CPU (available: {string.Join(", ", available.Select(NameOf))})");
    }
}
