using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.Jit;

/// <summary>
/// The dimensions of an operation on strided tensors, brought to as few as possible: those of size 1 dropped, the others sorted so that the last
/// tensor given (the destination) is walked in memory order, neighbours joined where every tensor lets them be.
/// </summary>
internal sealed class StridedDims
{
    private readonly List<long> _sizes = [];
    private readonly List<long[]> _strides = []; // [dimension][tensor]

    public StridedDims(Dims sizes, params Dims[] tensors)
    {
        IEnumerable<int> order = Enumerable.Range(0, sizes.Rank).Where(i => sizes[i] != 1)
            .OrderByDescending(i => tensors[^1][i]).ThenBy(i => i);
        foreach (int i in order)
        {
            long[] strides = [.. tensors.Select(tensor => tensor[i])];
            if (_sizes.Count > 0 && Joins(_strides[^1], strides, sizes[i]))
            {
                _sizes[^1] *= sizes[i];
                _strides[^1] = strides;
            }
            else
            {
                _sizes.Add(sizes[i]);
                _strides.Add(strides);
            }
        }

        if (_sizes.Count == 0)
        {
            _sizes.Add(1);
            _strides.Add([.. tensors.Select(_ => 1L)]);
        }
    }

    /// <summary>Number of dimensions left; at least 1.</summary>
    public int Rank => _sizes.Count;

    /// <summary>Sizes, outermost first.</summary>
    public long[] Sizes => [.. _sizes];

    /// <summary>A tensor's strides.</summary>
    public long[] Strides(int tensor) => [.. _strides.Select(strides => strides[tensor])];

    /// <summary>A tensor's stride in the last dimension.</summary>
    public long Innermost(int tensor) => _strides[^1][tensor];

    private static bool Joins(long[] outer, long[] inner, long size)
    {
        for (int tensor = 0; tensor < outer.Length; tensor++)
        {
            if (outer[tensor] != inner[tensor] * size)
            {
                return false;
            }
        }

        return true;
    }
}
