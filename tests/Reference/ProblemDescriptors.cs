using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.BatchNormalization;
using FugakuDnn.Native.Primitives.Binary;
using FugakuDnn.Native.Primitives.Convolution;
using FugakuDnn.Native.Primitives.Eltwise;
using FugakuDnn.Native.Primitives.Matmul;
using FugakuDnn.Native.Primitives.Pooling;
using FugakuDnn.Native.Primitives.Reorder;
using FugakuDnn.Native.Primitives.Softmax;
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

    /// <summary>A <c>softmax</c> line.</summary>
    public static SoftmaxDesc Softmax(ProblemLine line, DataType type) =>
        new(type, line.Whole("rows"), line.Whole("cols"), line.Whole("inner", 1), line.Flag("log"));

    /// <summary>A <c>bnorm</c> line; <c>flags</c> with r fuses a ReLU. Whether there is a scale and a shift is not in the descriptor.</summary>
    public static BatchNormalizationDesc BatchNormalization(ProblemLine line, DataType type) => new()
    {
        Type = type,
        Layout = Layout(line.Word("tag", "nhwc")),
        Batch = line.Whole("mb"),
        Channels = line.Whole("c"),
        Spatial = line.Whole("h") * line.Whole("w", line.Whole("h")),
        Epsilon = line.Real("eps", 1e-5),
        Activation = Activation(line.Word("flags", "").Contains('r') ? "relu" : line.Word("post", "none"), line),
    };

    /// <summary>A <c>binary</c> line: dense with <c>n</c> elements, or <c>sizes</c> and the strides of a, b and c.</summary>
    public static BinaryDesc Binary(ProblemLine line, DataType type)
    {
        Dims sizes = line.Has("sizes") ? new Dims(line.List("sizes")) : new Dims(line.Whole("n"));
        Dims dense = DenseStrides(sizes);
        Dims Strides(string key) => line.Has(key) ? new Dims(line.List(key)) : dense;
        return new BinaryDesc
        {
            Type = type,
            Kind = line.Word("alg", "add") switch
            {
                "add" => BinaryKind.Add,
                "mul" => BinaryKind.Multiply,
                var other => throw new FormatException($"'{line}': alg={other}"),
            },
            Sizes = sizes,
            StridesA = Strides("astr"),
            StridesB = Strides("bstr"),
            StridesC = Strides("cstr"),
            Alpha = (float)line.Real("factor", 1),
            Activation = Activation(line.Word("post", "none"), line),
        };
    }

    /// <summary>A <c>reorder</c> line: <c>mb c h w</c> between layouts, or <c>sizes</c> and the strides of both sides.</summary>
    public static ReorderDesc Reorder(ProblemLine line, DataType type)
    {
        if (line.Has("sizes"))
        {
            var given = new Dims(line.List("sizes"));
            Dims Strides(string key) => line.Has(key) ? new Dims(line.List(key)) : DenseStrides(given);
            return new ReorderDesc(type, given, Strides("sstr"), Strides("dstr"));
        }

        (long c, long h) = (line.Whole("c"), line.Whole("h"));
        long w = line.Whole("w", h);
        Dims Of(string tag) => Layout(tag) == Native.Tensors.Layout.Nhwc ? new Dims(h * w * c, 1, w * c, c) : new Dims(c * h * w, h * w, w, 1);
        return new ReorderDesc(type, new Dims(line.Whole("mb"), c, h, w), Of(line.Word("from", "nchw")), Of(line.Word("to", "nhwc")));
    }

    /// <summary>Strides of a dense tensor, the last dimension contiguous.</summary>
    public static Dims DenseStrides(Dims sizes)
    {
        Span<long> strides = stackalloc long[sizes.Rank];
        long stride = 1;
        for (int i = sizes.Rank - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= Math.Max(1, sizes[i]);
        }

        return new Dims(strides);
    }

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
