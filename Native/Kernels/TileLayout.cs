using System.Numerics;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tuning;

namespace FugakuDnn.Native.Kernels;

/// <summary>
/// The tiles of all regions for one block of columns. Pixels are cut into nearly equal chunks, so that no small rest is left; in each
/// chunk, taps are grouped by the set of pixels that have them; equal tiles become one piece of code with several placements.
/// </summary>
internal sealed unsafe class TileLayout
{
    private static readonly int PlacementLongs = sizeof(GemmPlacement) / sizeof(long);

    private readonly Isa _isa;
    private readonly IReadOnlyList<GemmTap> _taps;
    private readonly GemmColumns _columns;
    private readonly long _stepKA;
    private readonly long _stepKB;
    private readonly List<GemmRunSpec> _runs = [];
    private readonly Dictionary<string, int> _runOf = [];
    private readonly List<Placement>[] _regions;

    public TileLayout(
        Isa isa, IReadOnlyList<GemmTap> taps, IReadOnlyList<GemmRegion> regions, GemmColumns columns, GemmEpilogue epilogue,
        GemmOperands operands)
    {
        _isa = isa;
        _taps = taps;
        _columns = columns;
        int vectorBytes = GemmTuning.VectorBytes(isa);
        _stepKA = operands.StepA;
        _stepKB = operands.StepB ?? columns.Vectors * vectorBytes;
        int mostRows = GemmTuning.MostRows(isa, columns.Vectors, maskB: operands.StepB is not null);
        _regions = [.. regions.Select(region => Cut(region, mostRows))];
        Spec = new GemmSpec
        {
            Isa = isa,
            Product = operands.Product,
            Vectors = columns.Vectors,
            LastLanes = columns.LastLanes,
            MaskB = operands.StepB is not null,
            StepKA = _stepKA,
            StepKB = _stepKB,
            StepVectorB = vectorBytes,
            Runs = _runs,
            Epilogue = epilogue,
        };
    }

    /// <summary>What the kernel is generated from.</summary>
    public GemmSpec Spec { get; }

    /// <summary>64-bit words of the run-time tables.</summary>
    public long TableLongs => _regions.Sum(region => _runs.Count
        + region.Sum(p => PlacementLongs + GemmLists.Length(p.Blocks)) + (long)PlacementLongs * region.Select(p => p.Run).Distinct().Count());

    /// <summary>Writes the tables; returns the address of each region's runs.</summary>
    public nint[] Write(ref long* at)
    {
        var addresses = new nint[_regions.Length];
        for (int i = 0; i < _regions.Length; i++)
        {
            var runs = (GemmRun*)at;
            addresses[i] = (nint)runs;
            at += _runs.Count;
            new Span<GemmRun>(runs, _runs.Count).Clear();
            GemmPlacement* last = null;
            int lastRun = -1;
            foreach (var placements in _regions[i].GroupBy(placement => placement.Run).OrderBy(group => group.Key))
            {
                var place = (GemmPlacement*)at;
                runs[placements.Key].Placements = place;
                if (placements.Key == lastRun + 1 && last != null)
                {
                    last->Next = (byte*)place - (byte*)last;
                }

                at += PlacementLongs * (placements.Count() + 1);
                foreach (var placement in placements)
                {
                    *place++ = Write(placement, ref at);
                }

                last = place - 1;
                lastRun = placements.Key;
                *place = default;
            }
        }

        return addresses;
    }

    private GemmPlacement Write(Placement placement, ref long* at)
    {
        long* list = at;
        int longs = GemmLists.Length(placement.Blocks);
        GemmLists.Encode(Spec, _runs[placement.Run].Tile, placement.Blocks, new Span<long>(list, longs));
        at += longs;
        var (startA, startB) = GemmLists.Start(placement.Blocks);
        return new GemmPlacement
        {
            Repeat = placement.Repeat, List = list, OffsetA = placement.OffsetA + startA, OffsetB = startB, OffsetC = placement.OffsetC,
        };
    }

    private List<Placement> Cut(GemmRegion region, int mostRows)
    {
        var placements = new List<Placement>();
        int pixels = region.PixelsA.Length;
        int chunks = (int)Shapes.CeilDivide(pixels, mostRows);
        int first = 0;
        for (int i = 0; i < chunks; i++)
        {
            // The larger chunks come first, so that equal ones follow each other.
            int rows = pixels / chunks + (i < pixels % chunks ? 1 : 0);
            Add(placements, region, first, rows);
            first += rows;
        }

        return placements;
    }

    private void Add(List<Placement> placements, GemmRegion region, int first, int rows)
    {
        var (segments, blocks) = Segments(region, first, rows);
        long[] rowsA = [.. Enumerable.Range(first, rows).Select(p => region.PixelsA[p] - region.PixelsA[first])];
        long[] rowsC = [.. Enumerable.Range(first, rows).Select(p => region.PixelsC[p] - region.PixelsC[first])];
        long stepA = first + rows < region.PixelsA.Length ? region.PixelsA[first + rows] - region.PixelsA[first] : 0;
        long stepC = first + rows < region.PixelsC.Length ? region.PixelsC[first + rows] - region.PixelsC[first] : 0;
        string key = string.Join(',', rowsA) + '/' + string.Join(',', rowsC) + '/' + string.Join(',', segments);
        if (!_runOf.TryGetValue(key, out int run))
        {
            run = _runs.Count;
            _runOf.Add(key, run);
            _runs.Add(new GemmRunSpec(new GemmTile(rowsA, rowsC, segments, GemmTuning.Sets(_isa, rows, _columns.Vectors)), stepA, stepC, Repeats: false));
        }

        var placement = new Placement(run, 1, region.PixelsA[first], region.PixelsC[first], blocks);
        if (placements.Count > 0 && Continues(placements[^1], placement))
        {
            placements[^1] = placements[^1] with { Repeat = placements[^1].Repeat + 1 };
            _runs[run] = _runs[run] with { Repeats = true };
        }
        else
        {
            placements.Add(placement);
        }
    }

    private bool Continues(Placement last, Placement next) =>
        last.Run == next.Run
        && next.OffsetA == last.OffsetA + last.Repeat * _runs[last.Run].StepA
        && next.OffsetC == last.OffsetC + last.Repeat * _runs[last.Run].StepC
        && last.Blocks.Zip(next.Blocks).All(pair => pair.First.SequenceEqual(pair.Second));

    /// <summary>Groups taps by their set of rows, and joins those that follow each other in A and B.</summary>
    private (GemmSegment[] Segments, List<GemmBlock>[] Blocks) Segments(GemmRegion region, int first, int rows)
    {
        var joined = new List<(ulong Rows, GemmTap Tap)>();
        for (int t = 0; t < _taps.Count; t++)
        {
            ulong mask = 0;
            for (int r = 0; r < rows; r++)
            {
                mask |= region.Has(first + r, t) ? 1UL << r : 0;
            }

            if (mask == 0 || _taps[t].Steps == 0)
            {
                continue;
            }

            if (joined.Count > 0 && joined[^1].Rows == mask && Follows(joined[^1].Tap, _taps[t]))
            {
                joined[^1] = (mask, joined[^1].Tap with { Steps = joined[^1].Tap.Steps + _taps[t].Steps });
            }
            else
            {
                joined.Add((mask, _taps[t]));
            }
        }

        var segments = new List<GemmSegment>();
        var blocks = new List<List<GemmBlock>>();
        foreach (var (mask, tap) in joined)
        {
            int unroll = GemmTuning.Unroll(BitOperations.PopCount(mask), _columns.Vectors, tap.Steps);
            var segment = new GemmSegment(mask, unroll, (int)(tap.Steps % unroll));
            int at = segments.IndexOf(segment);
            if (at < 0)
            {
                at = segments.Count;
                segments.Add(segment);
                blocks.Add([]);
            }

            blocks[at].Add(new GemmBlock(tap.OffsetA, tap.StepB * _stepKB, tap.Steps / unroll));
        }

        // A segment that can open the tile comes first: see GemmKernel.Opens.
        int opening = segments.FindIndex(segment => segment.Remainder == 0 && BitOperations.PopCount(segment.Rows) == rows);
        if (opening > 0)
        {
            segments.Insert(0, segments[opening]);
            blocks.Insert(0, blocks[opening]);
            segments.RemoveAt(opening + 1);
            blocks.RemoveAt(opening + 1);
        }

        return ([.. segments], [.. blocks]);
    }

    private bool Follows(GemmTap tap, GemmTap next) =>
        next.OffsetA == tap.OffsetA + tap.Steps * _stepKA && next.StepB == tap.StepB + tap.Steps;

    private sealed record Placement(int Run, long Repeat, long OffsetA, long OffsetC, List<GemmBlock>[] Blocks);
}
