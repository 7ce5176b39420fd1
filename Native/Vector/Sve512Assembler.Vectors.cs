using FugakuDnn.Native.Assembler.A64;
using static FugakuDnn.Native.Assembler.A64.Registers;

namespace FugakuDnn.Native.Vector;

// Vector operations. Predicated ones overwrite their first operand; movprfx, which decodes for free with them, brings it there.
internal sealed partial class Sve512Assembler
{
    /// <inheritdoc/>
    public override void SetLanes(Mask d, int count)
    {
        if (count is <= 8 or 16)
        {
            _code.Ptrue(P(d.Index).S, count == 16 ? Pattern.Vl16 : (Pattern)count);
            return;
        }

        _broadcastWindow = null;
        _code.Mov(BroadcastScratch, count);
        _code.Whilelt(P(d.Index).S, Xzr, BroadcastScratch);
    }

    /// <inheritdoc/>
    public override void SetLanes(Mask d, Gpr count) => _code.Whilelt(P(d.Index).S, Xzr, R(count));

    /// <inheritdoc/>
    public override void Load(Vec d, Gpr @base, long offset, Mask mask)
    {
        (R address, int vectors) = Vector(@base, offset);
        _code.Ld1w(S(d), G(mask), address, vectors);
    }

    /// <inheritdoc/>
    public override void Store(Vec s, Gpr @base, long offset, Mask mask)
    {
        (R address, int vectors) = Vector(@base, offset);
        _code.St1w(S(s), G(mask), address, vectors);
    }

    /// <inheritdoc/>
    public override void LoadBroadcast(Vec d, Gpr @base, long offset)
    {
        (R address, int bytes) = Broadcasting(@base, offset);
        _code.Ld1rw(S(d), AllLanes, address, bytes);
    }

    /// <inheritdoc/>
    public override void Broadcast(Vec d, float value)
    {
        if (IsFloat8(value))
        {
            _code.Fdup(S(d), value);
        }
        else
        {
            BroadcastInt32(d, BitConverter.SingleToInt32Bits(value));
        }
    }

    /// <inheritdoc/>
    public override void Zero(Vec d) => _code.Dup(S(d), 0);

    /// <inheritdoc/>
    public override void Copy(Vec d, Vec s)
    {
        if (d != s)
        {
            _code.Mov(S(d).D, S(s).D);
        }
    }

    /// <inheritdoc/>
    public override void Add(Vec d, Vec a, Vec b) => _code.Fadd(S(d), S(a), S(b));

    /// <inheritdoc/>
    public override void Subtract(Vec d, Vec a, Vec b) => _code.Fsub(S(d), S(a), S(b));

    /// <inheritdoc/>
    public override void Multiply(Vec d, Vec a, Vec b) => _code.Fmul(S(d), S(a), S(b));

    /// <inheritdoc/>
    public override void Divide(Vec d, Vec a, Vec b)
    {
        if (d == b && d != a)
        {
            _code.Fdivr(S(d), AllLanes, S(a));
            return;
        }

        Prefix(d, a);
        _code.Fdiv(S(d), AllLanes, S(b));
    }

    /// <inheritdoc/>
    public override bool Supports(Product product) => product is Product.F32 or Product.S8S8;

    /// <inheritdoc/>
    public override void MulAdd(Vec acc, Vec a, Vec b, Product product = Product.F32)
    {
        switch (product)
        {
            case Product.F32:
                _code.Fmla(S(acc), AllLanes, S(a), S(b));
                break;
            case Product.S8S8:
                _code.Sdot(S(acc), S(a).B, S(b).B);
                break;
            default:
                throw new NotSupportedException($"sve512: no {product} product");
        }
    }

    /// <inheritdoc/>
    public override void MulAddTo(Vec d, Vec addend, Vec a, Vec b)
    {
        Prefix(d, addend);
        MulAdd(d, a, b);
    }

    /// <inheritdoc/>
    public override void MulSubtract(Vec acc, Vec a, Vec b) => _code.Fmls(S(acc), AllLanes, S(a), S(b));

    // fmax and fmin return NaN if either operand is, which is the contract's rule.

    /// <inheritdoc/>
    public override void Max(Vec d, Vec a, Vec b) => _code.Fmax(S(d), AllLanes, S(CommutingPrefix(d, a, b)));

    /// <inheritdoc/>
    public override void Min(Vec d, Vec a, Vec b) => _code.Fmin(S(d), AllLanes, S(CommutingPrefix(d, a, b)));

    /// <inheritdoc/>
    public override void MaxBound(Vec d, Vec x, Vec bound) => Max(d, x, bound);

    /// <inheritdoc/>
    public override void MinBound(Vec d, Vec x, Vec bound) => Min(d, x, bound);

    /// <inheritdoc/>
    public override void Compare(Mask d, Vec a, Vec b, Comparison comparison)
    {
        Pt result = P(d.Index).S;
        switch (comparison)
        {
            case Comparison.Greater:
                _code.Fcmgt(result, AllLanes, S(a), S(b));
                break;
            case Comparison.GreaterOrEqual:
                _code.Fcmge(result, AllLanes, S(a), S(b));
                break;
            case Comparison.Equal:
                _code.Fcmeq(result, AllLanes, S(a), S(b));
                break;
            default:
                _code.Fcmuo(result, AllLanes, S(a), S(b));
                break;
        }
    }

    /// <inheritdoc/>
    public override void Select(Vec d, Mask chosen, Vec a, Vec b) => _code.Sel(S(d), G(chosen), S(a), S(b));

    /// <inheritdoc/>
    public override void Round(Vec d, Vec s) => _code.Frintn(S(d), AllLanes, S(s));

    /// <inheritdoc/>
    public override void ScaleByPowerOfTwo(Vec d, Vec x, Vec n)
    {
        // fscale takes integers, which may not overwrite n.
        Vec power = NewVec();
        _code.Fcvtzs(S(power), AllLanes, S(n));
        Prefix(d, x);
        _code.Fscale(S(d), AllLanes, S(power));
        Free(power);
    }

    /// <inheritdoc/>
    public override void IndexInt32(Vec d, int first, int step)
    {
        switch (first is >= -16 and <= 15, step is >= -16 and <= 15)
        {
            case (true, true):
                _code.Index(S(d), first, step);
                break;
            case (false, true):
                _code.Index(S(d), Word(BroadcastScratch, first), step);
                break;
            case (true, false):
                _code.Index(S(d), first, Word(BroadcastScratch, step));
                break;
            default:
                _vectorWindow = null;
                _code.Index(S(d), Word(BroadcastScratch, first), Word(VectorScratch, step));
                break;
        }
    }

    /// <inheritdoc/>
    public override void AddInt32(Vec d, Vec a, Vec b) => _code.Add(S(d), S(a), S(b));

    /// <inheritdoc/>
    public override void BroadcastInt32(Vec d, int value)
    {
        if (value is >= -128 and <= 127 || (value % 256 == 0 && value is >= -32768 and <= 32512))
        {
            _code.Dup(S(d), value);
        }
        else
        {
            _code.Dup(S(d), Word(BroadcastScratch, value));
        }
    }

    /// <inheritdoc/>
    public override void ReduceAdd(Vec d, Vec s) => _code.Faddv(V(d.Index).S, AllLanes, S(s));

    /// <inheritdoc/>
    public override void ReduceMax(Vec d, Vec s) => _code.Fmaxv(V(d.Index).S, AllLanes, S(s));

    /// <inheritdoc/>
    public override void BroadcastLane0(Vec d, Vec s) => _code.Dup(S(d), S(s), 0);

    /// <inheritdoc/>
    public override void Transpose(Vec[] rows, ref Vec spare)
    {
        // An element's place is row·16 + column. Interleaving rows i and i + 8 into rows 2i and 2i + 1 turns its eight bits left by one;
        // four times that exchanges row and column.
        int half = Lanes / 2;
        for (int round = 1; round < Lanes; round *= 2)
        {
            Vec[] next = new Vec[Lanes];
            for (int i = 0; i < half; i++)
            {
                _code.Zip1(S(spare), S(rows[i]), S(rows[i + half]));
                _code.Zip2(S(rows[i]), S(rows[i]), S(rows[i + half]));
                next[2 * i] = spare;
                next[2 * i + 1] = rows[i];
                spare = rows[i + half];
            }

            next.CopyTo(rows, 0);
        }
    }

    /// <summary>±(16 + m)/16 · 2^e with e in -3 … 4: what fdup holds.</summary>
    private static bool IsFloat8(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        int exponent = ((bits >> 23) & 0xFF) - 127;
        return exponent is >= -3 and <= 4 && (bits & 0x7_FFFF) == 0;
    }

    private R Word(R register, int value)
    {
        if (register == BroadcastScratch)
        {
            _broadcastWindow = null;
        }

        _code.Mov(register.W, value);
        return register.W;
    }

    /// <summary>Brings a into d.</summary>
    private void Prefix(Vec d, Vec a)
    {
        if (d != a)
        {
            _code.Movprfx(Z(d.Index), Z(a.Index));
        }
    }

    /// <summary>Brings a or b into d; returns the other.</summary>
    private Vec CommutingPrefix(Vec d, Vec a, Vec b)
    {
        if (d == b)
        {
            return a;
        }

        Prefix(d, a);
        return b;
    }
}
