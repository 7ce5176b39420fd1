using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Platform;

public sealed class FloatingPointTests
{
    private static readonly bool IsX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>MXCSR.FTZ, FPCR.FZ.</summary>
    internal static ulong FlushToZero { get; } = IsX64 ? 1ul << 15 : 1ul << 24;

    /// <summary>Rounding towards plus infinity: MXCSR.RC = 2, FPCR.RMode = 1.</summary>
    internal static ulong RoundUp { get; } = IsX64 ? 2ul << 13 : 1ul << 22;

    [Fact]
    public void Taken_over_control_changes_arithmetic_and_is_given_back()
    {
        ulong before = FloatingPointControl.Read();
        Assert.Equal(0ul, before & (FlushToZero | RoundUp));
        ulong own = FloatingPointControl.TakeOver(before | FlushToZero | RoundUp);
        float flushed = Product(1e-30f, 1e-10f), rounded = Sum(1f, 1e-10f);
        FloatingPointControl.Restore(own);
        Assert.Equal(0f, flushed);
        Assert.Equal(MathF.BitIncrement(1f), rounded);
        Assert.Equal(before, FloatingPointControl.Read());
        Assert.NotEqual(0f, Product(1e-30f, 1e-10f));
        Assert.Equal(1f, Sum(1f, 1e-10f));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Product(float a, float b) => a * b;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Sum(float a, float b) => a + b;
}
