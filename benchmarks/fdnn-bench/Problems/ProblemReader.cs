using FugakuDnn.Native.Primitives.Convolution;
using FugakuDnn.Native.Primitives.Matmul;
using FugakuDnn.Native.Tensors;
using FugakuDnn.Native.Tests.Primitives;
using FugakuDnn.Reference;

namespace FugakuDnn.Benchmarks.Problems;

/// <summary>Turns lines into problems. The keys are those of the problem files' README; what they mean is in tests/Reference.</summary>
internal static class ProblemReader
{
    /// <summary>Makes the problem of a line for one of its data types.</summary>
    /// <exception cref="SkippedException">There is no such primitive (yet); the message says which part.</exception>
    public static Problem Read(ProblemLine line, string type)
    {
        string direction = line.Word("dir", "inf");
        if (direction != "inf")
        {
            throw new SkippedException($"direction {direction} is not implemented");
        }

        return line.Kind switch
        {
            "conv" => Convolution(line, type),
            "ip" => InnerProduct(line, type),
            "gemm" => Gemm(line, type),
            "sgemm" => Sgemm(line, type),
            "brgemm" => Brgemm(line, type),
            _ => ElementwiseProblems.Read(line, type),
        };
    }

    /// <summary>The floating-point type of a name.</summary>
    internal static DataType Float(string type) => type switch
    {
        "f32" => DataType.F32,
        "f64" => DataType.F64,
        _ => throw new SkippedException($"data type {type} is not implemented"),
    };

    /// <summary>Runs what reads a line; words it does not know become a reason.</summary>
    internal static T Parse<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (FormatException e)
        {
            throw new SkippedException(e.Message);
        }
    }

    private static Problem Convolution(ProblemLine line, string type)
    {
        DataType element = Float(type);
        ConvolutionDesc desc = Parse(() => ProblemDescriptors.Convolution(line, element));
        return new Problem
        {
            Line = line,
            Type = type,
            Case = new ConvolutionCase(desc, line.Text),
            PacksWeights = true,
            Flop = 2.0 * ConvolutionCase.WorkOf(desc),
            UsefulFlop = UsefulFlop(desc),
        };
    }

    /// <summary>Counts the taps that meet a pixel, separately for rows and columns.</summary>
    private static double UsefulFlop(ConvolutionDesc d)
    {
        static long Taps(long outputs, long inputs, long kernel, long stride, long dilation, long before)
        {
            long taps = 0;
            for (long y = 0; y < outputs; y++)
            {
                for (long k = 0; k < kernel; k++)
                {
                    long at = y * stride - before + k * dilation;
                    taps += at >= 0 && at < inputs ? 1 : 0;
                }
            }

            return taps;
        }

        return 2.0 * d.Batch * d.OutChannels * (d.InChannels / d.Groups)
            * Taps(d.OutHeight, d.InHeight, d.KernelHeight, d.StrideH, d.DilationH, d.PadTop)
            * Taps(d.OutWidth, d.InWidth, d.KernelWidth, d.StrideW, d.DilationW, d.PadLeft);
    }

    private static Problem InnerProduct(ProblemLine line, string type)
    {
        (long m, long n, long k) = (line.Whole("mb"), line.Whole("oc"), line.Whole("ic"));
        ProblemLine product = ProblemLine.Parse(
            $"gemm m={m} n={n} k={k} tb=1 bias={(line.Flag("bias", true) ? 1 : 0)} post={line.Word("post", "none")}");
        return Product(line, type, MatmulOf(product, type), packs: true);
    }

    /// <summary>As in oneDNN, weights may be packed beforehand where their layout is the library's choice: not where they are transposed.</summary>
    private static Problem Gemm(ProblemLine line, string type)
    {
        string ours = type == "int8" ? "u8s8s32" : type;
        bool packs = line.Word("wtag", "any") == "any" && !line.Flag("tb");
        return Product(line, ours, MatmulOf(line, ours), packs);
    }

    private static Problem Sgemm(ProblemLine line, string type) => type == "f32"
        ? Product(line, type, MatmulOf(line, type), packs: false)
        : throw new SkippedException($"sgemm of data type {type} does not exist");

    private static Problem Product(ProblemLine line, string type, MatmulDesc desc, bool packs) => new()
    {
        Line = line,
        Type = type,
        Case = new MatmulCase(desc, line.Text),
        PacksWeights = packs,
        Flop = 2.0 * MatmulCase.WorkOf(desc),
        UsefulFlop = 2.0 * MatmulCase.WorkOf(desc),
    };

    private static MatmulDesc MatmulOf(ProblemLine line, string type)
    {
        (DataType a, DataType b, DataType c) = type switch
        {
            "u8s8s32" => (DataType.U8, DataType.S8, DataType.S32),
            "s8s8s32" => (DataType.S8, DataType.S8, DataType.S32),
            _ => (Float(type), Float(type), Float(type)),
        };
        if (c == DataType.S32 && line.Word("post", "none") != "none")
        {
            throw new SkippedException("integer products have no epilogue yet");
        }

        return Parse(() => ProblemDescriptors.Matmul(line, a, b, c));
    }

    private static Problem Brgemm(ProblemLine line, string type)
    {
        if (type != "f32")
        {
            throw new SkippedException($"brgemm of data type {type} is not implemented");
        }

        var work = new BrgemmCase(line);
        return new Problem
        {
            Line = line, Type = type, Case = work, PacksWeights = true, Flop = 2.0 * work.Work, UsefulFlop = 2.0 * work.Work,
        };
    }
}
