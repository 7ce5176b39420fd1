namespace FugakuDnn.Native.Platform;

/// <summary>Instruction sets that plans are made for, in ascending order of preference on their own architecture. The numbers are part of the C ABI.</summary>
public enum Isa
{
    /// <summary>Managed code only; no executable memory.</summary>
    Portable = 0,

    /// <summary>AArch64 with AdvSIMD.</summary>
    Neon = 1,

    /// <summary>x86-64 with AVX2 and FMA.</summary>
    Avx2 = 2,

    /// <summary>AArch64 with SVE and 512-bit vectors (A64FX).</summary>
    Sve512 = 3,

    /// <summary>x86-64 with AVX-512 F, BW, VL and DQ.</summary>
    Avx512 = 4,
}
