using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Pooling;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Reference;

/// <summary>2-D pooling, forward.</summary>
public sealed unsafe class PoolingReference(PoolingDesc desc, in Arguments arguments) : IReference
{
    private readonly Cells _source = new(arguments.Source, desc.Type);

    public long Count => desc.Batch * desc.Channels * desc.OutHeight * desc.OutWidth;

    public DataType Type => desc.Type;

    public long Offset(long output) => output;

    public Expected Output(long output)
    {
        (double maximum, double sum, double magnitude) = (double.NegativeInfinity, 0, 0);
        long inside = 0, counted = 0;
        ForEachTap(output, (value, position, isInside) =>
        {
            counted++;
            if (isInside)
            {
                inside++;
                sum += value;
                magnitude += Math.Abs(value);
                maximum = Math.Max(maximum, value); // NaN propagates
            }
        });

        if (desc.Kind == PoolingKind.Max)
        {
            return Expected.Exactly(maximum);
        }

        long divisor = desc.Kind == PoolingKind.AverageIncludePadding ? counted : inside;
        double mean = inside == 0 ? 0 : sum / divisor;
        double roundoffs = inside == 0 ? 0 : (inside + 2) * magnitude / divisor;
        return new Expected(mean, roundoffs, roundoffs);
    }

    /// <summary>Position of the maximum: the first among equals, the last NaN, -1 if the window is empty.</summary>
    public long Index(long output)
    {
        (double maximum, long index) = (double.NegativeInfinity, -1);
        ForEachTap(output, (value, position, isInside) =>
        {
            if (isInside && (index < 0 || value > maximum || double.IsNaN(value)))
            {
                (maximum, index) = (value, position);
            }
        });
        return index;
    }

    /// <summary>Visits the taps of a window that lie inside the image or its padding (ceil mode adds some beyond: those do not count).</summary>
    private void ForEachTap(long output, Action<double, long, bool> visit)
    {
        long channels = desc.Channels, height = desc.OutHeight, width = desc.OutWidth;
        (long n, long c, long y, long x) = desc.Layout == Layout.Nhwc
            ? (output / (height * width * channels), output % channels, output / (width * channels) % height, output / channels % width)
            : (output / (channels * height * width), output / (height * width) % channels, output / width % height, output % width);
        for (long h = 0; h < desc.KernelHeight; h++)
        {
            for (long w = 0; w < desc.KernelWidth; w++)
            {
                long row = y * desc.StrideH - desc.PadTop + h * desc.DilationH;
                long column = x * desc.StrideW - desc.PadLeft + w * desc.DilationW;
                if (row >= 0 && row < desc.InHeight && column >= 0 && column < desc.InWidth)
                {
                    long offset = desc.Layout == Layout.Nhwc
                        ? ((n * desc.InHeight + row) * desc.InWidth + column) * channels + c
                        : ((n * channels + c) * desc.InHeight + row) * desc.InWidth + column;
                    visit(_source[offset], row * desc.InWidth + column, true);
                }
                else if (row < desc.InHeight + desc.PadBottom && column < desc.InWidth + desc.PadRight)
                {
                    visit(0, -1, false);
                }
            }
        }
    }
}
