using FugakuDnn.Native.Assembler;
using FugakuDnn.Native.Assembler.A64;
using FugakuDnn.Native.Platform;
using static FugakuDnn.Native.Assembler.A64.Registers;

namespace FugakuDnn.Native.Vector;

/// <summary>
/// SVE with 512-bit vectors, as on the A64FX: thirty-two z registers; a mask is a predicate register that may govern, p2 to p7. p0 chooses
/// all lanes, p1 is free for the back end. x0-x14 and x19-x28 are handed out, as x15 is; x16 and x17 hold addresses that immediates do not
/// reach, x30 what no immediate holds. Only callee-saved registers that a kernel uses are saved.
/// Choices for the A64FX: ld1w where ldr z has one port, ld1rw for broadcasts, no indexed multiplication (it halves the peak).
/// </summary>
internal sealed partial class Sve512Assembler : VectorAssembler
{
    private const int Bytes = 64;

    private static readonly P AllLanes = P(0);

    private readonly A64Assembler _code = new();
    private readonly List<Label> _labels = [];

    // Registers that need no saving first: z8-z15 are callee-saved in their low 64 bits.
    private readonly Stack<int> _freeVecs = new([.. Enumerable.Range(8, 8).Reverse(), .. Enumerable.Range(16, 16).Reverse(), .. Enumerable.Range(0, 8).Reverse()]);
    private readonly Stack<int> _freeGprs = new([.. Enumerable.Range(19, 10).Reverse(), .. Enumerable.Range(0, 16).Reverse()]);
    private readonly Stack<int> _freeMasks = new(Enumerable.Range(2, 6).Reverse());
    private readonly SortedSet<int> _savedGprs = [];
    private readonly SortedSet<int> _savedVecs = [];

    public Sve512Assembler() => _code.Ptrue(AllLanes.S);

    /// <inheritdoc/>
    public override Isa Isa => Isa.Sve512;

    /// <inheritdoc/>
    public override int VectorBytes => Bytes;

    /// <inheritdoc/>
    public override int VectorRegisters => 32;

    /// <inheritdoc/>
    public override bool MasksAreVectors => false;

    /// <inheritdoc/>
    public override int CacheLineBytes => 256; // A64FX, both levels

    /// <inheritdoc/>
    public override int FreeGprs => _freeGprs.Count;

    // ---- registers -------------------------------------------------------------------------------------------------

    /// <inheritdoc/>
    public override Vec NewVec()
    {
        int index = Take(_freeVecs, "vector");
        if (index is >= 8 and < 16)
        {
            _savedVecs.Add(index);
        }

        return new Vec(index);
    }

    /// <inheritdoc/>
    public override void Free(Vec register) => _freeVecs.Push(register.Index);

    /// <inheritdoc/>
    public override Gpr NewGpr()
    {
        int index = Take(_freeGprs, "general");
        if (index >= 19)
        {
            _savedGprs.Add(index);
        }

        return new Gpr(index);
    }

    /// <inheritdoc/>
    public override void Free(Gpr register)
    {
        Forget(register);
        _freeGprs.Push(register.Index);
    }

    /// <inheritdoc/>
    public override Mask NewMask() => new(Take(_freeMasks, "mask"));

    /// <inheritdoc/>
    public override void Free(Mask register) => _freeMasks.Push(register.Index);

    /// <inheritdoc/>
    public override Gpr Argument(int index)
    {
        // Arguments are x0 to x3, which the pool hands out first: ask before any NewGpr.
        int[] others = [.. _freeGprs.Where(register => register != index).Reverse()];
        if (others.Length == _freeGprs.Count)
        {
            throw new InvalidOperationException($"sve512: argument {index} has been handed out");
        }

        _freeGprs.Clear();
        foreach (int register in others)
        {
            _freeGprs.Push(register);
        }

        return new Gpr(index);
    }

    // ---- general registers and control ------------------------------------------------------------------------------

    /// <inheritdoc/>
    public override void Move(Gpr d, Gpr s)
    {
        if (d != s)
        {
            Forget(d);
            _code.Mov(R(d), R(s));
        }
    }

    /// <inheritdoc/>
    public override void MoveImmediate(Gpr d, long value)
    {
        Forget(d);
        _code.Mov(R(d), value);
    }

    /// <inheritdoc/>
    public override void LoadGpr(Gpr d, Gpr @base, long offset)
    {
        (R address, int displacement) = Scalar(@base, offset);
        Forget(d);
        _code.Ldr(R(d), address, displacement);
    }

    /// <inheritdoc/>
    public override void StoreGpr(Gpr s, Gpr @base, long offset)
    {
        (R address, int displacement) = Scalar(@base, offset);
        _code.Str(R(s), address, displacement);
    }

    /// <inheritdoc/>
    public override void Add(Gpr d, Gpr s)
    {
        Forget(d);
        _code.Add(R(d), R(d), R(s));
    }

    /// <inheritdoc/>
    public override void Subtract(Gpr d, Gpr s)
    {
        Forget(d);
        _code.Sub(R(d), R(d), R(s));
    }

    /// <inheritdoc/>
    public override void AddImmediate(Gpr d, Gpr s, long value)
    {
        Forget(d);
        AddAny(R(d), R(s), value);
    }

    /// <inheritdoc/>
    public override void Multiply(Gpr d, Gpr s)
    {
        Forget(d);
        _code.Mul(R(d), R(d), R(s));
    }

    /// <inheritdoc/>
    public override void ShiftLeft(Gpr d, int count)
    {
        Forget(d);
        _code.Lsl(R(d), R(d), count);
    }

    /// <inheritdoc/>
    public override Spot NewSpot()
    {
        _labels.Add(_code.NewLabel());
        return new Spot(_labels.Count - 1);
    }

    /// <inheritdoc/>
    public override void Bind(Spot spot)
    {
        // Whoever jumps here may have other addresses in the scratch registers.
        ForgetAll();
        _code.Bind(_labels[spot.Index]);
    }

    /// <inheritdoc/>
    public override void Jump(Spot spot) => _code.B(_labels[spot.Index]);

    /// <inheritdoc/>
    public override void JumpIfZero(Gpr register, Spot spot) => _code.Cbz(R(register), _labels[spot.Index]);

    /// <inheritdoc/>
    public override void SubtractAndJumpIfNotZero(Gpr register, int amount, Spot spot)
    {
        Forget(register);
        R counter = R(register);
        if (amount is >= 0 and < 4096)
        {
            _code.Subs(counter, counter, amount);
        }
        else if (amount is < 0 and > -4096)
        {
            _code.Adds(counter, counter, -amount);
        }
        else
        {
            _code.Mov(Constant(), amount);
            _code.Subs(counter, counter, Constant());
        }

        _code.B(Cond.Ne, _labels[spot.Index]);
    }

    /// <inheritdoc/>
    public override void JumpIfLess(Gpr a, long value, Spot spot)
    {
        if (value is >= 0 and < 4096)
        {
            _code.Cmp(R(a), (int)value);
        }
        else
        {
            _code.Mov(Constant(), value);
            _code.Cmp(R(a), Constant());
        }

        _code.B(Cond.Lt, _labels[spot.Index]);
    }

    // ---- the end ----------------------------------------------------------------------------------------------------

    /// <inheritdoc/>
    public override void Return()
    {
        Frame(_code, restore: true);
        _code.Ret(X(30));
    }

    /// <inheritdoc/>
    public override byte[] Finish()
    {
        // What is to be saved is known only now; the body holds no constants that the shift could misalign.
        var prologue = new A64Assembler();
        Frame(prologue, restore: false);
        return [.. prologue.Finish(), .. _code.Finish()];
    }

    /// <summary>Saves or restores the callee-saved registers that the kernel uses, in pairs.</summary>
    private void Frame(A64Assembler code, bool restore)
    {
        int[] gprs = [.. _savedGprs];
        int[] vecs = [.. _savedVecs];
        int bytes = (8 * (gprs.Length + vecs.Length) + 15) / 16 * 16;
        if (bytes == 0)
        {
            return;
        }

        if (!restore)
        {
            code.Sub(Sp, Sp, bytes);
        }

        for (int i = 0; i < gprs.Length; i += 2)
        {
            Save(code, X(gprs[i]), i + 1 < gprs.Length ? X(gprs[i + 1]) : null, 8 * i, restore);
        }

        for (int i = 0; i < vecs.Length; i += 2)
        {
            Save(code, V(vecs[i]).D, i + 1 < vecs.Length ? V(vecs[i + 1]).D : null, 8 * (gprs.Length + i), restore);
        }

        if (restore)
        {
            code.Add(Sp, Sp, bytes);
        }
    }

    private static void Save(A64Assembler code, R a, R? b, int offset, bool restore)
    {
        switch (b, restore)
        {
            case (null, false):
                code.Str(a, Sp, offset);
                break;
            case (null, true):
                code.Ldr(a, Sp, offset);
                break;
            case ({ } pair, false):
                code.Stp(a, pair, Sp, offset);
                break;
            case ({ } pair, true):
                code.Ldp(a, pair, Sp, offset);
                break;
        }
    }

    private static void Save(A64Assembler code, V a, V? b, int offset, bool restore)
    {
        switch (b, restore)
        {
            case (null, false):
                code.Str(a, Sp, offset);
                break;
            case (null, true):
                code.Ldr(a, Sp, offset);
                break;
            case ({ } pair, false):
                code.Stp(a, pair, Sp, offset);
                break;
            case ({ } pair, true):
                code.Ldp(a, pair, Sp, offset);
                break;
        }
    }

    private static R R(Gpr register) => X(register.Index);

    private static Z S(Vec register) => Z(register.Index).S;

    private static P G(Mask mask) => mask.IsAll ? AllLanes : P(mask.Index);

    private static int Take(Stack<int> pool, string kind) =>
        pool.TryPop(out int index) ? index : throw new InvalidOperationException($"sve512: all {kind} registers are taken");
}
