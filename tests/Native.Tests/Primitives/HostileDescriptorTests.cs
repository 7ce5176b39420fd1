using FugakuDnn.Native.Platform;
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
using FugakuDnn.Native.Tests.Support;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Primitives;

/// <summary>Descriptors that break a rule are refused, with a message that names primitive, argument and value.</summary>
public sealed class HostileDescriptorTests
{
    private const long Huge = long.MaxValue;

    [Theory]
    [InlineData("conv mb=-1 ic=1 ih=4 oc=1 kh=1", "batch", "-1")]
    [InlineData("conv mb=1 ic=3 ih=4 oc=4 kh=1 g=2", "in_channels", "3")]
    [InlineData("conv mb=1 ic=4 ih=4 oc=3 kh=1 g=2", "out_channels", "3")]
    [InlineData("conv mb=1 ic=4 ih=4 oc=4 kh=1 g=0", "groups", "0")]
    [InlineData("conv mb=1 ic=4 ih=4 oc=4 kh=0", "kernel_height", "0")]
    [InlineData("conv mb=1 ic=4 ih=4 oc=4 kh=1 sh=0", "stride_h", "0")]
    [InlineData("conv mb=1 ic=4 ih=4 oc=4 kh=1 dw=-2", "dilation_w", "-2")]
    [InlineData("conv mb=1 ic=4 ih=4 oc=4 kh=3 pt=-1", "pad_top", "-1")]
    [InlineData("conv mb=1 ic=4 ih=4 oc=4 kh=5", "kernel_height", "5")]
    [InlineData("conv mb=1 ic=4 ih=4 oc=4 kh=1 pr=9223372036854775807", "pad_right", "9223372036854775807")]
    [InlineData("conv mb=1 ic=4 ih=4 oc=4 kh=2147483648 dh=2147483648 ph=2147483648", "kernel_height", "4611686016279904257")]
    [InlineData("conv mb=9223372036854775807 ic=1 ih=4 oc=1 kh=1", "batch", "9223372036854775807")]
    [InlineData("conv mb=500000000000 ic=500000000000 ih=1 oc=1 kh=1", "src", "")]
    [InlineData("conv mb=1 ic=500000000000 ih=1 oc=500000000000 kh=1", "weights", "")]
    [InlineData("conv mb=500000000000 ic=1 ih=1 oc=500000000000 kh=1", "dst", "")]
    [InlineData("conv mb=1 ic=1 ih=1 oc=1 kh=1 post=exp", "activation", "Exp")]
    public void Convolution_IsRefused(string line, string argument, string value) =>
        Refuses(() => ProblemDescriptors.Convolution(ProblemLine.Parse(line), DataType.F32).Validate(), "convolution", argument, value);

    [Theory]
    [InlineData("gemm m=-1 n=1 k=1", "m", "-1")]
    [InlineData("gemm m=2 n=3 k=4 lda=3", "lda", "3")]
    [InlineData("gemm m=2 n=3 k=4 tb=1 ldb=3", "ldb", "3")]
    [InlineData("gemm m=2 n=3 k=4 ldc=2", "ldc", "2")]
    [InlineData("gemm b=2 m=2 n=3 k=4 sc=5", "stride_c", "5")]
    [InlineData("gemm b=2 m=2 n=3 k=4 sa=-1", "stride_a", "-1")]
    [InlineData("gemm b=2 m=2 n=3 k=4 sb=-1", "stride_b", "-1")]
    [InlineData("gemm m=500000000000 n=1 k=1 ldc=500000000000 sc=0", "dst", "")]
    [InlineData("gemm b=500000000000 m=1 n=1 k=1 sb=500000000000", "b", "")]
    [InlineData("gemm m=1 n=1 k=1 lda=9223372036854775807", "lda", "9223372036854775807")]
    public void Matmul_IsRefused(string line, string argument, string value) => Refuses(
        () => ProblemDescriptors.Matmul(ProblemLine.Parse(line), DataType.F32, DataType.F32, DataType.F32).Validate(), "matmul", argument, value);

    [Theory]
    [InlineData("pool mb=1 c=1 ih=4 kh=3 ph=2", "padding", "2")]
    [InlineData("pool mb=1 c=1 ih=4 kh=0", "kernel_height", "0")]
    [InlineData("pool mb=1 c=1 ih=4 kh=1 sw=-3", "stride_w", "-3")]
    [InlineData("pool mb=1 c=1 ih=4 kh=1 dh=0", "dilation_h", "0")]
    [InlineData("pool mb=1 c=-5 ih=4 kh=1", "channels", "-5")]
    [InlineData("pool alg=avg mb=1 c=1 ih=4 kh=1 indices=1", "indices", "AverageIncludePadding")]
    [InlineData("pool mb=500000000000 c=500000000000 ih=4 kh=1", "src", "")]
    public void Pooling_IsRefused(string line, string argument, string value) =>
        Refuses(() => ProblemDescriptors.Pooling(ProblemLine.Parse(line), DataType.F32).Validate(), "pooling", argument, value);

    [Fact]
    public void Pooling_OutputsMustFitTheWindows()
    {
        PoolingDesc desc = ProblemDescriptors.Pooling(ProblemLine.Parse("pool mb=1 c=1 ih=8 kh=2 sh=2"), DataType.F32);
        Refuses(() => (desc with { OutHeight = 6 }).Validate(), "pooling", "out_height", "6");
        Refuses(() => (desc with { OutWidth = 5 }).Validate(), "pooling", "out_width", "5");
        Refuses(() => (desc with { OutWidth = Huge }).Validate(), "pooling", "out_width", "");
    }

    [Fact]
    public void UndefinedEnums_AreRefused()
    {
        Refuses(() => new EltwiseDesc((DataType)77, ActivationDesc.None, 1).Validate(), "eltwise", "data_type", "77");
        Refuses(() => new EltwiseDesc(DataType.F32, new ActivationDesc((Activation)99), 1).Validate(), "eltwise", "algorithm", "99");
        Refuses(() => new SoftmaxDesc(DataType.S8, 1, 1, 1, false).Validate(), "softmax", "data_type", "S8");
        Refuses(() => new ReorderDesc((DataType)0, new Dims(1), new Dims(1), new Dims(1)).Validate(), "reorder", "data_type", "0");
        Refuses(() => new MatmulDesc { TypeA = DataType.F32, TypeB = DataType.F64, TypeC = DataType.F32 }.Validate(), "matmul", "data types", "F32 F64 F32");
        Refuses(() => new BatchNormalizationDesc { Type = DataType.F32, Layout = (Layout)5 }.Validate(), "batch_normalization", "layout", "5");
        Refuses(() => new BinaryDesc { Type = DataType.F32, Kind = (BinaryKind)8 }.Validate(), "binary", "kind", "8");
    }

    [Fact]
    public void Sizes_AreRefused()
    {
        Refuses(() => new EltwiseDesc(DataType.F32, ActivationDesc.None, -1).Validate(), "eltwise", "count", "-1");
        Refuses(() => new EltwiseDesc(DataType.F32, ActivationDesc.None, Huge).Validate(), "eltwise", "count", Huge.ToString());
        Refuses(() => new SoftmaxDesc(DataType.F32, 1, -2, 1, false).Validate(), "softmax", "axis", "-2");
        Refuses(() => new SoftmaxDesc(DataType.F32, 1L << 30, 1L << 30, 1L << 30, false).Validate(), "softmax", "src", "");
        Refuses(() => new BatchNormalizationDesc { Type = DataType.F32, Epsilon = double.NaN }.Validate(), "batch_normalization", "epsilon", "NaN");
        Refuses(() => new BatchNormalizationDesc { Type = DataType.F32, Epsilon = -1 }.Validate(), "batch_normalization", "epsilon", "-1");
        Refuses(() => new BatchNormalizationDesc { Type = DataType.F32, Spatial = -7 }.Validate(), "batch_normalization", "spatial", "-7");
    }

    [Fact]
    public void Strides_AreRefused()
    {
        Refuses(() => Reorder(new(2, 3), new(3, 1), new(1, 1)), "reorder", "strides of dst", "[1, 1]");
        Refuses(() => Reorder(new(2, 3), new(3, 1), new(0, 1)), "reorder", "strides of dst", "[0, 1]");
        Refuses(() => Reorder(new(2, 3), new(3, -1), new(3, 1)), "reorder", "stride 1 of src", "-1");
        Refuses(() => Reorder(new(2, 3), new(3), new(3, 1)), "reorder", "src strides", "1");
        Refuses(() => Reorder(new(2, -3), new(3, 1), new(3, 1)), "reorder", "size 1 of src", "-3");
        Refuses(() => Reorder(new(1L << 38, 1L << 38), new(1, 1), new(1L << 38, 1)), "reorder", "src", "");
        Refuses(() => new BinaryDesc { Type = DataType.F32, Sizes = new(4), StridesA = new(1), StridesB = new(1), StridesC = new(0) }.Validate(),
            "binary", "strides of dst", "[0]");
    }

    /// <summary>Random fields, valid or not: nothing but a refusal comes out of Validate.</summary>
    [Fact]
    public void RandomDescriptors_AreAcceptedOrRefused()
    {
        var random = new TestRandom(ShapeFiles.SeedOf("hostile"));
        (int accepted, int refused) = (0, 0);
        for (int i = 0; i < 20_000; i++)
        {
            try
            {
                Any(random).Validate();
                accepted++;
            }
            catch (FdnnException e) when (e.Status == Status.InvalidArgument && e.Message.StartsWith("convolution: ", StringComparison.Ordinal))
            {
                refused++;
            }
        }

        Assert.True(accepted > 50 && refused > 5_000, $"{accepted} accepted, {refused} refused");
    }

    private static ConvolutionDesc Any(TestRandom random)
    {
        long Number() => random.Chance(0.9) ? random.Whole(1, 4) : random.Of(0, -1, 3, 1L << 31, 1L << 40, Huge, long.MinValue);
        return new ConvolutionDesc
        {
            Type = DataType.F32,
            Batch = Number(),
            Groups = random.Chance(0.8) ? 1 : Number(),
            InChannels = Number(),
            OutChannels = Number(),
            InHeight = Number(),
            InWidth = Number(),
            KernelHeight = Number(),
            KernelWidth = Number(),
            StrideH = Number(),
            StrideW = Number(),
            DilationH = Number(),
            DilationW = Number(),
            PadTop = Number(),
            PadBottom = Number(),
            PadLeft = Number(),
            PadRight = Number(),
        };
    }

    private static void Reorder(Dims sizes, Dims from, Dims to) => new ReorderDesc(DataType.F32, sizes, from, to).Validate();

    private static void Refuses(Action validate, string primitive, string argument, string value)
    {
        FdnnException refusal = Assert.Throws<FdnnException>(validate);
        Assert.Equal(Status.InvalidArgument, refusal.Status);
        Assert.StartsWith($"{primitive}: {argument}", refusal.Message);
        Assert.EndsWith(value, refusal.Message);
    }
}
