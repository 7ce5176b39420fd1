using System.Runtime.CompilerServices;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Primitives;

/// <summary>
/// Holds the pointers of an execution to what the descriptor says: needed ones given, elements aligned, outputs apart from inputs.
/// Made once a primitive; checking allocates nothing unless a rule is broken.
/// </summary>
internal sealed unsafe class ArgumentRules
{
    /// <summary>Alignment of scratch and packed weights.</summary>
    public const int BlockAlignment = 256;

    private static readonly string[] Names =
    [
        "src", "src1", "weights", "packed_weights", "bias", "scale", "shift", "mean", "variance", "residual", "dst", "workspace", "scratch",
    ];

    private readonly string _primitive;
    private readonly TensorRule[] _tensors;

    public ArgumentRules(string primitive, params ReadOnlySpan<TensorRule> tensors)
    {
        _primitive = primitive;
        _tensors = tensors.ToArray();
        NothingToDo = true;
        foreach (var tensor in _tensors)
        {
            NothingToDo &= tensor.Use != TensorUse.Write || tensor.Bytes == 0;
        }
    }

    /// <summary>No output has an element: an execution touches no pointer.</summary>
    public bool NothingToDo { get; }

    /// <summary>Name of a pointer in the C ABI and in messages.</summary>
    public static string NameOf(Argument argument) => Names[(int)argument];

    /// <summary>Throws where the pointers break a rule. Packed weights, where given, stand in for weights.</summary>
    public void Check(in Arguments arguments)
    {
        fixed (Arguments* pinned = &arguments)
        {
            nuint* pointers = (nuint*)pinned;
            bool packed = pinned->PackedWeights != null;
            foreach (ref readonly TensorRule tensor in _tensors.AsSpan())
            {
                nuint pointer = pointers[(int)tensor.Argument];
                if (pointer == 0)
                {
                    if (tensor.Bytes != 0 && tensor.Use != TensorUse.ReadOptional && !(packed && tensor.Argument == Argument.Weights))
                    {
                        Missing(tensor.Argument);
                    }
                }
                else if (pointer % (uint)tensor.ElementBytes != 0)
                {
                    Misaligned(tensor.Argument, tensor.ElementBytes, pointer);
                }
                else if (tensor.Use == TensorUse.Write)
                {
                    Apart(tensor, pointers);
                }
            }

            if ((nuint)pinned->Scratch % BlockAlignment != 0)
            {
                Misaligned(Argument.Scratch, BlockAlignment, (nuint)pinned->Scratch);
            }
        }
    }

    /// <summary>
    /// An output and the other tensors have no byte in common, unless one may be the other. Where a tensor has gaps only the same
    /// start is refused: the elements of one may lie in the gaps of the other.
    /// </summary>
    private void Apart(in TensorRule output, nuint* pointers)
    {
        nuint start = pointers[(int)output.Argument];
        foreach (ref readonly TensorRule other in _tensors.AsSpan())
        {
            nuint otherStart = pointers[(int)other.Argument];
            if (other.Argument == output.Argument || otherStart == 0)
            {
                continue;
            }

            bool disjoint = start + (nuint)output.Bytes <= otherStart || otherStart + (nuint)other.Bytes <= start;
            bool same = start == otherStart;
            bool allowed = disjoint
                || (same && other.Use == TensorUse.ReadInPlace)
                || (!same && !(output.Dense && other.Dense));
            if (!allowed)
            {
                Overlapping(output.Argument, other.Argument);
            }
        }
    }

    private void Missing(Argument argument) => Refuse($"{NameOf(argument)} must not be null");

    private void Misaligned(Argument argument, int alignment, nuint pointer) =>
        Refuse($"{NameOf(argument)} must be aligned to {alignment} bytes, got 0x{pointer:x}");

    private void Overlapping(Argument output, Argument other) =>
        Refuse($"{NameOf(output)} must not overlap {NameOf(other)}");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Refuse(string rule) => throw new FdnnException(Status.InvalidArgument, $"{_primitive}: {rule}");
}
