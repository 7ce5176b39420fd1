using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Tests.Kernels;

/// <summary>The batch-reduce GEMM by itself: exact integers, guard pages behind A, B and C, callee-saved registers.</summary>
public sealed unsafe class GemmKernelTests
{
    public static TheoryData<Isa> All => Isas.Generated;

    [Theory, MemberData(nameof(All))]
    public void Tiles_of_every_width_and_last_lane_count(Isa isa)
    {
        VectorAssembler facts = VectorAssemblers.Create(isa);
        for (int vectors = 1; vectors <= 4; vectors++)
        {
            int most = GemmKernel.MostRows(facts, vectors, maskB: true);
            foreach (int rows in ((int[])[1, 2, most]).Distinct())
            {
                foreach (int lastLanes in (int[])[1, facts.Lanes - 1, facts.Lanes])
                {
                    foreach (int remainder in (int[])[0, 1])
                    {
                        Check(isa, vectors, rows, lastLanes, remainder, GemmEpilogue.None);
                        Check(isa, vectors, rows, lastLanes, remainder, new GemmEpilogue(true, true, 1, 1, GemmActivation.Relu, 0, 0));
                        Check(isa, vectors, rows, lastLanes, remainder, new GemmEpilogue(true, false, 1, 1, GemmActivation.None, 0, 0));
                    }
                }
            }
        }
    }

    private static void Check(Isa isa, int vectors, int rows, int lastLanes, int remainder, GemmEpilogue epilogue)
    {
        const int Loops = 3, Unroll = 2, Blocks = 2, Repeat = 3;
        int perBlock = Loops * Unroll + remainder;
        int lanes = VectorAssemblers.Create(isa).Lanes, columns = (vectors - 1) * lanes + lastLanes;
        var tile = new GemmTile(
            [.. Enumerable.Range(0, rows).Select(r => r * perBlock * Blocks * 4L)], [.. Enumerable.Range(0, rows).Select(r => r * columns * 4L)],
            [new GemmSegment((1ul << rows) - 1, Unroll, remainder)]);
        var spec = new GemmSpec
        {
            Isa = isa, Vectors = vectors, LastLanes = lastLanes, MaskB = true, StepKB = columns * 4, StepVectorB = lanes * 4,
            Runs = [new GemmRunSpec(tile, rows * perBlock * Blocks * 4, rows * columns * 4)], Epilogue = epilogue,
        };
        using TestKernel kernel = new(isa, a => GemmKernel.Generate(spec, a));
        int m = rows * Repeat, k = perBlock * Blocks;
        float[] a = Integers(m * k, 1), b = Integers(k * columns, 2), residual = Integers(m * columns, 3), bias = Integers(columns, 4);
        using TailBuffer bufferA = new(a.Length), bufferB = new(b.Length), bufferC = new(m * columns), bufferR = new(m * columns), bufferBias = new(columns);
        IReadOnlyList<GemmBlock>[] segments = [[.. Enumerable.Range(0, Blocks).Select(i => new GemmBlock(i * perBlock * 4, i * perBlock * columns * 4L, Loops))]];
        long* list = stackalloc long[GemmLists.Length(segments)];
        GemmLists.Encode(spec, tile, segments, new Span<long>(list, GemmLists.Length(segments)));
        GemmPlacement* placements = stackalloc GemmPlacement[2];
        placements[0] = new GemmPlacement { Repeat = Repeat, List = list };
        placements[1] = default;
        var run = new GemmRun { Placements = placements };
        float* c = bufferC.Last(m * columns);
        kernel.Run(new GemmCall
        {
            A = bufferA.Fill(a), B = bufferB.Fill(b), C = c, Residual = bufferR.Fill(residual), Bias = bufferBias.Fill(bias), Runs = &run,
        });
        for (int i = 0; i < m * columns; i++)
        {
            (int row, int column) = Math.DivRem(i, columns);
            float sum = (epilogue.Bias ? bias[column] : 0) + (epilogue.Residual ? residual[i] : 0);
            for (int step = 0; step < k; step++)
            {
                sum += a[row * k + step] * b[step * columns + column];
            }

            Assert.Equal(epilogue.Activation == GemmActivation.Relu ? MathF.Max(sum, 0) : sum, c[i]);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void A_run_stores_the_last_tile_of_the_run_before(Isa isa)
    {
        VectorAssembler facts = VectorAssemblers.Create(isa);
        foreach (int lastLanes in (int[])[3, facts.Lanes])
        {
            foreach (bool finished in (bool[])[false, true])
            {
                CheckRuns(isa, [4, 2, 5, 1], lastLanes, finished, linked: true, hollow: -1);
                CheckRuns(isa, [4, 2, 5, 1], lastLanes, finished, linked: true, hollow: 2);
                CheckRuns(isa, [4, 2, 5, 1], lastLanes, finished, linked: false, hollow: -1);
            }
        }
    }

    /// <summary>
    /// Runs of tiles of several heights, one behind the other; each but the first has two tiles. The <paramref name="hollow"/> one has
    /// nothing to sum.
    /// </summary>
    private static void CheckRuns(Isa isa, int[] heights, int lastLanes, bool finished, bool linked, int hollow)
    {
        const int K = 8, Vectors = 2;
        int lanes = VectorAssemblers.Create(isa).Lanes, columns = (Vectors - 1) * lanes + lastLanes;
        GemmTile[] tiles = [.. heights.Select((rows, i) => new GemmTile(
            [.. Enumerable.Range(0, rows).Select(r => r * K * 4L)], [.. Enumerable.Range(0, rows).Select(r => r * columns * 4L)],
            i == hollow ? [] : [new GemmSegment((1ul << rows) - 1, Unroll: 4, Remainder: 0)]))];
        var spec = new GemmSpec
        {
            Isa = isa, Vectors = Vectors, LastLanes = lastLanes, MaskB = true, StepKB = columns * 4, StepVectorB = lanes * 4,
            Runs = [.. tiles.Select((tile, i) => new GemmRunSpec(tile, heights[i] * K * 4, heights[i] * columns * 4, Repeats: i > 0))],
            Epilogue = finished ? new GemmEpilogue(true, true, 1, 1, GemmActivation.Relu, 0, 0) : GemmEpilogue.None,
        };
        using TestKernel kernel = new(isa, a => GemmKernel.Generate(spec, a));
        IReadOnlyList<GemmBlock>[] segments = [[new GemmBlock(0, 0, K / 4)]];
        long* list = stackalloc long[GemmLists.Length(segments)];
        GemmLists.Encode(spec, tiles[0], segments, new Span<long>(list, GemmLists.Length(segments)));
        GemmPlacement* placements = stackalloc GemmPlacement[2 * heights.Length];
        GemmRun* runs = stackalloc GemmRun[heights.Length];
        int m = 0;
        var (emptyFrom, emptyTo) = (0, 0);
        for (int i = 0; i < heights.Length; i++)
        {
            int repeat = i > 0 ? 2 : 1;
            placements[2 * i] = new GemmPlacement
            {
                Repeat = repeat, List = list, OffsetA = m * K * 4, OffsetC = m * columns * 4,
                Next = linked && i + 1 < heights.Length ? 2 * sizeof(GemmPlacement) : 0,
            };
            placements[2 * i + 1] = default;
            runs[i].Placements = placements + 2 * i;
            m += heights[i] * repeat;
            (emptyFrom, emptyTo) = i == hollow ? (m - heights[i] * repeat, m) : (emptyFrom, emptyTo);
        }

        float[] a = Integers(m * K, 1), b = Integers(K * columns, 2), residual = Integers(m * columns, 3), bias = Integers(columns, 4);
        using TailBuffer bufferA = new(a.Length), bufferB = new(b.Length), bufferC = new(m * columns), bufferR = new(m * columns), bufferBias = new(columns);
        float* c = bufferC.Last(m * columns);
        kernel.Run(new GemmCall
        {
            A = bufferA.Fill(a), B = bufferB.Fill(b), C = c, Residual = bufferR.Fill(residual), Bias = bufferBias.Fill(bias), Runs = runs,
        });
        for (int i = 0; i < m * columns; i++)
        {
            (int row, int column) = Math.DivRem(i, columns);
            float sum = finished ? bias[column] + residual[i] : 0;
            for (int step = row >= emptyFrom && row < emptyTo ? K : 0; step < K; step++)
            {
                sum += a[row * K + step] * b[step * columns + column];
            }

            Assert.Equal(finished ? MathF.Max(sum, 0) : sum, c[i]);
        }
    }

    private static float[] Integers(int count, int seed) => [.. Lengths.Numbers(count, seed).Select(value => MathF.Round(value))];
}
