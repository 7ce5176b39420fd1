using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.BatchNormalization;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Reference;

/// <summary>Batch normalisation with given statistics.</summary>
public sealed unsafe class BatchNormalizationReference(BatchNormalizationDesc desc, in Arguments arguments) : IReference
{
    private readonly Cells _source = new(arguments.Source, desc.Type);
    private readonly Cells _mean = new(arguments.Mean, desc.Type);
    private readonly Cells _variance = new(arguments.Variance, desc.Type);
    private readonly Cells _scale = new(arguments.Scale, desc.Type);
    private readonly Cells _shift = new(arguments.Shift, desc.Type);

    public long Count => desc.Batch * desc.Channels * desc.Spatial;

    public DataType Type => desc.Type;

    public long Offset(long output) => output;

    public Expected Output(long output)
    {
        long c = desc.Layout == Layout.Nhwc ? output % desc.Channels : output / desc.Spatial % desc.Channels;
        double factor = (_scale.Exist ? _scale[c] : 1) / Math.Sqrt(_variance[c] + desc.Epsilon);
        Sum sum = default; // the three terms may cancel: each counts with its own size
        sum.AddOnce(_source[output] * factor);
        sum.AddOnce(-_mean[c] * factor);
        sum.AddOnce(_shift.Exist ? _shift[c] : 0);
        return sum.Finish(desc.Activation);
    }
}
