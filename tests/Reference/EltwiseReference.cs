using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Eltwise;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Reference;

/// <summary>An activation applied to each element.</summary>
public sealed unsafe class EltwiseReference(EltwiseDesc desc, in Arguments arguments) : IReference
{
    /// <summary>Roundoffs that exp may be wrong by, relative to its result: 2 units in the last place.</summary>
    internal const double ExpRoundoffs = 4;

    private readonly Cells _source = new(arguments.Source, desc.Type);

    public long Count => desc.Count;

    public DataType Type => desc.Type;

    public long Offset(long output) => output;

    public Expected Output(long output)
    {
        double x = _source[output], y = ActivationReference.Apply(desc.Activation, x);
        double roundoffs = desc.Activation.Kind switch
        {
            Activation.Exp => ExpRoundoffs * y,
            Activation.Linear => 2 * (Math.Abs(desc.Activation.Alpha * x) + Math.Abs(y)),
            Activation.LeakyRelu => Math.Abs(y),
            _ => 0,
        };
        return new Expected(y, roundoffs, roundoffs);
    }
}
