using System.Globalization;
using System.Text;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>
/// Part of a tile's reduction in which the same rows take part. A run-time list holds its entries; each entry is a block of
/// <c>loops · unroll + remainder</c> steps of k, <c>loops</c> being given at run time. A tile's first segment has at least one entry;
/// without a remainder, loops is at least 1.
/// </summary>
/// <param name="Rows">Bit r is set where row r takes part: rows whose tap lies in the padding do not.</param>
/// <param name="Unroll">Steps of k in one pass of the generated loop.</param>
/// <param name="Remainder">Steps of k behind the loop, in every entry.</param>
internal readonly record struct GemmSegment(ulong Rows, int Unroll, int Remainder);

/// <summary>
/// A register tile: rows (broadcast) × vectors, with statically known places in A and C. Steps of k take <paramref name="Sets"/> sets of sums
/// in turn.
/// </summary>
internal sealed record GemmTile(long[] RowsA, long[] RowsC, GemmSegment[] Segments, int Sets = 1);

/// <summary>
/// A tile that repeats, moving by a step; how often, and from where, is given at run time: once only, unless
/// <paramref name="Repeats"/>.
/// </summary>
internal sealed record GemmRunSpec(GemmTile Tile, long StepA, long StepC, bool Repeats = true);

/// <summary>What happens to a tile between its sums and memory: C = activation(alpha·sum + bias + beta·residual).</summary>
internal readonly record struct GemmEpilogue(
    bool Bias, bool Residual, float Alpha, float Beta, GemmActivation Activation, float ActivationAlpha, float ActivationBeta)
{
    /// <summary>C = sum.</summary>
    public static GemmEpilogue None => new(false, false, 1, 1, GemmActivation.None, 0, 0);
}

/// <summary>Activations an epilogue can apply.</summary>
internal enum GemmActivation
{
    /// <summary>Identity.</summary>
    None,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x or alpha·x.</summary>
    LeakyRelu,

    /// <summary>Between alpha and beta.</summary>
    Clip,

    /// <summary>alpha·x + beta.</summary>
    Linear,
}

/// <summary>
/// Everything that a batch-reduce GEMM kernel is specialised to. The four types are those of A, B, accumulator and C:
/// <see cref="Product"/> names the first three, C is stored as the accumulator is. A step of k is a group of elements that fills 32 bits
/// (1 float, 4 bytes), on both sides.
/// </summary>
internal sealed class GemmSpec
{
    /// <summary>Instruction set.</summary>
    public required Isa Isa { get; init; }

    /// <summary>What is multiplied.</summary>
    public Product Product { get; init; } = Product.F32;

    /// <summary>Vectors of a tile.</summary>
    public required int Vectors { get; init; }

    /// <summary>Lanes of the last vector that exist in C, bias and residual.</summary>
    public required int LastLanes { get; init; }

    /// <summary>True where B itself ends with <see cref="LastLanes"/>, that is, is not padded.</summary>
    public bool MaskB { get; init; }

    /// <summary>Bytes from one step of k to the next, in a row of A.</summary>
    public long StepKA { get; init; } = 4;

    /// <summary>Bytes from one step of k to the next, in B.</summary>
    public required long StepKB { get; init; }

    /// <summary>Bytes from one vector of B to the next.</summary>
    public required long StepVectorB { get; init; }

    /// <summary>The tiles, in the order in which a call walks them.</summary>
    public required IReadOnlyList<GemmRunSpec> Runs { get; init; }

    /// <summary>The end.</summary>
    public GemmEpilogue Epilogue { get; init; } = GemmEpilogue.None;

    /// <summary>Name for dumps and profilers.</summary>
    public string Name => string.Create(
        CultureInfo.InvariantCulture, $"brgemm_{Product}_{Runs.Max(run => run.Tile.RowsA.Length)}x{Vectors}");

    /// <summary>Text that is equal exactly where the generated code is.</summary>
    public string Key()
    {
        var text = new StringBuilder(256);
        text.Append(CultureInfo.InvariantCulture,
            $"{Isa} {Product} {Vectors}.{LastLanes}.{MaskB} {StepKA} {StepKB} {StepVectorB} {Epilogue}");
        foreach (var run in Runs)
        {
            text.Append(CultureInfo.InvariantCulture, $";{run.StepA},{run.StepC},{run.Repeats}:");
            text.AppendJoin(',', run.Tile.RowsA).Append('/').AppendJoin(',', run.Tile.RowsC).Append('/').AppendJoin(',', run.Tile.Segments)
                .Append('*').Append(run.Tile.Sets);
        }

        return text.ToString();
    }
}
