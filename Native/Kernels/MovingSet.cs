using FugakuDnn.Native.Vector;

namespace FugakuDnn.Native.Kernels;

/// <summary>
/// An address set that walks along k: it moves its pointers only where the next step is out of the immediates' reach, and
/// remembers, while code is generated, how far they have moved.
/// moved = bytes that the pointers are ahead of the first step of the current straight-line stretch.
/// </summary>
internal sealed class MovingSet
{
    private readonly VectorAssembler _asm;
    private readonly long _step;
    private readonly long _reach;
    private long _moved;

    public MovingSet(VectorAssembler asm, Gpr origin, long[] offsets, Access access, long step, int steps)
    {
        _asm = asm;
        _step = step;
        long wanted = (steps - 1) * step;
        long most = asm.Reach(access, access == Access.Vector ? offsets.Max() - offsets.Min() : 0);
        _reach = wanted <= most ? wanted : step > most ? 0 : most / step * step;
        Set = asm.NewAddressSet(origin, offsets, _reach, access);
    }

    /// <summary>The pointers.</summary>
    public AddressSet Set { get; }

    /// <summary>Displacement of a step, 0 being the first of the stretch; steps are asked for in ascending order.</summary>
    public long At(int step)
    {
        long displacement = step * _step - _moved;
        if (displacement > _reach)
        {
            _asm.Advance(Set, displacement);
            _moved += displacement;
            displacement = 0;
        }

        return displacement;
    }

    /// <summary>Moves to the first step behind a loop's body of <paramref name="steps"/> steps.</summary>
    public void EndOfLoop(int steps)
    {
        _asm.Advance(Set, steps * _step - _moved);
        _moved = 0;
    }

    /// <summary>Takes back what the remainder moved, so that lists need to know of loops only.</summary>
    public void Restore()
    {
        _asm.Advance(Set, -_moved);
        _moved = 0;
    }

    /// <summary>Forgets what was moved: the code goes on elsewhere, in a stretch that moved as much up to there.</summary>
    public void Rewind() => _moved = 0;

    /// <summary>Goes to another origin.</summary>
    public void Point(Gpr origin) => _asm.Point(Set, origin);

    /// <summary>Moves by a register.</summary>
    public void Move(Gpr bytes) => _asm.Advance(Set, bytes);

    /// <summary>Gives the pointers back.</summary>
    public void Free() => _asm.Free(Set);
}
