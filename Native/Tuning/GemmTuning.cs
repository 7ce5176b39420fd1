using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Tuning;

/// <summary>What a core can do, as far as the choice of register tiles needs it.</summary>
/// <param name="ProductsPerCycle">Vector multiply-adds started in a cycle.</param>
/// <param name="ProductLatency">Cycles until a sum can be added to again.</param>
/// <param name="LoadsPerCycle">Vector or broadcast loads in a cycle.</param>
/// <param name="DecodePerCycle">Instructions in a cycle.</param>
/// <param name="L1Bytes">First-level data cache of a core.</param>
/// <param name="L2Bytes">Second-level cache that a core may count on.</param>
internal sealed record CoreModel(
    double ProductsPerCycle, double ProductLatency, double LoadsPerCycle, double DecodePerCycle, long L1Bytes, long L2Bytes)
{
    /// <summary>What a load costs where it is not the bottleneck, as a fraction of a cycle a product: slack for everything not modelled.</summary>
    private const double LoadPressure = 0.03;

    /// <summary>Cycles of one step of k: the tightest of arithmetic, latency of the sums, loads, and decoding.</summary>
    /// <param name="rows">Rows that take part.</param>
    /// <param name="vectors">Vectors of the tile.</param>
    /// <param name="sets">Sets of sums that steps of k take in turn.</param>
    public double Step(int rows, int vectors, int sets)
    {
        double products = rows * vectors;
        double loads = rows + vectors;
        double tightest = Math.Max(
            Math.Max(products / ProductsPerCycle, ProductLatency / sets), Math.Max(loads / LoadsPerCycle, (products + loads) / DecodePerCycle));
        return tightest + LoadPressure * loads;
    }
}

/// <summary>Block sizes of everything that is built on the batch-reduce GEMM.</summary>
internal static class GemmTuning
{
    /// <summary>The most vectors of a tile that are tried.</summary>
    public const int MostVectors = 4;

    /// <summary>Columns of B beyond which the table of their blocks would be too large.</summary>
    public const long MostColumns = 1 << 24;

    /// <summary>The most sets of sums of a tile.</summary>
    private const int MostSets = 8;

    /// <summary>Instructions in the body of a generated k loop, about: enough to hide its overhead, few enough for the instruction cache.</summary>
    private const int LoopInstructions = 288;

    /// <summary>AVX2 cores with two 256-bit pipes (Zen 2 to 4, Haswell to Alder Lake).</summary>
    private static readonly CoreModel Avx2Core = new(2, 4, 2, 6, 32 << 10, 512 << 10);

    /// <summary>AVX-512 cores with two 512-bit pipes (Skylake-SP to Sapphire Rapids).</summary>
    private static readonly CoreModel Avx512Core = new(2, 4, 2, 6, 48 << 10, 1 << 20);

    /// <summary>The core that plans for an ISA are made for.</summary>
    public static CoreModel Core(Isa isa) => isa switch
    {
        Isa.Sve512 => A64Fx.Core,
        Isa.Avx512 => Avx512Core,
        _ => Avx2Core,
    };

    /// <summary>Bytes of A that a thread works on before it goes to the next columns of B: they come from L2 then.</summary>
    public static long BlockBytesA(Isa isa) => Core(isa).L2Bytes / 4;

    /// <summary>Bytes in a vector.</summary>
    public static int VectorBytes(Isa isa) => isa == Isa.Avx2 ? 32 : 64;

    /// <summary>Vector registers that an epilogue needs besides the sums: three for a leaky ReLU, one for AVX2's mask of the last columns.</summary>
    private const int EpilogueVectors = 4;

    /// <summary>
    /// The most rows of a tile of this many vectors: what is left of the vector registers after one broadcast and a row of B, and,
    /// where each row needs a pointer of its own (SVE's immediates are short), of the general ones.
    /// </summary>
    /// <param name="isa">Instruction set.</param>
    /// <param name="vectors">Vectors of the tile.</param>
    /// <param name="maskB">Whether the last vector of B is loaded under a mask, which on AVX2 takes a register all the time.</param>
    public static int MostRows(Isa isa, int vectors, bool maskB = false)
    {
        int registers = isa == Isa.Avx2 ? 16 : 32;
        int mask = maskB && isa == Isa.Avx2 ? 1 : 0;
        int rows = Math.Min(registers - vectors - 1 - mask, registers - EpilogueVectors) / vectors;
        return isa == Isa.Sve512 ? Math.Min(rows, 14) : rows;
    }

    /// <summary>
    /// Sets of sums of a tile: one, unless its sums are too few to hide the latency of a multiply-add; then consecutive steps of k take
    /// different sets, as far as registers reach, and the sets are added in the end.
    /// </summary>
    public static int Sets(Isa isa, int rows, int vectors)
    {
        var core = Core(isa);
        int sums = rows * vectors;
        int wanted = (int)Math.Ceiling(core.ProductLatency * core.ProductsPerCycle / sums);
        int registers = isa == Isa.Avx2 ? 16 : 32;
        return Math.Clamp(Math.Min(wanted, Math.Min(registers - vectors - 2, registers - EpilogueVectors) / sums), 1, MostSets);
    }

    /// <summary>Steps of k in a generated loop for a reduction of length <paramref name="k"/>; a divisor where there is a good one.</summary>
    public static int Unroll(int rows, int vectors, long k)
    {
        int most = Math.Clamp(LoopInstructions / (rows * vectors + rows + vectors), 4, 16);
        for (int unroll = most; unroll >= 4; unroll--)
        {
            if (k % unroll == 0)
            {
                return unroll;
            }
        }

        return (int)Math.Min(k, most >= 8 ? 8 : 4);
    }

    /// <summary>
    /// Rows of a region and the most vectors of a tile for <paramref name="rows"/> rows that lie <paramref name="rowBytes"/> apart and have no
    /// borders: a plain GEMM. Regions are nearly equal, short enough that their rows of A stay in L2 while the blocks of columns pass,
    /// and at least as many as there are threads where there are rows enough.
    /// </summary>
    public static (int Rows, int MostVectors) ChooseLine(Isa isa, int threads, long rows, long vectors, long rowBytes)
    {
        var core = Core(isa);
        double Rate(int v)
        {
            long chunks = Shapes.CeilDivide(rows, Math.Min(rows, MostRows(isa, v)));
            (long low, long taller) = Math.DivRem(rows, chunks);
            double Tile(long height, int vectors) => core.Step((int)height, vectors, Sets(isa, (int)height, vectors));
            return CutVectors(vectors, v).CountBy(size => size).Sum(size => size.Value
                * ((taller == 0 ? 0 : taller * Tile(low + 1, size.Key)) + (chunks - taller) * Tile(low, size.Key)));
        }

        int most = Enumerable.Range(1, (int)Math.Min(MostVectors, vectors)).MinBy(Rate);
        int tile = MostRows(isa, most);
        long fit = Math.Max(4, BlockBytesA(isa) / Math.Max(1, rowBytes) / tile) * tile;
        long share = Shapes.RoundUp(Shapes.CeilDivide(rows, threads), tile);

        // Equal regions: a short last one would leave the threads with unequal work.
        long regions = Shapes.CeilDivide(rows, Math.Min(fit, share));
        return ((int)Shapes.CeilDivide(rows, regions), most);
    }

    /// <summary>Cuts n vectors into blocks of at most <paramref name="most"/>, of nearly equal size, larger ones first.</summary>
    public static int[] CutVectors(long vectors, int most)
    {
        int blocks = checked((int)Shapes.CeilDivide(vectors, most));
        var sizes = new int[blocks];
        for (int i = 0; i < blocks; i++)
        {
            sizes[i] = (int)((vectors * (i + 1) + blocks - 1) / blocks - (vectors * i + blocks - 1) / blocks);
        }

        Array.Sort(sizes, (a, b) => b.CompareTo(a));
        return sizes;
    }
}
