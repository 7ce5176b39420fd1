using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Convolution;
using FugakuDnn.Native.Primitives.Eltwise;
using FugakuDnn.Native.Primitives.Matmul;
using FugakuDnn.Native.Primitives.Pooling;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Reference;

/// <summary>Descriptors of problem lines.</summary>
public static class ProblemDescriptors
{
    /// <summary>The data types that a line asks for, in our names; those we do not have are left out.</summary>
    public static IEnumerable<DataType> FloatTypes(ProblemLine line) =>
        line.Word("dt", "f32").Split(',').Where(name => name is "f32" or "f64").Select(name => name == "f32" ? DataType.F32 : DataType.F64);

    /// <summary>A <c>conv</c> line.</summary>
    public static ConvolutionDesc Convolution(ProblemLine line, DataType type)
    {
        long height = line.Whole("ih"), kernelHeight = line.Whole("kh"), padH = line.Whole("ph", 0), padW = line.Whole("pw", padH);
        (bool residual, ActivationDesc activation) = Post(line);
        return new ConvolutionDesc
        {
            Type = type,
            SourceLayout = Layout(line.Word("stag", "any")),
            DestinationLayout = Layout(line.Word("dtag", "any")),
            WeightsLayout = line.Word("wtag", "any") switch
            {
                "oihw" => WeightsLayout.Oihw,
                "hwio" => WeightsLayout.Hwio,
                "any" or "ohwi" => WeightsLayout.Ohwi,
                var other => throw new FormatException($"'{line}': wtag={other}"),
            },
            Batch = line.Whole("mb"),
            InChannels = line.Whole("ic"),
            InHeight = height,
            InWidth = line.Whole("iw", height),
            OutChannels = line.Whole("oc"),
            KernelHeight = kernelHeight,
            KernelWidth = line.Whole("kw", kernelHeight),
            StrideH = line.Whole("sh", 1),
            StrideW = line.Whole("sw", line.Whole("sh", 1)),
            DilationH = line.Whole("dh", 1),
            DilationW = line.Whole("dw", line.Whole("dh", 1)),
            PadTop = line.Whole("pt", padH),
            PadBottom = line.Whole("pb", padH),
            PadLeft = line.Whole("pl", padW),
            PadRight = line.Whole("pr", padW),
            Groups = line.Whole("g", 1),
            HasBias = line.Flag("bias", line.Word("dir", "inf") == "inf"),
            HasResidual = residual,
            Activation = activation,
        };
    }

    /// <summary>A <c>gemm</c> line.</summary>
    public static MatmulDesc Matmul(ProblemLine line, DataType typeA, DataType typeB, DataType typeC)
    {
        (long m, long n, long k, long batch) = (line.Whole("m"), line.Whole("n"), line.Whole("k"), line.Whole("b", 1));
        (bool transposeA, bool transposeB) = (line.Flag("ta"), line.Flag("tb"));
        (bool residual, ActivationDesc activation) = Post(line);
        long lda = line.Whole("lda", Math.Max(1, transposeA ? m : k));
        long ldb = line.Whole("ldb", Math.Max(1, transposeB ? k : n));
        long ldc = line.Whole("ldc", Math.Max(1, n));
        return new MatmulDesc
        {
            TypeA = typeA,
            TypeB = typeB,
            TypeC = typeC,
            Batch = batch,
            M = m,
            N = n,
            K = k,
            TransposeA = transposeA,
            TransposeB = transposeB,
            LeadingA = lda,
            LeadingB = ldb,
            LeadingC = ldc,
            StrideA = line.Whole("sa", (transposeA ? k : m) * lda),
            StrideB = line.Whole("sb", (transposeB ? n : k) * ldb),
            StrideC = line.Whole("sc", m * ldc),
            HasBias = line.Flag("bias"),
            HasResidual = residual,
            Alpha = (float)line.Real("product_factor", 1),
            Beta = (float)line.Real("residual_factor", 1),
            Activation = activation,
        };
    }

    /// <summary>A <c>pool</c> line.</summary>
    public static PoolingDesc Pooling(ProblemLine line, DataType type)
    {
        long height = line.Whole("ih"), width = line.Whole("iw", height), kernelHeight = line.Whole("kh");
        long padH = line.Whole("ph", 0), padW = line.Whole("pw", padH), strideH = line.Whole("sh", 1);
        var desc = new PoolingDesc
        {
            Type = type,
            Kind = line.Word("alg", "max") switch
            {
                "max" => PoolingKind.Max,
                "avg" => PoolingKind.AverageIncludePadding,
                "avg_exclude" => PoolingKind.AverageExcludePadding,
                var other => throw new FormatException($"'{line}': alg={other}"),
            },
            Layout = Layout(line.Word("tag", "nhwc")),
            Batch = line.Whole("mb"),
            Channels = line.Whole("c"),
            InHeight = height,
            InWidth = width,
            KernelHeight = kernelHeight,
            KernelWidth = line.Whole("kw", kernelHeight),
            StrideH = strideH,
            StrideW = line.Whole("sw", strideH),
            DilationH = line.Whole("dh", 1),
            DilationW = line.Whole("dw", line.Whole("dh", 1)),
            PadTop = line.Whole("pt", padH),
            PadBottom = line.Whole("pb", padH),
            PadLeft = line.Whole("pl", padW),
            PadRight = line.Whole("pr", padW),
            HasIndices = line.Flag("indices"),
        };
        return WithOutputs(desc, line.Flag("ceil"));
    }

    /// <summary>The descriptor with the output sizes of floor or ceil mode (in which the last window must start inside the image or its leading padding).</summary>
    public static PoolingDesc WithOutputs(PoolingDesc desc, bool ceil) => desc with
    {
        OutHeight = Outputs(desc.InHeight, desc.PadTop, desc.PadBottom, desc.KernelHeight, desc.StrideH, desc.DilationH, ceil),
        OutWidth = Outputs(desc.InWidth, desc.PadLeft, desc.PadRight, desc.KernelWidth, desc.StrideW, desc.DilationW, ceil),
    };

    /// <summary>An <c>eltwise</c> line.</summary>
    public static EltwiseDesc Eltwise(ProblemLine line, DataType type) =>
        new(type, Activation(line.Word("alg", "relu"), line), line.Whole("n"));

    /// <summary>An activation by name, with the line's <c>alpha</c> and <c>beta</c>.</summary>
    public static ActivationDesc Activation(string name, ProblemLine line) => new(name switch
    {
        "none" => Native.Primitives.Activation.None,
        "relu" => Native.Primitives.Activation.Relu,
        "leaky_relu" => Native.Primitives.Activation.LeakyRelu,
        "clip" => Native.Primitives.Activation.Clip,
        "linear" => Native.Primitives.Activation.Linear,
        "exp" => Native.Primitives.Activation.Exp,
        _ => throw new FormatException($"'{line}': no activation is called {name}"),
    }, (float)line.Real("alpha", 0), (float)line.Real("beta", 0));

    /// <summary>What <c>post</c> says: <c>sum</c> or <c>sum_</c>something adds a residual.</summary>
    private static (bool Residual, ActivationDesc Activation) Post(ProblemLine line)
    {
        string post = line.Word("post", "none");
        bool residual = post == "sum" || post.StartsWith("sum_", StringComparison.Ordinal);
        return (residual, Activation(post == "sum" ? "none" : residual ? post["sum_".Length..] : post, line));
    }

    private static long Outputs(long size, long before, long after, long kernel, long stride, long dilation, bool ceil)
    {
        long floor = Shapes.Windows(size, before + after, kernel, stride, dilation);
        bool rest = floor > 0 && (size + before + after - ((kernel - 1) * dilation + 1)) % stride != 0;
        return ceil && rest && floor * stride < size + before ? floor + 1 : floor;
    }

    private static Layout Layout(string name) => name switch
    {
        "any" or "nhwc" => Native.Tensors.Layout.Nhwc,
        "nchw" => Native.Tensors.Layout.Nchw,
        _ => throw new FormatException($"no layout is called {name}"),
    };
}
