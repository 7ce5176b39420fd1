using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Convolution;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Reference;

/// <summary>2-D convolution, forward.</summary>
public sealed unsafe class ConvolutionReference(ConvolutionDesc desc, in Arguments arguments) : IReference
{
    private readonly Cells _source = new(arguments.Source, desc.Type);
    private readonly Cells _weights = new(arguments.Weights, desc.Type);
    private readonly Cells _bias = new(desc.HasBias ? arguments.Bias : null, desc.Type);
    private readonly Cells _residual = new(desc.HasResidual ? arguments.Residual : null, desc.Type);

    public long Count => desc.Batch * desc.OutChannels * desc.OutHeight * desc.OutWidth;

    public DataType Type => desc.Type;

    public long Offset(long output) => output;

    public Expected Output(long output)
    {
        (long n, long o, long y, long x) = Position(output);
        long channels = desc.InChannels / desc.Groups;
        long group = o / (desc.OutChannels / desc.Groups);
        Sum sum = default;
        for (long i = 0; i < channels; i++)
        {
            for (long h = 0; h < desc.KernelHeight; h++)
            {
                for (long w = 0; w < desc.KernelWidth; w++)
                {
                    long row = y * desc.StrideH - desc.PadTop + h * desc.DilationH;
                    long column = x * desc.StrideW - desc.PadLeft + w * desc.DilationW;
                    if (row >= 0 && row < desc.InHeight && column >= 0 && column < desc.InWidth)
                    {
                        sum.Add(_source[SourceOffset(n, group * channels + i, row, column)], _weights[WeightsOffset(o, i, h, w)]);
                    }
                }
            }
        }

        if (_bias.Exist)
        {
            sum.AddOnce(_bias[o]);
        }

        if (_residual.Exist)
        {
            sum.AddOnce(_residual[output]);
        }

        return sum.Finish(desc.Activation);
    }

    private (long N, long O, long Y, long X) Position(long output)
    {
        long c = desc.OutChannels, h = desc.OutHeight, w = desc.OutWidth;
        return desc.DestinationLayout == Layout.Nhwc
            ? (output / (h * w * c), output % c, output / (w * c) % h, output / c % w)
            : (output / (c * h * w), output / (h * w) % c, output / w % h, output % w);
    }

    private long SourceOffset(long n, long c, long row, long column) => desc.SourceLayout == Layout.Nhwc
        ? ((n * desc.InHeight + row) * desc.InWidth + column) * desc.InChannels + c
        : ((n * desc.InChannels + c) * desc.InHeight + row) * desc.InWidth + column;

    private long WeightsOffset(long o, long i, long h, long w)
    {
        long channels = desc.InChannels / desc.Groups;
        return desc.WeightsLayout switch
        {
            WeightsLayout.Oihw => ((o * channels + i) * desc.KernelHeight + h) * desc.KernelWidth + w,
            WeightsLayout.Ohwi => ((o * desc.KernelHeight + h) * desc.KernelWidth + w) * channels + i,
            WeightsLayout.Hwio => ((h * desc.KernelWidth + w) * channels + i) * desc.OutChannels + o,
            _ => throw new InvalidOperationException($"{desc.WeightsLayout}"),
        };
    }
}
