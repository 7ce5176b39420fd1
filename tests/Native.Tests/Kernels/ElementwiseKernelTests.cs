using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Support;

namespace FugakuDnn.Native.Tests.Kernels;

/// <summary>Elementwise chains: every step, every length, rows and gaps, against scalar C#.</summary>
public sealed unsafe class ElementwiseKernelTests
{
    private static readonly Chain[] Chains =
    [
        Chain.Copy,
        .. Enum.GetValues<ChainOp>().Where(op => op != ChainOp.None).Select(op => Chain.Copy.Then(op)),
        Chain.Copy.Then(ChainOp.AddVector).Then(ChainOp.Relu),
        Chain.Copy.Then(ChainOp.MulAddVector).Then(ChainOp.AddVector).Then(ChainOp.LeakyRelu),
        Chain.Copy.Then(ChainOp.MulAddScalar).Then(ChainOp.Clip).Then(ChainOp.Exp),
        Chain.Copy.Then(ChainOp.AddScaledVector).Then(ChainOp.MulAddScalar).Then(ChainOp.Exp).Then(ChainOp.Relu),
    ];

    public static TheoryData<Isa> All => Isas.Generated;

    [Theory, MemberData(nameof(All))]
    public void Every_chain_and_length(Isa isa)
    {
        foreach (Chain chain in Chains)
        {
            using TestKernel kernel = new(isa, a => ElementwiseKernel.Generate(chain, a));
            using var buffers = new Buffers(Lengths.Most);
            for (int count = 0; count <= Lengths.Most; count++)
            {
                CheckRow(kernel, chain, buffers, count);
            }
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Rows_with_gaps_repeated_and_per_row_operands(Isa isa)
    {
        Chain chain = Chain.Copy.Then(ChainOp.MulAddVector).Then(ChainOp.MulAddScalar).Then(ChainOp.Relu);
        using TestKernel kernel = new(isa, a => ElementwiseKernel.Generate(chain, a));
        foreach (int count in (int[])[0, 1, 3, 8, 16, 17, 33, 100])
        {
            const int Rows = 5, SourceGap = 3, DestinationGap = 2;
            float[] x = Lengths.Numbers(Rows * (count + SourceGap), 1), v = Lengths.Numbers(count + 1, 2), w = Lengths.Numbers(Rows * count + 1, 3);
            float[] s = Lengths.Numbers(Rows, 4), t = [0.25f], y = new float[Rows * (count + DestinationGap)];
            fixed (float* px = x, pv = v, pw = w, ps = s, pt = t, py = y)
            {
                var call = new ElementwiseCall
                {
                    Source = px, Destination = py, Count = count, Rows = Rows, SourceGap = SourceGap * 4, DestinationGap = DestinationGap * 4,
                };
                (call.Operands[0], call.Gaps[0]) = ((nint)pv, -4 * count);
                (call.Operands[1], call.Gaps[1]) = ((nint)pw, 0);
                (call.Operands[2], call.Gaps[2]) = ((nint)ps, 4);
                (call.Operands[3], call.Gaps[3]) = ((nint)pt, 0);
                kernel.Run(call);
            }

            for (int i = 0; i < y.Length; i++)
            {
                (int row, int column) = Math.DivRem(i, count + DestinationGap);
                float expected = column >= count ? 0 : MathF.Max(0, MathF.FusedMultiplyAdd(
                    MathF.FusedMultiplyAdd(x[row * (count + SourceGap) + column], v[column], w[row * count + column]), s[row], 0.25f));
                Assert.Equal(expected, y[i]);
            }
        }
    }

    [Theory, MemberData(nameof(All))]
    public void Pointers_at_odd_addresses_and_in_place(Isa isa)
    {
        Chain chain = Chain.Copy.Then(ChainOp.AddVector);
        using TestKernel kernel = new(isa, a => ElementwiseKernel.Generate(chain, a));
        for (int shift = 0; shift < 8; shift++)
        {
            byte[] x = new byte[4 * 100 + 8], v = new byte[4 * 100 + 8];
            float[] values = Lengths.Numbers(100, shift);
            fixed (byte* px = x, pv = v)
            {
                values.CopyTo(new Span<float>(px + shift, 100));
                values.CopyTo(new Span<float>(pv + 7 - shift, 100));
                var call = new ElementwiseCall { Source = px + shift, Destination = px + shift, Count = 100, Rows = 1 };
                call.Operands[0] = (nint)(pv + 7 - shift);
                kernel.Run(call);
                Assert.Equal(values.Select(value => value + value), new Span<float>(px + shift, 100).ToArray());
            }
        }
    }

    private static void CheckRow(TestKernel kernel, Chain chain, Buffers buffers, int count)
    {
        bool[] moves = chain.Operands();
        float[] x = Lengths.WithSpecials(Lengths.Numbers(count, count));
        float* y = buffers.Destination.Last(count);
        new Span<float>(y, count).Fill(-77);
        var call = new ElementwiseCall
        {
            Source = buffers.Source.Fill(x), Destination = y, Count = count, Rows = 1, Constants = Exponential.Constants,
        };
        var operands = new float[moves.Length][];
        for (int slot = 0; slot < moves.Length; slot++)
        {
            operands[slot] = moves[slot] ? Lengths.Numbers(count, 100 + slot) : [slot - 0.5f];
            call.Operands[slot] = (nint)buffers.Operands[slot].Fill(operands[slot]);
        }

        kernel.Run(call);
        for (int i = 0; i < count; i++)
        {
            double exact = Reference(chain, x[i], i, operands);
            double bound = chain.Has(ChainOp.Exp) ? 1.5 : 0.5;
            Assert.True(Lengths.Ulps(exact, y[i]) <= bound, $"{chain} of {x[i]:R} at {i} of {count}: expected {exact:R}, got {y[i]:R}");
        }
    }

    /// <summary>Steps in float as the chain defines them (fused where it says so), the last exponential in double.</summary>
    private static double Reference(Chain chain, double x, int i, float[][] operands)
    {
        int slot = 0;
        for (int step = 0; step < chain.Length; step++)
        {
            float value = (float)x;
            float At(int offset) => operands[slot + offset] is { Length: 1 } one && !Chain.Operands(chain[step])[offset] ? one[0] : operands[slot + offset][i];
            x = chain[step] switch
            {
                ChainOp.AddVector or ChainOp.AddScalar => value + At(0),
                ChainOp.MultiplyVector or ChainOp.MultiplyScalar => value * At(0),
                ChainOp.AddScaledVector or ChainOp.AddScaledScalar => MathF.FusedMultiplyAdd(At(0), At(1), value),
                ChainOp.MulAddVector or ChainOp.MulAddScalar => MathF.FusedMultiplyAdd(value, At(0), At(1)),
                ChainOp.Relu => MathF.Max(value, 0),
                ChainOp.LeakyRelu => value > 0 ? value : value * At(0),
                ChainOp.Clip => MathF.Min(MathF.Max(value, At(0)), At(1)),
                _ => Math.Exp(value),
            };
            slot += Chain.Operands(chain[step]).Length;
        }

        return x;
    }

    private sealed class Buffers(int most) : IDisposable
    {
        public TailBuffer Source { get; } = new(most);

        public TailBuffer Destination { get; } = new(most);

        public TailBuffer[] Operands { get; } = [.. Enumerable.Range(0, ElementwiseCall.Slots).Select(_ => new TailBuffer(most))];

        public void Dispose()
        {
            Source.Dispose();
            Destination.Dispose();
            Array.ForEach(Operands, buffer => buffer.Dispose());
        }
    }
}
