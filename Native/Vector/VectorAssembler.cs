using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Vector;

/// <summary>
/// The small contract that kernels are written against, once for every ISA. Only what is cheap on each of them enters it. Lanes are
/// 32 bits wide (float32, or int32 where said). A kernel is a function <c>void f(void* argument0, …)</c> of up to four pointer or integer
/// arguments in the platform's C calling convention; callee-saved registers are kept by the back end.
/// Byte offsets may be any size: a back end that cannot encode one uses a scratch register of its own.
/// A mask keeps masked-out memory untouched; masked-out lanes of a load are zero.
/// </summary>
internal abstract class VectorAssembler
{
    /// <summary>Instruction set of the code.</summary>
    public abstract Isa Isa { get; }

    /// <summary>Bytes in a vector.</summary>
    public abstract int VectorBytes { get; }

    /// <summary>Bytes of a cache line on the machines that the ISA is for.</summary>
    public virtual int CacheLineBytes => 64;

    /// <summary>32-bit lanes in a vector.</summary>
    public int Lanes => VectorBytes / 4;

    /// <summary>Vector registers a kernel may hold at once (masks that live in vectors are taken from them).</summary>
    public abstract int VectorRegisters { get; }

    /// <summary>True where a mask takes a vector register.</summary>
    public abstract bool MasksAreVectors { get; }

    /// <summary>General registers still free.</summary>
    public abstract int FreeGprs { get; }

    // ---- registers -------------------------------------------------------------------------------------------------

    /// <summary>Takes a vector register; throws when none is left.</summary>
    public abstract Vec NewVec();

    /// <summary>Gives a vector register back.</summary>
    public abstract void Free(Vec register);

    /// <summary>Takes a general register; throws when none is left.</summary>
    public abstract Gpr NewGpr();

    /// <summary>Gives a general register back.</summary>
    public abstract void Free(Gpr register);

    /// <summary>Takes a mask register; throws when none is left.</summary>
    public abstract Mask NewMask();

    /// <summary>Gives a mask register back.</summary>
    public abstract void Free(Mask register);

    /// <summary>The register that holds an argument on entry; it belongs to the kernel, which may free it.</summary>
    public abstract Gpr Argument(int index);

    // ---- general registers and control ------------------------------------------------------------------------------

    /// <summary>d = s.</summary>
    public abstract void Move(Gpr d, Gpr s);

    /// <summary>d = value.</summary>
    public abstract void MoveImmediate(Gpr d, long value);

    /// <summary>d = 64 bits at [base + offset].</summary>
    public abstract void LoadGpr(Gpr d, Gpr @base, long offset);

    /// <summary>64 bits at [base + offset] = s.</summary>
    public abstract void StoreGpr(Gpr s, Gpr @base, long offset);

    /// <summary>d += s.</summary>
    public abstract void Add(Gpr d, Gpr s);

    /// <summary>d -= s.</summary>
    public abstract void Subtract(Gpr d, Gpr s);

    /// <summary>d = s + value.</summary>
    public abstract void AddImmediate(Gpr d, Gpr s, long value);

    /// <summary>d *= s.</summary>
    public abstract void Multiply(Gpr d, Gpr s);

    /// <summary>d &lt;&lt;= count.</summary>
    public abstract void ShiftLeft(Gpr d, int count);

    /// <summary>A new place; it must be bound exactly once.</summary>
    public abstract Spot NewSpot();

    /// <summary>The place is here.</summary>
    public abstract void Bind(Spot spot);

    /// <summary>Goes to the place.</summary>
    public abstract void Jump(Spot spot);

    /// <summary>Goes to the place if the register is zero.</summary>
    public abstract void JumpIfZero(Gpr register, Spot spot);

    /// <summary>register -= amount; goes to the place unless the result is zero.</summary>
    public abstract void SubtractAndJumpIfNotZero(Gpr register, int amount, Spot spot);

    /// <summary>Goes to the place if a &lt; value (signed).</summary>
    public abstract void JumpIfLess(Gpr a, long value, Spot spot);

    // ---- address sets -----------------------------------------------------------------------------------------------

    /// <summary>
    /// Points at <paramref name="offsets"/> from <paramref name="origin"/> (which is only read). Loads between two moves use
    /// displacements from 0 up to <paramref name="reach"/> bytes.
    /// </summary>
    public abstract AddressSet NewAddressSet(Gpr origin, long[] offsets, long reach, Access access);

    /// <summary>The most displacement that immediates cover for this set, so that a loop knows how far it can unroll before a move.</summary>
    public abstract long Reach(Access access, long itemSpan);

    /// <summary>Gives the pointers back.</summary>
    public void Free(AddressSet set)
    {
        foreach (var pointer in set.Pointers)
        {
            Free(pointer);
        }
    }

    /// <summary>Points the set's registers at another origin, as if it were new.</summary>
    public void Point(AddressSet set, Gpr origin)
    {
        for (int i = 0; i < set.Pointers.Length; i++)
        {
            int item = Array.IndexOf(set.PointerOf, i);
            AddImmediate(set.Pointers[i], origin, set.Offsets[item] - set.Displacements[item]);
        }
    }

    /// <summary>Moves the origin by a register.</summary>
    public void Advance(AddressSet set, Gpr bytes)
    {
        foreach (var pointer in set.Pointers)
        {
            Add(pointer, bytes);
        }
    }

    /// <summary>Moves the origin by a constant.</summary>
    public void Advance(AddressSet set, long bytes)
    {
        if (bytes != 0)
        {
            foreach (var pointer in set.Pointers)
            {
                AddImmediate(pointer, pointer, bytes);
            }
        }
    }

    /// <summary>d = vector at an item's address plus displacement.</summary>
    public void Load(Vec d, AddressSet set, int item, long displacement, Mask mask) =>
        Load(d, set.Pointers[set.PointerOf[item]], set.Displacements[item] + displacement, mask);

    /// <summary>Every lane of d = the 32 bits at an item's address plus displacement.</summary>
    public void LoadBroadcast(Vec d, AddressSet set, int item, long displacement) =>
        LoadBroadcast(d, set.Pointers[set.PointerOf[item]], set.Displacements[item] + displacement);

    // ---- vectors ----------------------------------------------------------------------------------------------------

    /// <summary>Lanes below <paramref name="count"/>, 1 ≤ count ≤ <see cref="Lanes"/>.</summary>
    public abstract void SetLanes(Mask d, int count);

    /// <summary>Lanes below the register's value; values of <see cref="Lanes"/> and more choose all.</summary>
    public abstract void SetLanes(Mask d, Gpr count);

    /// <summary>d = vector at [base + offset].</summary>
    public abstract void Load(Vec d, Gpr @base, long offset, Mask mask);

    /// <summary>Vector at [base + offset] = s.</summary>
    public abstract void Store(Vec s, Gpr @base, long offset, Mask mask);

    /// <summary>Every lane of d = the 32 bits at [base + offset].</summary>
    public abstract void LoadBroadcast(Vec d, Gpr @base, long offset);

    /// <summary>Every lane of d = value.</summary>
    public abstract void Broadcast(Vec d, float value);

    /// <summary>d = 0.</summary>
    public abstract void Zero(Vec d);

    /// <summary>d = s.</summary>
    public abstract void Copy(Vec d, Vec s);

    /// <summary>d = a + b.</summary>
    public abstract void Add(Vec d, Vec a, Vec b);

    /// <summary>d = a - b.</summary>
    public abstract void Subtract(Vec d, Vec a, Vec b);

    /// <summary>d = a · b.</summary>
    public abstract void Multiply(Vec d, Vec a, Vec b);

    /// <summary>d = a / b, correctly rounded. Slow on A64FX (98 cycles): for what has no better way.</summary>
    public abstract void Divide(Vec d, Vec a, Vec b);

    /// <summary>True where <see cref="MulAdd"/> has this product on this ISA.</summary>
    public abstract bool Supports(Product product);

    /// <summary>acc += a · b.</summary>
    public abstract void MulAdd(Vec acc, Vec a, Vec b, Product product = Product.F32);

    /// <summary>d = addend + a · b, fused; d is none of a and b.</summary>
    public virtual void MulAddTo(Vec d, Vec addend, Vec a, Vec b)
    {
        Copy(d, addend);
        MulAdd(d, a, b);
    }

    /// <summary>acc -= a · b, fused.</summary>
    public abstract void MulSubtract(Vec acc, Vec a, Vec b);

    /// <summary>d = the greater of a and b; NaN if either is (one rule for all ISAs). x86 takes up to two more registers for the moment.</summary>
    public abstract void Max(Vec d, Vec a, Vec b);

    /// <summary>d = the lesser of a and b; NaN if either is.</summary>
    public abstract void Min(Vec d, Vec a, Vec b);

    /// <summary>d = max(x, bound), NaN where x is; bound is not NaN: cheaper than <see cref="Max"/> on x86.</summary>
    public abstract void MaxBound(Vec d, Vec x, Vec bound);

    /// <summary>d = min(x, bound), NaN where x is; bound is not NaN.</summary>
    public abstract void MinBound(Vec d, Vec x, Vec bound);

    /// <summary>d = a compared with b, lane by lane.</summary>
    public abstract void Compare(Mask d, Vec a, Vec b, Comparison comparison);

    /// <summary>d = chosen ? a : b, lane by lane.</summary>
    public abstract void Select(Vec d, Mask chosen, Vec a, Vec b);

    /// <summary>d = s rounded to the nearest integral value, ties to even.</summary>
    public abstract void Round(Vec d, Vec s);

    /// <summary>d = x · 2^n for integral-valued n in [-250, 250], rounded once more where the result is subnormal.</summary>
    public abstract void ScaleByPowerOfTwo(Vec d, Vec x, Vec n);

    /// <summary>Lane i of d = the integer first + i·step (int32).</summary>
    public abstract void IndexInt32(Vec d, int first, int step);

    /// <summary>d = a + b (int32).</summary>
    public abstract void AddInt32(Vec d, Vec a, Vec b);

    /// <summary>Every lane of d = value (int32).</summary>
    public abstract void BroadcastInt32(Vec d, int value);

    /// <summary>Lane 0 of d = Σ lanes of s, in an order fixed for the ISA; the other lanes are unspecified. d and s differ.</summary>
    public abstract void ReduceAdd(Vec d, Vec s);

    /// <summary>Lane 0 of d = max of the lanes of s, NaN if one is; the other lanes are unspecified. d and s differ. x86 takes up to three more registers for the moment.</summary>
    public abstract void ReduceMax(Vec d, Vec s);

    /// <summary>Every lane of d = lane 0 of s.</summary>
    public abstract void BroadcastLane0(Vec d, Vec s);

    /// <summary>
    /// Transposes Lanes × Lanes 32-bit elements held in <see cref="Lanes"/> registers. Registers change roles: on return
    /// <paramref name="rows"/> names the registers of the transposed rows and <paramref name="spare"/> the one left over.
    /// </summary>
    public abstract void Transpose(Vec[] rows, ref Vec spare);

    /// <summary>Brings a line nearer: the address will be read soon.</summary>
    public abstract void Prefetch(Gpr @base, long offset, bool intoL2);

    /// <summary>Asks for the cache line at an address, to be written, into the first level.</summary>
    public abstract void PrefetchForWriting(Gpr @base, long offset);

    // ---- the end ----------------------------------------------------------------------------------------------------

    /// <summary>Returns to the caller; the last thing in a kernel.</summary>
    public abstract void Return();

    /// <summary>The machine code, complete with what the calling convention asks for. Position-independent.</summary>
    public abstract byte[] Finish();
}
