using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Tests.Vector;

/// <summary>General registers, control flow, the register pools and the calling convention.</summary>
public sealed unsafe class GeneralRegisterTests
{
    private static readonly long[] Numbers =
    [
        0, 1, -1, 2, 127, 128, 255, 256, 4095, 4096, 4097, 65535, 65536, 0xFFFFFF, 0x1000000, int.MaxValue, int.MinValue,
        (long)int.MaxValue + 1, uint.MaxValue, 0x1_0000_0000, 0x1234_5678_9ABC_DEF0, -4096, -4097, -65536, -65537, long.MaxValue, long.MinValue,
    ];

    public static TheoryData<Isa> All => Isas.Generated;

    [Theory, MemberData(nameof(All))]
    public void Immediates(Isa isa)
    {
        foreach (long number in Numbers)
        {
            Equal(isa, [number, unchecked(number + 77), unchecked(77 + number), 77], (a, x) =>
            {
                Gpr first = a.NewGpr(), second = a.NewGpr();
                a.MoveImmediate(first, number);
                a.AddImmediate(second, x, number);
                Gpr third = a.NewGpr();
                a.Move(third, x);
                a.AddImmediate(third, third, number);
                return [first, second, third, x];
            }, 77);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Arithmetic(Isa isa)
    {
        foreach (long number in Numbers)
        {
            Equal(isa, [unchecked(number + 3), unchecked(number - 3), unchecked(number * 3), unchecked(number << 2), unchecked(number << 13)], (a, x) =>
            {
                Gpr three = a.NewGpr();
                a.MoveImmediate(three, 3);
                Gpr[] results = new Gpr[5];
                for (int i = 0; i < results.Length; i++)
                {
                    results[i] = a.NewGpr();
                    a.Move(results[i], x);
                }

                a.Add(results[0], three);
                a.Subtract(results[1], three);
                a.Multiply(results[2], three);
                a.ShiftLeft(results[3], 2);
                a.ShiftLeft(results[4], 13);
                return results;
            }, number);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void JumpIfLess_is_signed(Isa isa)
    {
        foreach (long bound in (long[])[0, 1, -1, 16, 127, 128, 4095, 4096, 100000, int.MaxValue, int.MinValue])
        {
            foreach (long number in (long[])[bound - 1, bound, bound + 1, long.MinValue, long.MaxValue, -bound])
            {
                Equal(isa, [number < bound ? 1 : 2], (a, x) =>
                {
                    Gpr result = a.NewGpr();
                    Spot less = a.NewSpot();
                    a.MoveImmediate(result, 1);
                    a.JumpIfLess(x, bound, less);
                    a.MoveImmediate(result, 2);
                    a.Bind(less);
                    return [result];
                }, number);
            }
        }
    }

    [Theory, MemberData(nameof(All))]
    public void JumpIfZero_and_jump(Isa isa)
    {
        foreach (long number in (long[])[0, 1, -1, 1L << 32, long.MinValue])
        {
            Equal(isa, [number == 0 ? 1 : 2], (a, x) =>
            {
                Gpr result = a.NewGpr();
                Spot zero = a.NewSpot(), end = a.NewSpot();
                a.JumpIfZero(x, zero);
                a.MoveImmediate(result, 2);
                a.Jump(end);
                a.Bind(zero);
                a.MoveImmediate(result, 1);
                a.Bind(end);
                return [result];
            }, number);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void SubtractAndJumpIfNotZero_counts(Isa isa)
    {
        foreach ((long number, int amount, long rounds) in ((long, int, long)[])[(1, 1, 1), (5, 1, 5), (64, 16, 4), (-2, -1, 2), (4000, 4, 1000)])
        {
            Equal(isa, [rounds, 0], (a, x) =>
            {
                Gpr count = a.NewGpr();
                Spot again = a.NewSpot();
                a.MoveImmediate(count, 0);
                a.Bind(again);
                a.AddImmediate(count, count, 1);
                a.SubtractAndJumpIfNotZero(x, amount, again);
                return [count, x];
            }, number);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Every_register_can_be_used_and_callee_saved_ones_are_kept(Isa isa)
    {
        int vectors = VectorAssemblers.Create(isa).VectorRegisters;
        using TestKernel kernel = Probe.Generate(isa, (a, call) =>
        {
            Gpr d = a.NewGpr(call, 16);
            var numbers = new List<Gpr>();
            while (a.FreeGprs > 0)
            {
                Gpr register = a.NewGpr();
                a.MoveImmediate(register, 1000 + numbers.Count);
                numbers.Add(register);
            }

            Vec[] all = a.NewVecs(a.VectorRegisters);
            for (int i = 0; i < all.Length; i++)
            {
                a.BroadcastInt32(all[i], i + 1);
            }

            for (int i = 0; i < all.Length; i++)
            {
                a.Store(all[i], d, i * a.VectorBytes, Mask.All);
            }

            for (int i = 0; i < numbers.Count; i++)
            {
                a.StoreGpr(numbers[i], d, all.Length * a.VectorBytes + i * 8);
            }

            Assert.Throws<InvalidOperationException>(() => a.NewVec());
            Assert.Throws<InvalidOperationException>(() => a.NewGpr());
            Assert.True(numbers.Count >= 12, "kernels count on 14 general registers, one of them the call's");
        });
        var output = new int[vectors * kernel.Lanes + 64];
        fixed (int* d = output)
        {
            kernel.Run(new Probe.Call { D = d });
        }

        Assert.Equal(Enumerable.Range(0, vectors * kernel.Lanes).Select(i => i / kernel.Lanes + 1), output[..(vectors * kernel.Lanes)]);
        Assert.Equal([1000, 0, 1001, 0, 1002, 0], output[(vectors * kernel.Lanes)..][..6]);
    }

    /// <summary>The code gets a register with <paramref name="x"/> and says which registers hold the results.</summary>
    private static void Equal(Isa isa, long[] expected, Func<VectorAssembler, Gpr, Gpr[]> emit, long x)
    {
        using TestKernel kernel = Probe.Generate(isa, (a, call) =>
        {
            Gpr[] results = emit(a, a.NewGpr(call, 24));
            Gpr d = a.NewGpr(call, 16);
            for (int i = 0; i < results.Length; i++)
            {
                a.StoreGpr(results[i], d, i * 8);
            }
        });
        var output = new long[expected.Length];
        fixed (long* d = output)
        {
            kernel.Run(new Probe.Call { D = d, N = x });
        }

        Assert.Equal(expected, output);
    }
}
