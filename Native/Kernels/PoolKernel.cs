using System.Runtime.InteropServices;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>What a window is reduced to.</summary>
internal enum WindowReduction
{
    /// <summary>The greatest value, NaN if there is one.</summary>
    Max,

    /// <summary>The greatest value and where it is.</summary>
    MaxWithIndex,

    /// <summary>Sum divided by the call's divisor.</summary>
    Mean,
}

/// <summary>
/// Argument of <see cref="PoolKernel"/>: a run of pixels whose windows have the same taps. A pixel is <see cref="Channels"/>
/// neighbouring elements; a tap is a pixel of the window that lies inside the image.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PoolCall
{
    /// <summary>Origin of the first pixel's window; taps are relative to it, so it need not lie inside the image.</summary>
    public void* Source;

    /// <summary>First pixel's result.</summary>
    public void* Destination;

    /// <summary>First pixel's indices (int32), with <see cref="WindowReduction.MaxWithIndex"/>.</summary>
    public void* Indices;

    /// <summary>Pixels of the run; 1 or more.</summary>
    public long Pixels;

    /// <summary>Bytes between the windows of neighbouring pixels.</summary>
    public long PixelStep;

    /// <summary>Bytes from behind a pixel's result to the next.</summary>
    public long DestinationGap;

    /// <summary>Bytes from behind a pixel's indices to the next.</summary>
    public long IndexGap;

    /// <summary>Elements of a pixel.</summary>
    public long Channels;

    /// <summary>Taps; 1 or more.</summary>
    public long Taps;

    /// <summary>Byte offset of each tap (64-bit), in order of rows and columns.</summary>
    public void* TapOffsets;

    /// <summary>Position of each tap relative to the window's origin (int32).</summary>
    public void* TapPositions;

    /// <summary>Position of the first window's origin.</summary>
    public int Position;

    /// <summary>What the position grows by from pixel to pixel.</summary>
    public int PositionStep;

    /// <summary>What a mean divides by.</summary>
    public DivisorPair Divisor;

    internal const int SourceAt = 0, DestinationAt = 8, IndicesAt = 16, PixelsAt = 24, PixelStepAt = 32, DestinationGapAt = 40,
        IndexGapAt = 48, ChannelsAt = 56, TapsAt = 64, TapOffsetsAt = 72, TapPositionsAt = 80, PositionAt = 88, PositionStepAt = 92,
        DivisorAt = 96;
}

/// <summary>
/// Pooling with vectors along the channels: <c>void f(PoolCall*)</c>. A group of vectors keeps its accumulators while it goes through the taps. Of equal
/// maxima the first is indexed; a NaN is greater than anything, and of several the last is indexed, as in PyTorch.
/// </summary>
internal sealed class PoolKernel
{
    private readonly VectorAssembler _a;
    private readonly WindowReduction _kind;
    private readonly Gpr _call, _at, _destination, _indices, _tap, _left, _address, _positions;
    private readonly Vec _origin;

    private PoolKernel(WindowReduction kind, VectorAssembler a)
    {
        (_a, _kind) = (a, kind);
        _call = a.Argument(0);
        Gpr window = a.NewGpr(_call, PoolCall.SourceAt);
        _destination = a.NewGpr(_call, PoolCall.DestinationAt);
        Gpr pixels = a.NewGpr(_call, PoolCall.PixelsAt);
        (_at, _tap, _left, _address) = (a.NewGpr(), a.NewGpr(), a.NewGpr(), a.NewGpr());
        Gpr channels = a.NewGpr();
        if (WithIndex)
        {
            _indices = a.NewGpr(_call, PoolCall.IndicesAt);
            _positions = a.NewGpr();
            _origin = a.NewVec();
            a.LoadBroadcast(_origin, _call, PoolCall.PositionAt);
        }

        Gpr[] moving = WithIndex ? [_at, _destination, _indices] : [_at, _destination];
        a.Repeat(pixels, () =>
        {
            a.Move(_at, window);
            a.LoadGpr(channels, _call, PoolCall.ChannelsAt);
            a.ForEach(channels, WithIndex ? [4, 2] : [8, 4, 2], moving, Body);
            Advance(window, PoolCall.PixelStepAt);
            Advance(_destination, PoolCall.DestinationGapAt);
            if (WithIndex)
            {
                Advance(_indices, PoolCall.IndexGapAt);
                Vec step = a.NewVec();
                a.LoadBroadcast(step, _call, PoolCall.PositionStepAt);
                a.AddInt32(_origin, _origin, step);
                a.Free(step);
            }
        });
        a.Return();
    }

    private bool WithIndex => _kind == WindowReduction.MaxWithIndex;

    /// <summary>Generates the kernel.</summary>
    public static void Generate(WindowReduction kind, VectorAssembler a) => _ = new PoolKernel(kind, a);

    private void Advance(Gpr pointer, int field)
    {
        _a.LoadGpr(_address, _call, field);
        _a.Add(pointer, _address);
    }

    private void Body(int vectors, Mask mask)
    {
        Vec[] best = _a.NewVecs(vectors), places = WithIndex ? _a.NewVecs(vectors) : [];
        Spot done = _a.NewSpot();
        _a.LoadGpr(_tap, _call, PoolCall.TapOffsetsAt);
        _a.LoadGpr(_left, _call, PoolCall.TapsAt);
        if (WithIndex)
        {
            _a.LoadGpr(_positions, _call, PoolCall.TapPositionsAt);
            LoadPlace(places[0]);
            for (int i = 1; i < vectors; i++)
            {
                _a.Copy(places[i], places[0]);
            }
        }

        AddressTap();
        for (int i = 0; i < vectors; i++)
        {
            _a.Load(best[i], _address, i * _a.VectorBytes, mask);
        }

        _a.AddImmediate(_left, _left, -1);
        _a.JumpIfZero(_left, done);
        _a.Repeat(_left, () => Tap(best, places, mask));
        _a.Bind(done);
        Finish(best, places, mask);
    }

    private void AddressTap()
    {
        _a.LoadGpr(_address, _tap, 0);
        _a.Add(_address, _at);
    }

    private void LoadPlace(Vec place)
    {
        _a.LoadBroadcast(place, _positions, 0);
        _a.AddInt32(place, place, _origin);
    }

    private void Tap(Vec[] best, Vec[] places, Mask mask)
    {
        _a.AddImmediate(_tap, _tap, sizeof(long));
        AddressTap();
        Vec x = _a.NewVec();
        Vec place = WithIndex ? _a.NewVec() : default;
        if (WithIndex)
        {
            _a.AddImmediate(_positions, _positions, sizeof(int));
            LoadPlace(place);
        }

        for (int i = 0; i < best.Length; i++)
        {
            _a.Load(x, _address, i * _a.VectorBytes, mask);
            switch (_kind)
            {
                case WindowReduction.Max:
                    _a.Max(best[i], best[i], x);
                    break;
                case WindowReduction.Mean:
                    _a.Add(best[i], best[i], x);
                    break;
                default:
                    Replace(best[i], places[i], x, place);
                    break;
            }
        }

        if (WithIndex)
        {
            _a.Free(place);
        }

        _a.Free(x);
    }

    /// <summary>Where x is greater, or NaN, it and its place become the best. Nothing is greater than a NaN.</summary>
    private void Replace(Vec best, Vec place, Vec x, Vec newPlace)
    {
        Mask better = _a.NewMask();
        _a.Compare(better, x, best, Comparison.Greater);
        _a.Select(best, better, x, best);
        _a.Select(place, better, newPlace, place);
        _a.Compare(better, x, x, Comparison.Unordered);
        _a.Select(best, better, x, best);
        _a.Select(place, better, newPlace, place);
        _a.Free(better);
    }

    private void Finish(Vec[] best, Vec[] places, Mask mask)
    {
        if (_kind == WindowReduction.Mean)
        {
            ConstantDivision.Emit(_a, _call, PoolCall.DivisorAt, best);
        }

        for (int i = 0; i < best.Length; i++)
        {
            _a.Store(best[i], _destination, i * _a.VectorBytes, mask);
            if (WithIndex)
            {
                _a.Store(places[i], _indices, i * _a.VectorBytes, mask);
            }
        }

        _a.Free(places);
        _a.Free(best);
    }
}
