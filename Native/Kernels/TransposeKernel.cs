using System.Runtime.InteropServices;
using FugakuDnn.Native.Tuning;
using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>Argument of <see cref="TransposeKernel"/>: destination[column][row] = source[row][column], 32-bit elements.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TransposeCall
{
    /// <summary>First element.</summary>
    public void* Source;

    /// <summary>Where it goes; apart from the source.</summary>
    public void* Destination;

    /// <summary>Rows of the source; 1 or more.</summary>
    public long Rows;

    /// <summary>Columns of the source; 1 or more.</summary>
    public long Columns;

    /// <summary>Bytes between rows of the source.</summary>
    public long SourceStride;

    /// <summary>Bytes between rows of the destination.</summary>
    public long DestinationStride;

    internal const int SourceAt = 0, DestinationAt = 8, RowsAt = 16, ColumnsAt = 24, SourceStrideAt = 32, DestinationStrideAt = 40;
}

/// <summary>
/// Transposes a matrix in tiles of Lanes × Lanes held in registers: <c>void f(TransposeCall*)</c>. For each strip of columns it goes down the
/// rows, so that what it writes is contiguous. Tiles at the edges load the rows and store the columns that exist.
/// </summary>
internal sealed class TransposeKernel
{
    private readonly VectorAssembler _a;
    private readonly Gpr _rows, _columns, _source, _destination, _sourceStride, _destinationStride;

    private TransposeKernel(VectorAssembler a)
    {
        _a = a;
        Gpr call = a.Argument(0);
        _columns = a.NewGpr(call, TransposeCall.ColumnsAt);
        _sourceStride = a.NewGpr(call, TransposeCall.SourceStrideAt);
        _destinationStride = a.NewGpr(call, TransposeCall.DestinationStrideAt);
        (_rows, _source, _destination) = (a.NewGpr(), a.NewGpr(), a.NewGpr());
        Gpr left = a.NewGpr(call, TransposeCall.SourceAt), top = a.NewGpr(call, TransposeCall.DestinationAt);
        Gpr step = a.NewGpr();
        a.Move(step, _destinationStride);
        a.ShiftLeft(step, int.Log2(a.Lanes));

        Spot strip = a.NewSpot(), done = a.NewSpot();
        a.Bind(strip);
        a.LoadGpr(_rows, call, TransposeCall.RowsAt);
        a.Move(_source, left);
        a.Move(_destination, top);
        Strip();
        a.AddImmediate(left, left, a.VectorBytes);
        a.Add(top, step);
        a.AddImmediate(_columns, _columns, -a.Lanes);
        a.JumpIfLess(_columns, 1, done);
        a.Jump(strip);
        a.Bind(done);
        a.Return();
    }

    /// <summary>Generates the kernel.</summary>
    public static void Generate(VectorAssembler a) => _ = new TransposeKernel(a);

    private void Strip()
    {
        Spot tile = _a.NewSpot(), edge = _a.NewSpot(), next = _a.NewSpot(), done = _a.NewSpot();
        _a.Bind(tile);
        _a.JumpIfLess(_rows, _a.Lanes, edge);
        _a.JumpIfLess(_columns, _a.Lanes, edge);
        Tile(edge: false);
        _a.Jump(next);
        _a.Bind(edge);
        Tile(edge: true);
        _a.Bind(next);
        _a.AddImmediate(_destination, _destination, _a.VectorBytes);
        _a.AddImmediate(_rows, _rows, -_a.Lanes);
        _a.JumpIfLess(_rows, 1, done);
        _a.Jump(tile);
        _a.Bind(done);
    }

    private void Tile(bool edge)
    {
        Vec[] rows = _a.NewVecs(_a.Lanes);
        Each(rows, _source, _sourceStride, edge ? _rows : null, edge ? _columns : null, (row, at, mask) => LoadRow(row, at, mask, edge));
        Vec spare = _a.NewVec();
        _a.Transpose(rows, ref spare);
        _a.Free(spare);
        Gpr at = _a.NewGpr();
        _a.Move(at, _destination);
        Each(rows, at, _destinationStride, edge ? _columns : null, edge ? _rows : null, (row, at, mask) => _a.Store(row, at, 0, mask));
        _a.Free(at);
        _a.Free(rows);
    }

    /// <summary>
    /// Strips read as many streams as there are rows, more than hardware follows. So a tile asks for what a later strip loads, into the
    /// second level: rows may be a multiple of 4096 bytes apart, and then all of them share a set of the first.
    /// </summary>
    private void LoadRow(Vec row, Gpr at, Mask mask, bool edge)
    {
        _a.Load(row, at, 0, mask);
        if (!edge)
        {
            _a.Prefetch(at, ElementwiseTuning.TransposePrefetch, intoL2: true);
        }
    }

    /// <summary>Loads or stores rows, at the edge only as many as exist and of each as many lanes as exist; moves the pointer behind them.</summary>
    private void Each(Vec[] rows, Gpr at, Gpr stride, Gpr? count, Gpr? lanes, Action<Vec, Gpr, Mask> access)
    {
        Spot end = _a.NewSpot();
        Mask mask = Mask.All;
        if (lanes is { } l)
        {
            mask = _a.NewMask();
            _a.SetLanes(mask, l);
        }

        for (int i = 0; i < rows.Length; i++)
        {
            if (count is { } c && i > 0)
            {
                _a.JumpIfLess(c, i + 1, end);
            }

            access(rows[i], at, mask);
            _a.Add(at, stride);
        }

        _a.Bind(end);
        if (!mask.IsAll)
        {
            _a.Free(mask);
        }
    }
}
