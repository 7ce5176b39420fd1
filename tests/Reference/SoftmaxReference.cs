using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Softmax;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Reference;

/// <summary>Softmax or its logarithm along the middle of three dimensions.</summary>
public sealed unsafe class SoftmaxReference(SoftmaxDesc desc, in Arguments arguments) : IReference
{
    private readonly Cells _source = new(arguments.Source, desc.Type);

    public long Count => desc.Outer * desc.Axis * desc.Inner;

    public DataType Type => desc.Type;

    public long Offset(long output) => output;

    public Expected Output(long output)
    {
        long start = output / (desc.Axis * desc.Inner) * desc.Axis * desc.Inner + output % desc.Inner;
        double maximum = double.NegativeInfinity, sum = 0, weightedDistance = 0;
        for (long i = 0; i < desc.Axis; i++)
        {
            maximum = Math.Max(maximum, _source[start + i * desc.Inner]); // NaN propagates
        }

        for (long i = 0; i < desc.Axis; i++)
        {
            double below = _source[start + i * desc.Inner] - maximum, term = Math.Exp(below);
            sum += term;
            weightedDistance += term == 0 ? 0 : term * Math.Abs(below);
        }

        // Relative error of the sum: of its terms (x - m is rounded, then exp), and of the additions.
        double distance = _source[output] - maximum, logarithm = distance - Math.Log(sum), softmax = Math.Exp(distance) / sum;
        double terms = weightedDistance / sum + EltwiseReference.ExpRoundoffs;
        return desc.Logarithm
            ? new Expected(logarithm, Roundoffs(terms + desc.Axis), Roundoffs(terms + 4 * Math.Sqrt(desc.Axis)))
            : new Expected(softmax, Relative(terms + desc.Axis), Relative(terms + 4 * Math.Sqrt(desc.Axis)));

        double Roundoffs(double ofSum) => Math.Abs(distance) + ofSum + 4 * Math.Abs(Math.Log(sum)) + 2 * Math.Abs(logarithm) + 1;

        double Relative(double ofSum) => softmax * (Math.Abs(distance) + EltwiseReference.ExpRoundoffs + ofSum + 3);
    }
}
