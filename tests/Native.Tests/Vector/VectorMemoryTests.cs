using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Tests.Vector;

/// <summary>Loads, stores, masks, address sets and what moves between lanes.</summary>
public sealed unsafe class VectorMemoryTests
{
    private static readonly long[] Offsets =
    [
        0, 1, 4, 60, 64, 127, 128, 252, 255, 256, 257, 448, 512, 1020, 1024, 2048, 4095, 4096, 16380, 16384, 32760, 32768, 65536, 1 << 20,
        (1 << 24) + 4, int.MaxValue, (long)int.MaxValue + 1, 1L << 33, 1L << 40, -1, -4, -64, -256, -257, -512, -1024, -4096, -65536,
        int.MinValue, (long)int.MinValue - 4, -(1L << 40),
    ];

    public static TheoryData<Isa> All => Isas.Generated;

    [Theory, MemberData(nameof(All))]
    public void Any_byte_offset_loads_and_stores(Isa isa)
    {
        foreach (long offset in Offsets)
        {
            using TestKernel kernel = Probe.Generate(isa, (a, call) =>
            {
                Gpr x = a.NewGpr(call, 0), y = a.NewGpr(call, 8), d = a.NewGpr(call, 16), number = a.NewGpr();
                Vec v = a.NewVec();
                Mask three = a.NewMask();
                a.SetLanes(three, 3);
                a.Load(v, x, offset, Mask.All);
                a.Store(v, d, offset, Mask.All);
                a.Load(v, x, offset + 4, three);
                a.Store(v, d, offset + a.VectorBytes, three);
                a.LoadBroadcast(v, y, offset);
                a.Store(v, d, offset + a.VectorBytes + 12, Mask.All);
                a.LoadGpr(number, y, offset);
                a.StoreGpr(number, d, offset + 2 * a.VectorBytes + 12);
            });
            int lanes = kernel.Lanes;
            float[] x = [.. Enumerable.Range(1, lanes + 1).Select(i => (float)i)], y = [42, 43], output = new float[2 * lanes + 6];
            fixed (float* px = x, py = y, pd = output)
            {
                kernel.Run(new Probe.Call { X = (byte*)px - offset, Y = (byte*)py - offset, D = (byte*)pd - offset });
            }

            float[] expected = [.. x[..lanes], .. x[1..4], .. Enumerable.Repeat(42f, lanes), 42, 43, 0];
            Assert.Equal(expected, output);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Constant_masks_touch_their_lanes_only(Isa isa)
    {
        for (int count = 1; count <= VectorAssemblers.Create(isa).Lanes; count++)
        {
            int chosen = count;
            CheckMask(isa, count, (a, mask, _) => a.SetLanes(mask, chosen));
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Counted_masks_touch_their_lanes_only(Isa isa)
    {
        int lanes = VectorAssemblers.Create(isa).Lanes;
        foreach (long count in Enumerable.Range(1, lanes).Select(i => (long)i).Concat([lanes + 1, 2 * lanes, 1000, 1L << 33, long.MaxValue]))
        {
            CheckMask(isa, count, (a, mask, call) => a.SetLanes(mask, a.NewGpr(call, 24)));
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Transpose(Isa isa)
    {
        using TestKernel kernel = Probe.Generate(isa, (a, call) =>
        {
            Gpr x = a.NewGpr(call, 0), d = a.NewGpr(call, 16);
            Vec[] rows = a.NewVecs(a.Lanes);
            for (int i = 0; i < rows.Length; i++)
            {
                a.Load(rows[i], x, i * a.VectorBytes, Mask.All);
            }

            Vec spare = a.NewVec();
            a.Transpose(rows, ref spare);
            Assert.Equal(a.Lanes + 1, rows.Append(spare).Distinct().Count());
            for (int i = 0; i < rows.Length; i++)
            {
                a.Store(rows[i], d, i * a.VectorBytes, Mask.All);
            }
        });
        int lanes = kernel.Lanes;
        int[] input = [.. Enumerable.Range(0, lanes * lanes)], output = new int[lanes * lanes];
        fixed (int* px = input, pd = output)
        {
            kernel.Run(new Probe.Call { X = px, D = pd });
        }

        Assert.Equal(Enumerable.Range(0, lanes * lanes).Select(i => i % lanes * lanes + i / lanes), output);
    }

    [Theory, MemberData(nameof(All))]
    public void ReduceAdd_and_BroadcastLane0(Isa isa)
    {
        using TestKernel kernel = Probe.Generate(isa, (a, call) => Reduction(a, call, a.ReduceAdd));
        var random = new Random(3);
        for (int round = 0; round < 50; round++)
        {
            float[] x = [.. Enumerable.Range(0, kernel.Lanes).Select(_ => (float)random.Next(-1000, 1000))];
            Assert.All(Reduce(kernel, x), lane => Assert.Equal(x.Sum(), lane));
        }
    }

    [Theory, MemberData(nameof(All))]
    public void ReduceAdd_has_a_fixed_order(Isa isa)
    {
        using TestKernel kernel = Probe.Generate(isa, (a, call) => Reduction(a, call, a.ReduceAdd));
        var random = new Random(4);
        float[] x = [.. Enumerable.Range(0, kernel.Lanes).Select(_ => random.NextSingle() * 1e6f)];
        float first = Reduce(kernel, x)[0];
        Assert.InRange(first, x.Sum(v => (double)v) * (1 - 1e-6), x.Sum(v => (double)v) * (1 + 1e-6));
        for (int round = 0; round < 20; round++)
        {
            Assert.Equal(first, Reduce(kernel, x)[0]);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void ReduceMax_finds_the_greatest_or_a_NaN_in_any_lane(Isa isa)
    {
        using TestKernel kernel = Probe.Generate(isa, (a, call) => Reduction(a, call, a.ReduceMax));
        for (int lane = 0; lane < kernel.Lanes; lane++)
        {
            float[] x = [.. Enumerable.Range(0, kernel.Lanes).Select(i => -5f - i)];
            x[lane] = -1;
            Assert.All(Reduce(kernel, x), value => Assert.Equal(-1, value));
            x[lane] = float.NaN;
            Assert.All(Reduce(kernel, x), value => Assert.Equal(float.NaN, value));
            Array.Fill(x, float.NegativeInfinity);
            Assert.All(Reduce(kernel, x), value => Assert.Equal(float.NegativeInfinity, value));
            x[lane] = float.PositiveInfinity;
            Assert.All(Reduce(kernel, x), value => Assert.Equal(float.PositiveInfinity, value));
        }
    }

    [Theory, MemberData(nameof(All))]
    public void IndexInt32(Isa isa)
    {
        foreach ((int first, int step) in ((int, int)[])[(0, 1), (5, 3), (-7, 1), (100000, -1000), (0, 0), (int.MinValue, 1), (1, 1 << 20)])
        {
            using TestKernel kernel = Probe.Generate(isa, (a, call) =>
            {
                Vec v = a.NewVec();
                a.IndexInt32(v, first, step);
                a.Store(v, a.NewGpr(call, 16), 0, Mask.All);
            });
            var output = new int[kernel.Lanes];
            fixed (int* d = output)
            {
                kernel.Run(new Probe.Call { D = d });
            }

            Assert.Equal(Enumerable.Range(0, kernel.Lanes).Select(i => first + i * step), output);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Address_sets_reach_their_items(Isa isa)
    {
        long[][] sets = [[0], [0, 4, 8, 12], [0, 256, 512, 1024, 4096, 100000], [64, 0, 6272, 12544, 1 << 18]];
        foreach (long[] offsets in sets)
        {
            foreach (Access access in Enum.GetValues<Access>())
            {
                CheckAddressSet(isa, offsets, access);
            }
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Prefetch_never_faults(Isa isa)
    {
        using TestKernel kernel = Probe.Generate(isa, (a, call) =>
        {
            Gpr nowhere = a.NewGpr(call, 0);
            foreach (long offset in Offsets)
            {
                a.Prefetch(nowhere, offset, intoL2: false);
                a.Prefetch(nowhere, offset, intoL2: true);
            }
        });
        kernel.Run(new Probe.Call { X = (void*)16 });
    }

    private static void CheckMask(Isa isa, long count, Action<VectorAssembler, Mask, Gpr> set)
    {
        using TestKernel kernel = Probe.Generate(isa, (a, call) =>
        {
            Gpr x = a.NewGpr(call, 0), y = a.NewGpr(call, 8), d = a.NewGpr(call, 16);
            Mask mask = a.NewMask();
            set(a, mask, call);
            Vec v = a.NewVec();
            a.Broadcast(v, -1);
            a.Load(v, x, 0, mask);
            a.Store(v, y, 0, Mask.All);
            a.Store(v, d, 0, mask);
        });
        int existing = (int)Math.Min(count, kernel.Lanes);
        using GuardedBuffer source = new(existing * 4), destination = new(existing * 4);
        var loaded = new float[kernel.Lanes];
        for (int i = 0; i < existing; i++)
        {
            source.As<float>()[i] = i + 1;
        }

        fixed (float* y = loaded)
        {
            kernel.Run(new Probe.Call { X = source.Data, Y = y, D = destination.Data, N = count });
        }

        Assert.Equal(Enumerable.Range(0, kernel.Lanes).Select(i => i < existing ? i + 1f : 0), loaded);
        Assert.Equal(source.As<float>().ToArray(), destination.As<float>().ToArray());
    }

    private static void CheckAddressSet(Isa isa, long[] offsets, Access access)
    {
        const int Steps = 3;
        long[] displacements = [];
        using TestKernel kernel = Probe.Generate(isa, (a, call) =>
        {
            Gpr x = a.NewGpr(call, 0), d = a.NewGpr(call, 16), step = a.NewGpr();
            Vec v = a.NewVec();
            long item = access == Access.Vector ? a.VectorBytes : 4, reach = Math.Min(a.Reach(access, offsets.Max() + item), 8 * item);
            displacements = [0, reach / item / 2 * item, reach / item * item];
            AddressSet set = a.NewAddressSet(x, offsets, displacements[^1], access);
            Assert.Equal(offsets, set.Offsets);
            a.MoveImmediate(step, 128);
            for (int moved = 0; moved < Steps; moved++)
            {
                for (int i = 0; i < offsets.Length; i++)
                {
                    foreach (long displacement in displacements)
                    {
                        if (access == Access.Vector)
                        {
                            a.Load(v, set, i, displacement, Mask.All);
                        }
                        else
                        {
                            a.LoadBroadcast(v, set, i, displacement);
                        }

                        a.Store(v, d, 0, Mask.All);
                        a.AddImmediate(d, d, a.VectorBytes);
                    }
                }

                if (moved == 0)
                {
                    a.Advance(set, 64);
                }
                else
                {
                    a.Advance(set, step);
                }
            }

            a.Free(set);
        });
        int lanes = kernel.Lanes;
        int[] input = [.. Enumerable.Range(0, (int)(offsets.Max() / 4) + 1024)];
        var output = new int[Steps * offsets.Length * displacements.Length * lanes];
        fixed (int* px = input, pd = output)
        {
            kernel.Run(new Probe.Call { X = px, D = pd });
        }

        long[] moves = [0, 64, 64 + 128];
        IEnumerable<int> expected =
            from move in moves
            from offset in offsets
            from displacement in displacements
            from lane in Enumerable.Range(0, lanes)
            select (int)((move + offset + displacement) / 4) + (access == Access.Vector ? lane : 0);
        Assert.Equal(expected, output);
    }

    private static void Reduction(VectorAssembler a, Gpr call, Action<Vec, Vec> reduce)
    {
        Vec x = a.NewVec(), lane = a.NewVec(), all = a.NewVec();
        a.Load(x, a.NewGpr(call, 0), 0, Mask.All);
        reduce(lane, x);
        a.BroadcastLane0(all, lane);
        a.Store(all, a.NewGpr(call, 16), 0, Mask.All);
    }

    private static float[] Reduce(TestKernel kernel, float[] x)
    {
        var output = new float[kernel.Lanes];
        fixed (float* px = x, pd = output)
        {
            kernel.Run(new Probe.Call { X = px, D = pd });
        }

        return output;
    }
}
