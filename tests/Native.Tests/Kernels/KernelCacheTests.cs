using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Tests.Kernels;

/// <summary>Kernels are shared, and freed once nobody holds them and the limit is exceeded.</summary>
public sealed unsafe class KernelCacheTests
{
    private static readonly Isa? Runnable = IsaSelection.Available.Where(VectorAssemblers.Exists).Select(isa => (Isa?)isa).FirstOrDefault();

    [Fact]
    public void Equal_keys_share_code_and_different_ones_do_not()
    {
        int generated = 0;
        using Kernel first = Acquire("shared", () => generated++);
        using Kernel again = Acquire("shared", () => generated++);
        using Kernel other = Acquire("another", () => generated++);
        Assert.Same(first, again);
        Assert.NotSame(first, other);
        Assert.Equal(2, generated);
        Assert.False(first.Address == other.Address);
    }

    [Fact]
    public void Code_memory_stays_under_the_limit_whatever_is_asked_for()
    {
        long most = 0;
        for (int i = 0; i < 20_000; i++)
        {
            Acquire("bounded " + i, () => { }).Dispose();
            most = Math.Max(most, KernelCache.Bytes);
        }

        Assert.True(most <= KernelCache.Limit, $"{most} bytes of code");
    }

    [Fact]
    public void A_held_kernel_survives_any_number_of_others()
    {
        using Kernel held = Acquire("held", () => { });
        for (int i = 0; i < 20_000; i++)
        {
            Acquire("passing " + i, () => { }).Dispose();
        }

        bool again = false;
        using Kernel same = Acquire("held", () => again = true);
        Assert.Same(held, same);
        Assert.False(again);
        ((delegate* unmanaged<void*, void>)held.Address)(null);
    }

    private static Kernel Acquire(string key, Action generated)
    {
        Assert.SkipWhen(Runnable is null, "no instruction set here has a code generator");
        return KernelCache.Acquire(Runnable!.Value, key, "cache_test", a =>
        {
            generated();
            a.Return();
        });
    }
}
