using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Reorder;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Reference;

/// <summary>A copy from strides to strides.</summary>
public sealed unsafe class ReorderReference(ReorderDesc desc, in Arguments arguments) : IReference
{
    private readonly Cells _source = new(arguments.Source, desc.Type);

    public long Count => desc.Sizes.Product;

    public DataType Type => desc.Type;

    public long Offset(long output) => Strided.Offset(desc.Sizes, desc.DestinationStrides, output);

    public Expected Output(long output) => Expected.Exactly(_source[Strided.Offset(desc.Sizes, desc.SourceStrides, output)]);
}
