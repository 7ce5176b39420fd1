using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Platform;

public sealed class IsaTests
{
    // CPUID bits: leaf 1 ECX: FMA 12, AVX 28. Leaf 7 EBX: AVX2 5, F 16, DQ 17, BW 30, VL 31; ECX: VNNI 11. Leaf 7.1 EAX: BF16 5.
    private const int Avx = 1 << 28 | 1 << 12, Avx2 = 1 << 5, Avx512 = Avx2 | 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31;
    private const int Vnni = 1 << 11, Bf16 = 1 << 5;

    [Fact]
    public void Everything_and_its_states_saved()
    {
        CpuFeatures cpu = CpuFeatures.FromCpuid(Avx, Avx512, Vnni, Bf16, 0xE7);
        Assert.True(cpu.Avx2 && cpu.Avx512 && cpu.Avx512Vnni && cpu.Avx512Bf16);
        Assert.Equal("Avx512 Avx2 Portable", string.Join(' ', IsaSelection.Select(cpu, executableMemory: true)));
        Assert.Equal("Portable", string.Join(' ', IsaSelection.Select(cpu, executableMemory: false)));
    }

    [Theory]
    [InlineData(0x07, true)]  // the system saves ymm, not zmm
    [InlineData(0x67, true)]  // one of the three 512-bit states is missing
    [InlineData(0x03, false)] // xmm only
    [InlineData(0, false)]
    public void Registers_the_system_does_not_save_are_not_used(int xcr0, bool avx2)
    {
        CpuFeatures cpu = CpuFeatures.FromCpuid(Avx, Avx512, Vnni, Bf16, (ulong)xcr0);
        Assert.Equal(avx2, cpu.Avx2);
        Assert.False(cpu.Avx512 || cpu.Avx512Vnni || cpu.Avx512Bf16);
    }

    [Theory]
    [InlineData(1 << 16)]
    [InlineData(1 << 17)]
    [InlineData(1 << 30)]
    [InlineData(1 << 31)]
    public void Avx512_needs_all_four_parts(int missing) =>
        Assert.False(CpuFeatures.FromCpuid(Avx, Avx512 & ~missing, 0, 0, 0xE7).Avx512);

    [Theory]
    [InlineData(1 << 12)]
    [InlineData(1 << 28)]
    public void Avx2_needs_Avx_and_Fma(int missing) =>
        Assert.False(CpuFeatures.FromCpuid(Avx & ~missing, Avx512, 0, 0, 0xE7).Avx2);

    [Fact]
    public void Detection_agrees_with_the_kernels_list()
    {
        CpuFeatures cpu = CpuFeatures.Detect();
        bool x64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;
        string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith(x64 ? "flags" : "Features"));
        Assert.SkipWhen(line == null, "/proc/cpuinfo lists another architecture's features");
        HashSet<string> flags = [.. line!.Split(' ', '\n')];
        Assert.Equal(flags.IsSupersetOf(["avx2", "fma"]), cpu.Avx2);
        Assert.Equal(flags.IsSupersetOf(["avx512f", "avx512bw", "avx512vl", "avx512dq"]), cpu.Avx512);
        Assert.Equal(flags.Contains("avx512_vnni"), cpu.Avx512Vnni);
        Assert.Equal(flags.Contains("avx512_bf16"), cpu.Avx512Bf16);
        Assert.Equal(flags.Contains("sve"), cpu.SveBytes > 0);
    }

    [Fact]
    public void What_is_available_starts_with_the_best_and_ends_in_portable()
    {
        CpuFeatures cpu = CpuFeatures.Current;
        Assert.Equal(cpu.SveBytes == 64, IsaSelection.IsAvailable(Isa.Sve512));
        Assert.Equal(cpu.Avx512, IsaSelection.IsAvailable(Isa.Avx512));
        Assert.Equal(cpu.Avx2, IsaSelection.IsAvailable(Isa.Avx2));
        Assert.Equal(Isa.Portable, IsaSelection.Available[^1]);
        Assert.True(cpu.SveBytes % 16 == 0 && cpu.SveBytes <= 256);
    }

    [Theory]
    [InlineData("portable", Isa.Portable)]
    [InlineData("NEON", Isa.Neon)]
    [InlineData(" avx2", Isa.Avx2)]
    [InlineData("Sve512", Isa.Sve512)]
    [InlineData("avx512", Isa.Avx512)]
    public void Names_are_read_in_any_case(string name, Isa expected)
    {
        Assert.True(IsaSelection.TryParse(name, out Isa isa));
        Assert.Equal(expected, isa);
        Assert.Equal(name.Trim().ToLowerInvariant(), IsaSelection.NameOf(isa));
    }

    [Fact]
    public void The_best_is_the_default_and_the_variable_overrides_it()
    {
        Isa[] available = [Isa.Avx2, Isa.Portable];
        Assert.Equal(Isa.Avx2, IsaSelection.Resolve(null, available));
        Assert.Equal(Isa.Avx2, IsaSelection.Resolve("", available));
        Assert.Equal(Isa.Portable, IsaSelection.Resolve("portable", available));
    }

    [Theory]
    [InlineData("sve512", Status.Unsupported, "FUGAKUDNN_ISA: 'sve512' is not available on this CPU (available: avx2, portable)")]
    [InlineData("sse4", Status.InvalidArgument, "FUGAKUDNN_ISA: must be one of portable, neon, avx2, sve512, avx512, got 'sse4'")]
    public void What_the_machine_lacks_is_refused(string requested, Status status, string message)
    {
        FdnnException thrown = Assert.Throws<FdnnException>(() => IsaSelection.Resolve(requested, [Isa.Avx2, Isa.Portable]));
        Assert.Equal((status, message), (thrown.Status, thrown.Message));
    }
}
