using FugakuDnn.Native.Kernels;
using FugakuDnn.Native.Primitives.Jit;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.Reorder;

/// <summary>
/// Reorders in generated code. Where neighbours stay neighbours: copies of rows (any type whose rows are whole 32-bit words). Else, for
/// 32-bit types: transpositions of the source's innermost dimension with the destination's, for each index of the others.
/// </summary>
internal sealed unsafe class JitReorder : Plan
{
    private readonly ChainWork? _copy;
    private readonly TransposeWork? _transposition;

    private JitReorder(ReorderDesc desc, PlanContext context)
    {
        StridedDims dims = Words(desc);
        if (dims.Innermost(0) == 1)
        {
            _copy = new ChainWork(context, Chain.Copy, dims.Sizes, dims.Strides(0), dims.Strides(1), []);
        }
        else
        {
            _transposition = new TransposeWork(context, dims.Sizes, dims.Strides(0), dims.Strides(1));
        }

        Implementation = JitPlan.Name(context, _copy is null ? "transpose" : "copy");
    }

    /// <inheritdoc/>
    public override string Implementation { get; }

    /// <summary>Null where the implementation supports the problem.</summary>
    public static string? Refuse(ReorderDesc desc, PlanContext context)
    {
        if (JitPlan.Refuse(context, DataType.F32, desc.Sizes.Product == 0) is { } reason)
        {
            return reason;
        }

        StridedDims elements = Simplify(desc);
        int size = desc.Type.Size();
        if (size != 4 && (elements.Innermost(0) != 1 || elements.Innermost(1) != 1 || !WholeWords(elements, size)))
        {
            return "elements must have 32 bits, or make rows of whole 32-bit words";
        }

        StridedDims dims = Words(desc);
        return dims.Innermost(1) != 1 ? "destination's innermost stride must be 1"
            : !dims.Strides(0).Contains(1) ? "source must have a dimension of stride 1"
            : null;
    }

    /// <summary>Makes the plan.</summary>
    public static Plan Create(ReorderDesc desc, PlanContext context) => new JitReorder(desc, context);

    /// <inheritdoc/>
    public override void Execute(in Arguments arguments)
    {
        if (_copy is not null)
        {
            _copy.Run(arguments.Source, arguments.Destination);
        }
        else
        {
            _transposition!.Run(arguments.Source, arguments.Destination);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _copy?.Dispose();
        _transposition?.Dispose();
        base.Dispose(disposing);
    }

    private static StridedDims Simplify(ReorderDesc desc) => new(desc.Sizes, desc.SourceStrides, desc.DestinationStrides);

    private static bool WholeWords(StridedDims dims, int size)
    {
        if (dims.Sizes[^1] * size % 4 != 0)
        {
            return false;
        }

        for (int d = 0; d < dims.Rank - 1; d++)
        {
            if (dims.Strides(0)[d] * size % 4 != 0 || dims.Strides(1)[d] * size % 4 != 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The same dimensions, counted in 32-bit words: rows of other types are copied as such.</summary>
    private static StridedDims Words(ReorderDesc desc)
    {
        StridedDims dims = Simplify(desc);
        int size = desc.Type.Size();
        if (size == 4)
        {
            return dims;
        }

        long[] sizes = dims.Sizes;
        sizes[^1] = sizes[^1] * size / 4;
        return new StridedDims(new Dims(sizes), InWords(dims.Strides(0), size), InWords(dims.Strides(1), size));
    }

    private static Dims InWords(long[] strides, int size) =>
        new([.. strides.Select((stride, d) => d == strides.Length - 1 ? stride : stride * size / 4)]);
}
