using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>The end of a tile: activation(alpha·sum + bias + beta·residual), then memory.</summary>
internal sealed partial class GemmKernel
{
    /// <summary>Everything but the stores.</summary>
    private void Finish(GemmTile tile)
    {
        var end = _spec.Epilogue;
        if (end.Alpha != 1)
        {
            WithConstant(end.Alpha, alpha => ForSums(sum => _asm.Multiply(sum, sum, alpha)));
        }

        if (end.Bias && !BiasFirst)
        {
            WithBias((bias, v) =>
            {
                for (int r = 0; r < tile.RowsC.Length; r++)
                {
                    _asm.Add(Sum(r, v), Sum(r, v), bias);
                }
            });
        }

        if (end.Residual)
        {
            WithStoreMask(mask => AddResidual(tile, mask));
        }

        Activate();
    }

    /// <summary>
    /// Asks for the lines of C while the sums are made. A tile's rows are too short for hardware to see a stream in them, and stores that
    /// miss wait in line; where the residual is C itself, its loads wait too.
    /// </summary>
    private void PrefetchC(GemmTile tile)
    {
        long bytes = (_spec.Vectors - 1L) * _asm.VectorBytes + _spec.LastLanes * 4L;
        foreach (long row in tile.RowsC)
        {
            for (long at = 0; at < bytes; at += _asm.CacheLineBytes)
            {
                _asm.PrefetchForWriting(_c, row + at);
            }
        }
    }

    private void StoreSums(GemmTile tile) => WithStoreMask(mask =>
    {
        for (int r = 0; r < tile.RowsC.Length; r++)
        {
            for (int v = 0; v < _spec.Vectors; v++)
            {
                Store(Sum(r, v), tile, r, v, mask);
            }
        }
    });

    private void Store(Vec sum, GemmTile tile, int row, int vector, Mask mask) =>
        _asm.Store(sum, _c, tile.RowsC[row] + vector * _asm.VectorBytes, MaskOf(vector, mask));

    /// <summary>The mask of a vector: <paramref name="last"/> for the last one.</summary>
    private Mask MaskOf(int vector, Mask last) => vector == _spec.Vectors - 1 ? last : Mask.All;

    private void AddResidual(GemmTile tile, Mask mask)
    {
        // The residual lies as C does: its tile is at residual + (c - origin of C).
        var residual = _asm.NewGpr();
        var other = _asm.NewGpr();
        _asm.LoadGpr(residual, _call, CallResidual);
        _asm.LoadGpr(other, _call, CallC);
        _asm.Subtract(residual, other);
        _asm.Add(residual, _c);
        _asm.Free(other);
        var loaded = _asm.NewVec();
        float beta = _spec.Epilogue.Beta;
        var factor = beta == 1 ? default : _asm.NewVec();
        if (beta != 1)
        {
            _asm.Broadcast(factor, beta);
        }

        for (int r = 0; r < tile.RowsC.Length; r++)
        {
            for (int v = 0; v < _spec.Vectors; v++)
            {
                _asm.Load(
                    loaded, residual, tile.RowsC[r] + v * _asm.VectorBytes, MaskOf(v, mask));
                if (beta == 1)
                {
                    _asm.Add(Sum(r, v), Sum(r, v), loaded);
                }
                else
                {
                    _asm.MulAdd(Sum(r, v), loaded, factor);
                }
            }
        }

        if (beta != 1)
        {
            _asm.Free(factor);
        }

        _asm.Free(loaded);
        _asm.Free(residual);
    }

    private void Activate()
    {
        var end = _spec.Epilogue;
        switch (end.Activation)
        {
            case GemmActivation.Relu:
                WithConstant(0, zero => ForSums(sum => _asm.MaxBound(sum, sum, zero)));
                break;
            case GemmActivation.Clip:
                WithConstant(end.ActivationAlpha, low => ForSums(sum => _asm.MaxBound(sum, sum, low)));
                WithConstant(end.ActivationBeta, high => ForSums(sum => _asm.MinBound(sum, sum, high)));
                break;
            case GemmActivation.Linear:
                WithConstant(end.ActivationAlpha, factor => ForSums(sum => _asm.Multiply(sum, sum, factor)));
                WithConstant(end.ActivationBeta, addend => ForSums(sum => _asm.Add(sum, sum, addend)));
                break;
            case GemmActivation.LeakyRelu:
                WithConstant(0, zero => WithConstant(end.ActivationAlpha, slope => LeakyRelu(zero, slope)));
                break;
        }
    }

    /// <summary>max(x, 0) + slope·min(x, 0): one of the two is zero (or both NaN), so the sum is exact.</summary>
    private void LeakyRelu(Vec zero, Vec slope)
    {
        var negative = _asm.NewVec();
        ForSums(sum =>
        {
            _asm.MinBound(negative, sum, zero);
            _asm.MaxBound(sum, sum, zero);
            _asm.MulAdd(sum, negative, slope);
        });
        _asm.Free(negative);
    }

    private void WithConstant(float value, Action<Vec> use)
    {
        var constant = _asm.NewVec();
        _asm.Broadcast(constant, value);
        use(constant);
        _asm.Free(constant);
    }

    private void ForSums(Action<Vec> use)
    {
        foreach (var sum in _sums)
        {
            use(sum);
        }
    }
}
