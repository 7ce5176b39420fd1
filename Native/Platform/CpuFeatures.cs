using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace FugakuDnn.Native.Platform;

/// <summary>
/// What the CPU has <em>and</em> the operating system saves. Asked from the CPU itself: NativeAOT's <c>IsSupported</c> properties are
/// constants of the compilation's baseline and would say no to AVX2 on a machine that has it.
/// </summary>
internal sealed record CpuFeatures
{
    internal static CpuFeatures Current { get; } = Detect();

    /// <summary>AVX2 and FMA.</summary>
    internal bool Avx2 { get; private init; }

    /// <summary>AVX-512 F, BW, VL and DQ.</summary>
    internal bool Avx512 { get; private init; }

    internal bool Avx512Vnni { get; private init; }

    internal bool Avx512Bf16 { get; private init; }

    internal bool Neon { get; private init; }

    /// <summary>Bytes of an SVE vector in this process, 0 without SVE.</summary>
    internal int SveBytes { get; private init; }

    internal static CpuFeatures Detect() => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 when X86Base.IsSupported => DetectX64(),
        Architecture.Arm64 => new CpuFeatures { Neon = true, SveBytes = OperatingSystem.IsLinux() ? DetectSveBytes() : 0 },
        _ => new CpuFeatures(),
    };

    /// <summary>Reads CPUID leaves 1 and 7 and XCR0 as the manuals say.</summary>
    internal static CpuFeatures FromCpuid(int ecx1, int ebx7, int ecx7, int eax71, ulong xcr0)
    {
        const ulong YmmState = 0x6, ZmmState = 0xE6;
        bool avx2 = Bit(ecx1, 28) && Bit(ecx1, 12) && Bit(ebx7, 5) && (xcr0 & YmmState) == YmmState;
        bool avx512 = avx2 && (xcr0 & ZmmState) == ZmmState && Bit(ebx7, 16) && Bit(ebx7, 17) && Bit(ebx7, 30) && Bit(ebx7, 31);
        return new CpuFeatures
        {
            Avx2 = avx2,
            Avx512 = avx512,
            Avx512Vnni = avx512 && Bit(ecx7, 11),
            Avx512Bf16 = avx512 && Bit(eax71, 5),
        };
    }

    private static unsafe CpuFeatures DetectX64()
    {
        int highestLeaf = X86Base.CpuId(0, 0).Eax;
        int ecx1 = X86Base.CpuId(1, 0).Ecx;
        bool osSavesState = Bit(ecx1, 27);
        if (highestLeaf < 7 || !osSavesState || !MachineThunks.Available)
        {
            return new CpuFeatures();
        }

        (int highestSubleaf, int ebx7, int ecx7, _) = X86Base.CpuId(7, 0);
        int eax71 = highestSubleaf >= 1 ? X86Base.CpuId(7, 1).Eax : 0;
        return FromCpuid(ecx1, ebx7, ecx7, eax71, MachineThunks.ReadXcr0());
    }

    private static int DetectSveBytes()
    {
        const int SveCapability = 22, VectorLengthMask = 0xFFFF;
        if ((LibC.AuxiliaryValue(LibC.HardwareCapabilities) >> SveCapability & 1) == 0)
        {
            return 0;
        }

        int answer = LibC.ProcessControl(LibC.SveGetVectorLength, 0, 0, 0, 0);
        return answer < 0 ? 0 : answer & VectorLengthMask;
    }

    private static bool Bit(int value, int bit) => (value >> bit & 1) != 0;
}
