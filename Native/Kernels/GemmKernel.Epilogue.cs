using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>The end of a tile: activation(alpha·sum + bias + beta·residual), then memory.</summary>
internal sealed partial class GemmKernel
{
    private void Epilogue(GemmTile tile)
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

        WithStoreMask(mask =>
        {
            if (end.Residual)
            {
                AddResidual(tile, mask);
            }

            Activate();
            for (int r = 0; r < tile.RowsC.Length; r++)
            {
                for (int v = 0; v < _spec.Vectors; v++)
                {
                    _asm.Store(
                        Sum(r, v), _c, tile.RowsC[r] + v * _asm.VectorBytes, v == _spec.Vectors - 1 ? mask : Mask.All);
                }
            }
        });
    }

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
                    loaded, residual, tile.RowsC[r] + v * _asm.VectorBytes, v == _spec.Vectors - 1 ? mask : Mask.All);
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
