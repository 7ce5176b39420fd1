using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Primitives.BatchNormalization;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Exports;

/// <summary>Batch normalisation with given statistics.</summary>
[CName("fdnn_batch_normalization_desc")]
[StructLayout(LayoutKind.Sequential)]
public struct BatchNormalizationStruct : IDescription<BatchNormalizationDesc>
{
    /// <summary>sizeof this struct.</summary>
    public ulong Size;

    /// <summary>Element type of all tensors: f32 or f64.</summary>
    public DataType DataType;

    /// <summary>Layout of source and destination.</summary>
    public Layout Layout;

    /// <summary>Images.</summary>
    public long Batch;

    /// <summary>Channels.</summary>
    public long Channels;

    /// <summary>Pixels of one image (height × width).</summary>
    public long Spatial;

    /// <summary>Added to the variance; not negative.</summary>
    public double Epsilon;

    /// <summary>Applied last.</summary>
    public ActivationStruct Activation;
    readonly BatchNormalizationDesc IDescription<BatchNormalizationDesc>.ToDesc() => new()
    {
        Type = DataType,
        Layout = Layout,
        Batch = Batch,
        Channels = Channels,
        Spatial = Spatial,
        Epsilon = Epsilon + 0.0,
        Activation = Activation.ToDesc("batch_normalization"),
    };
}

/// <summary>Batch normalisation, inference.</summary>
public static unsafe class BatchNormalization
{
    /// <summary>Makes a batch normalisation: dst = activation((src - mean)·scale / √(variance + epsilon) + shift). An execution reads src, mean, variance, and scale and shift where they are not null (1 and 0), and writes dst, which may be src.</summary>
    /// <param name="desc">The problem.</param>
    /// <param name="primitive">Gets the handle.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_batch_normalization_create")]
    public static int Create(
        [C99Type("const fdnn_batch_normalization_desc*")] BatchNormalizationStruct* desc, [C99Type("fdnn_primitive*")] ulong* primitive) =>
        Structs.Create(desc, primitive, BatchNormalizationPrimitive.Kind);
}
