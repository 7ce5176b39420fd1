using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tuning;

/// <summary>What the choice of a convolution's blocks depends on: output and kernel extents, steps of k, vectors of output channels.</summary>
internal readonly record struct ConvolutionShape(
    long OutHeight, long OutWidth, long KernelHeight, long KernelWidth, long StrideW, long DilationW, long PadLeft, long InWidth,
    long Channels, long Vectors);

/// <summary>Chooses register tiles and regions of a convolution by what the core's model predicts.</summary>
internal static class ConvolutionTuning
{
    /// <summary>Taps beyond which a kernel's code would be too large.</summary>
    public const int MostTaps = 1024;

    /// <summary>Output pixels of a row beyond which a region's tables would be too large.</summary>
    public const int WidestRow = 1 << 14;

    /// <summary>Output rows of an image beyond which the table of its regions would be too large.</summary>
    public const int TallestImage = 1 << 20;

    /// <summary>Lanes without a pixel, as a share of the pixels, beyond which a 1×1 convolution in NCHW is faster through NHWC.</summary>
    public const double MostWastedLanes = 0.125;

    /// <summary>Pixels in a region of several rows: each may become code of its own.</summary>
    private const int MostPixels = 64;

    /// <summary>Cycles that a tile costs besides its products, and cycles of the epilogue for each of its sums.</summary>
    private const double TileOverhead = 20, SumOverhead = 1.5;

    /// <summary>What a second piece of code must save, as a fraction, to be worth its place in the instruction cache.</summary>
    private const double CodePenalty = 0.004;

    /// <summary>Output rows of a region, and the most vectors of a tile.</summary>
    public static (int Rows, int MostVectors) Choose(Isa isa, ConvolutionShape shape)
    {
        (int Rows, int Vectors) best = (1, 1);
        double least = double.MaxValue;
        for (int vectors = 1; vectors <= Math.Min(GemmTuning.MostVectors, shape.Vectors); vectors++)
        {
            for (int rows = 1; rows <= shape.OutHeight; rows++)
            {
                if (rows > 1 && rows * shape.OutWidth > MostPixels)
                {
                    break;
                }

                double cycles = GemmTuning.CutVectors(shape.Vectors, vectors).CountBy(v => v)
                    .Sum(size => size.Value * Region(isa, shape, size.Key, rows)) / rows;
                cycles *= 1 + CodePenalty * (rows - 1);
                if (cycles < least)
                {
                    (best, least) = ((rows, vectors), cycles);
                }
            }
        }

        return best;
    }

    /// <summary>Cycles of a region in the middle of the image.</summary>
    private static double Region(Isa isa, ConvolutionShape shape, int vectors, int regionRows)
    {
        var core = GemmTuning.Core(isa);
        int pixels = (int)(regionRows * shape.OutWidth);
        int chunks = (pixels + GemmTuning.MostRows(isa, vectors) - 1) / GemmTuning.MostRows(isa, vectors);
        double cycles = 0;
        int first = 0;
        for (int i = 0; i < chunks; i++)
        {
            int rows = pixels / chunks + (i < pixels % chunks ? 1 : 0);
            for (int w = 0; w < shape.KernelWidth; w++)
            {
                int present = 0;
                for (int pixel = first; pixel < first + rows; pixel++)
                {
                    long column = pixel % shape.OutWidth * shape.StrideW - shape.PadLeft + w * shape.DilationW;
                    present += column >= 0 && column < shape.InWidth ? 1 : 0;
                }

                cycles += present == 0 ? 0 : core.Step(present, vectors, GemmTuning.Sets(isa, rows, vectors)) * shape.KernelHeight * shape.Channels;
            }

            cycles += TileOverhead + SumOverhead * rows * vectors;
            first += rows;
        }

        return cycles;
    }
}
