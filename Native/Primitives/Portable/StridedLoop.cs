using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives.Portable;

/// <summary>
/// Up to three tensors of the same sizes, walked together in rows. Dimensions are sorted so that the last one is the densest in tensor 0
/// (the destination), and neighbours that all tensors step through evenly are merged: the row is as long as possible. Sizes of 1 are gone.
/// </summary>
internal struct StridedLoop
{
    /// <summary>Elements of a row and their steps in the three tensors.</summary>
    public long Row, Step0, Step1, Step2;

    /// <summary>Number of rows; 0 if the tensors are empty.</summary>
    public long Rows;

    private DimsStorage _sizes, _strides0, _strides1, _strides2;
    private int _rank;

    public StridedLoop(Dims sizes, Dims strides0, Dims strides1, Dims strides2)
    {
        Span<int> order = stackalloc int[DimsStorage.MaxRank];
        int used = Sort(sizes, strides0, strides1, order);
        Rows = 1;
        (Row, Step0, Step1, Step2) = (1, 1, 1, 1);
        for (int j = 0; j < used; j++)
        {
            Append(sizes[order[j]], strides0[order[j]], strides1[order[j]], strides2[order[j]]);
        }

        if (_rank > 0)
        {
            _rank--;
            (Row, Step0, Step1, Step2) = (_sizes[_rank], _strides0[_rank], _strides1[_rank], _strides2[_rank]);
        }

        for (int i = 0; i < _rank; i++)
        {
            Rows *= _sizes[i];
        }

        for (int i = 0; i < sizes.Rank; i++)
        {
            Rows = sizes[i] == 0 ? 0 : Rows;
        }
    }

    /// <summary>Where a row starts in each tensor.</summary>
    public readonly (long At0, long At1, long At2) Start(long row)
    {
        (long at0, long at1, long at2) = (0, 0, 0);
        for (int i = _rank - 1; i >= 0; i--)
        {
            (row, long position) = Math.DivRem(row, _sizes[i]);
            at0 += position * _strides0[i];
            at1 += position * _strides1[i];
            at2 += position * _strides2[i];
        }

        return (at0, at1, at2);
    }

    /// <summary>Indices of the dimensions above 1, by descending stride of tensor 0, then of tensor 1.</summary>
    private static int Sort(Dims sizes, Dims strides0, Dims strides1, Span<int> order)
    {
        int used = 0;
        for (int i = 0; i < sizes.Rank; i++)
        {
            if (sizes[i] != 1)
            {
                int at = used++;
                for (; at > 0 && (strides0[order[at - 1]], strides1[order[at - 1]]).CompareTo((strides0[i], strides1[i])) < 0; at--)
                {
                    order[at] = order[at - 1];
                }

                order[at] = i;
            }
        }

        return used;
    }

    private void Append(long size, long stride0, long stride1, long stride2)
    {
        int last = _rank - 1;
        if (last >= 0 && _strides0[last] == stride0 * size && _strides1[last] == stride1 * size && _strides2[last] == stride2 * size)
        {
            _sizes[last] *= size;
        }
        else
        {
            last = _rank++;
            _sizes[last] = size;
        }

        (_strides0[last], _strides1[last], _strides2[last]) = (stride0, stride1, stride2);
    }
}
