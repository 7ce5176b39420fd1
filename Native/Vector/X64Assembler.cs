using System.Runtime.InteropServices;
using Iced.Intel;

namespace FugakuDnn.Native.Vector;

/// <summary>
/// What AVX2 and AVX-512 share: System V calling convention, general registers, 32-bit displacements and three-operand
/// vector instructions, which exist in a VEX (256-bit) and an EVEX (512-bit) form. Iced encodes.
/// rax is the scratch register; rsp is never handed out.
/// </summary>
internal abstract unsafe class X64Assembler : VectorAssembler
{
    private static readonly Register[] Gprs =
    [
        Register.RDI, Register.RSI, Register.RDX, Register.RCX, Register.R8, Register.R9, Register.R10, Register.R11,
        Register.RBX, Register.RBP, Register.R12, Register.R13, Register.R14, Register.R15,
    ];

    private static readonly Register[] CalleeSaved =
        [Register.RBX, Register.RBP, Register.R12, Register.R13, Register.R14, Register.R15];

    /// <summary>Sixteen set lanes, then sixteen clear ones: a vector loaded at (16 - n) lanes has its first n set.</summary>
    private static readonly int* LaneTable = MakeLaneTable();

    /// <summary>0, 1, 2, …, 15.</summary>
    private static readonly int* CountTable = MakeCountTable();

    private readonly List<Label> _labels = [];
    private readonly Stack<int> _freeGprs = new(Enumerable.Range(0, Gprs.Length).Reverse());
    private readonly Stack<int> _freeVecs;
    private int _boundAt = -1;

    protected X64Assembler(int vectorRegisters)
    {
        VectorRegisters = vectorRegisters;
        _freeVecs = new Stack<int>(Enumerable.Range(0, vectorRegisters).Reverse());
        foreach (var register in CalleeSaved)
        {
            Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Push_r64, register));
        }
    }

    /// <inheritdoc/>
    public override int VectorRegisters { get; }

    /// <inheritdoc/>
    public override int FreeGprs => _freeGprs.Count;

    protected Iced.Intel.Assembler Code { get; } = new(64);

    // ---- registers -------------------------------------------------------------------------------------------------

    /// <inheritdoc/>
    public override Vec NewVec() => _freeVecs.Count > 0
        ? new Vec(_freeVecs.Pop())
        : throw new InvalidOperationException($"{Isa}: all {VectorRegisters} vector registers are taken");

    /// <inheritdoc/>
    public override void Free(Vec register) => _freeVecs.Push(register.Index);

    /// <inheritdoc/>
    public override Gpr NewGpr() => _freeGprs.Count > 0
        ? new Gpr(_freeGprs.Pop())
        : throw new InvalidOperationException($"{Isa}: all {Gprs.Length} general registers are taken");

    /// <inheritdoc/>
    public override void Free(Gpr register) => _freeGprs.Push(register.Index);

    /// <inheritdoc/>
    public override Gpr Argument(int index)
    {
        // Arguments are rdi, rsi, rdx, rcx: the pool hands registers out in that order, so ask before any NewGpr.
        var kept = new Stack<int>();
        while (_freeGprs.Peek() != index)
        {
            kept.Push(_freeGprs.Pop());
        }

        _freeGprs.Pop();
        while (kept.Count > 0)
        {
            _freeGprs.Push(kept.Pop());
        }

        return new Gpr(index);
    }

    // ---- general registers and control ------------------------------------------------------------------------------

    /// <inheritdoc/>
    public override void Move(Gpr d, Gpr s)
    {
        if (d != s)
        {
            Emit(Iced.Intel.Code.Mov_r64_rm64, R(d), R(s));
        }
    }

    /// <inheritdoc/>
    public override void MoveImmediate(Gpr d, long value) => MoveImmediate(R(d), value);

    /// <inheritdoc/>
    public override void LoadGpr(Gpr d, Gpr @base, long offset) =>
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Mov_r64_rm64, R(d), At(@base, offset)));

    /// <inheritdoc/>
    public override void StoreGpr(Gpr s, Gpr @base, long offset) =>
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Mov_rm64_r64, At(@base, offset), R(s)));

    /// <inheritdoc/>
    public override void Add(Gpr d, Gpr s) => Emit(Iced.Intel.Code.Add_r64_rm64, R(d), R(s));

    /// <inheritdoc/>
    public override void Subtract(Gpr d, Gpr s) => Emit(Iced.Intel.Code.Sub_r64_rm64, R(d), R(s));

    /// <inheritdoc/>
    public override void AddImmediate(Gpr d, Gpr s, long value)
    {
        if (value == 0)
        {
            Move(d, s);
        }
        else if (value != (int)value)
        {
            MoveImmediate(Register.RAX, value);
            Move(d, s);
            Emit(Iced.Intel.Code.Add_r64_rm64, R(d), Register.RAX);
        }
        else if (d == s)
        {
            Code.AddInstruction(Instruction.Create(
                value == (sbyte)value ? Iced.Intel.Code.Add_rm64_imm8 : Iced.Intel.Code.Add_rm64_imm32, R(d), (int)value));
        }
        else
        {
            Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Lea_r64_m, R(d), At(s, value)));
        }
    }

    /// <inheritdoc/>
    public override void Multiply(Gpr d, Gpr s) => Emit(Iced.Intel.Code.Imul_r64_rm64, R(d), R(s));

    /// <inheritdoc/>
    public override void ShiftLeft(Gpr d, int count) =>
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Shl_rm64_imm8, R(d), count));

    /// <inheritdoc/>
    public override Spot NewSpot()
    {
        _labels.Add(Code.CreateLabel());
        return new Spot(_labels.Count - 1);
    }

    /// <inheritdoc/>
    public override void Bind(Spot spot)
    {
        // Iced has room for one label an instruction.
        if (_boundAt == Code.Instructions.Count)
        {
            Code.zero_bytes();
        }

        Code.Label(ref CollectionsMarshal.AsSpan(_labels)[spot.Index]);
        _boundAt = Code.Instructions.Count;
    }

    /// <inheritdoc/>
    public override void Jump(Spot spot) => Code.jmp(_labels[spot.Index]);

    /// <inheritdoc/>
    public override void JumpIfZero(Gpr register, Spot spot)
    {
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Test_rm64_r64, R(register), R(register)));
        Code.je(_labels[spot.Index]);
    }

    /// <inheritdoc/>
    public override void SubtractAndJumpIfNotZero(Gpr register, int amount, Spot spot)
    {
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Sub_rm64_imm32, R(register), amount));
        Code.jne(_labels[spot.Index]);
    }

    /// <inheritdoc/>
    public override void JumpIfLess(Gpr a, long value, Spot spot)
    {
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Cmp_rm64_imm32, R(a), checked((int)value)));
        Code.jl(_labels[spot.Index]);
    }

    // ---- address sets -----------------------------------------------------------------------------------------------

    /// <inheritdoc/>
    public override AddressSet NewAddressSet(Gpr origin, long[] offsets, long reach, Access access)
    {
        var pointer = NewGpr();
        Move(pointer, origin);
        return new AddressSet(offsets, [pointer], new int[offsets.Length], offsets);
    }

    /// <inheritdoc/>
    public override long Reach(Access access, long itemSpan) => int.MaxValue / 4;

    /// <inheritdoc/>
    public override void PrefetchForWriting(Gpr @base, long offset) =>
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Prefetchw_m8, At(@base, offset)));

    /// <inheritdoc/>
    public override void Prefetch(Gpr @base, long offset, bool intoL2) => Code.AddInstruction(
        Instruction.Create(intoL2 ? Iced.Intel.Code.Prefetcht1_m8 : Iced.Intel.Code.Prefetcht0_m8, At(@base, offset)));

    /// <inheritdoc/>
    public override void Transpose(Vec[] rows, ref Vec spare)
    {
        // Inside 128-bit lanes: pairs of elements, then pairs of pairs. Afterwards row 4g + j holds, in its lane L, column
        // 4L + j of the rows 4g … 4g + 3.
        for (int i = 0; i < Lanes; i += 4)
        {
            Interleave(rows, i, i + 1, ref spare, UnpackLow32, UnpackHigh32);
            Interleave(rows, i + 2, i + 3, ref spare, UnpackLow32, UnpackHigh32);
            Interleave(rows, i, i + 2, ref spare, UnpackLow64, UnpackHigh64);
            Interleave(rows, i + 1, i + 3, ref spare, UnpackLow64, UnpackHigh64);
            (rows[i + 1], rows[i + 2]) = (rows[i + 2], rows[i + 1]);
        }

        TransposeLanes(rows, ref spare);
    }

    /// <inheritdoc/>
    public override void Broadcast(Vec d, float value) => BroadcastInt32(d, BitConverter.SingleToInt32Bits(value));

    // ---- the end ----------------------------------------------------------------------------------------------------

    /// <inheritdoc/>
    public override void Return()
    {
        Code.vzeroupper();
        foreach (var register in CalleeSaved.Reverse())
        {
            Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Pop_r64, register));
        }

        Code.ret();
    }

    /// <inheritdoc/>
    public override byte[] Finish()
    {
        using var bytes = new MemoryStream(Code.Instructions.Count * 6);
        Code.Assemble(new StreamCodeWriter(bytes), 0);
        return bytes.ToArray();
    }

    // ---- for the back ends ------------------------------------------------------------------------------------------

    protected static Register R(Gpr register) => Gprs[register.Index];

    protected void Emit(Code code, Register a, Register b) => Code.AddInstruction(Instruction.Create(code, a, b));

    protected void Emit(Code code, Register a, Register b, Register c) =>
        Code.AddInstruction(Instruction.Create(code, a, b, c));

    protected void Emit(Code code, Register a, Register b, Register c, int immediate) =>
        Code.AddInstruction(Instruction.Create(code, a, b, c, immediate));

    protected void EmitImmediate(Code code, Register a, Register b, int immediate) =>
        Code.AddInstruction(Instruction.Create(code, a, b, immediate));

    protected void MoveImmediate(Register d, long value)
    {
        if (value is >= 0 and <= uint.MaxValue)
        {
            Register low = d == Register.RAX ? Register.EAX : d - Register.RAX + Register.EAX;
            Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Mov_r32_imm32, low, (uint)value));
        }
        else
        {
            Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Mov_r64_imm64, d, value));
        }
    }

    /// <summary>A memory operand; offsets beyond 32 bits go through rax.</summary>
    protected MemoryOperand At(Gpr @base, long offset, bool broadcast = false)
    {
        if (offset != (int)offset)
        {
            MoveImmediate(Register.RAX, offset);
            return new MemoryOperand(R(@base), Register.RAX, 1, 0, 0, broadcast, Register.None);
        }

        return new MemoryOperand(R(@base), Register.None, 1, offset, offset == 0 ? 0 : 1, broadcast, Register.None);
    }

    /// <summary>Loads into rax the address from which a vector of the lane table has its first lanes set.</summary>
    protected void LaneTableAddress(Gpr count)
    {
        // rax = table + (16 - min(count, 16)) · 4
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Mov_r32_imm32, Register.EAX, 16u));
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Cmp_r64_rm64, R(count), Register.RAX));
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Cmovl_r64_rm64, Register.RAX, R(count)));
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Neg_rm64, Register.RAX));
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Shl_rm64_imm8, Register.RAX, 2));
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Push_r64, Register.RCX));
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Mov_r64_imm64, Register.RCX, (long)(LaneTable + 16)));
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Add_r64_rm64, Register.RAX, Register.RCX));
        Code.AddInstruction(Instruction.Create(Iced.Intel.Code.Pop_r64, Register.RCX));
    }

    /// <summary>Address of the lane table's vector with its first lanes set.</summary>
    protected static long LaneTableAddress(int count) => (long)(LaneTable + 16 - count);

    /// <summary>Moves whole 128-bit lanes, the last step of a transposition.</summary>
    protected abstract void TransposeLanes(Vec[] rows, ref Vec spare);

    protected abstract void UnpackLow32(Vec d, Vec a, Vec b);

    protected abstract void UnpackHigh32(Vec d, Vec a, Vec b);

    protected abstract void UnpackLow64(Vec d, Vec a, Vec b);

    protected abstract void UnpackHigh64(Vec d, Vec a, Vec b);

    /// <summary>(rows[i], rows[j]) = (low(rows[i], rows[j]), high(rows[i], rows[j])), with one register to spare.</summary>
    protected static void Interleave(
        Vec[] rows, int i, int j, ref Vec spare, Action<Vec, Vec, Vec> low, Action<Vec, Vec, Vec> high)
    {
        low(spare, rows[i], rows[j]);
        high(rows[j], rows[i], rows[j]);
        (rows[i], spare) = (spare, rows[i]);
    }

    /// <summary>The immediate of vcmpps.</summary>
    protected static int Predicate(Comparison comparison) => comparison switch
    {
        Comparison.Greater => 30,
        Comparison.GreaterOrEqual => 29,
        Comparison.Equal => 0,
        Comparison.Unordered => 3,
        _ => throw new ArgumentOutOfRangeException(nameof(comparison)),
    };

    /// <summary>Address of the integers 0 … 15.</summary>
    protected static long CountTableAddress => (long)CountTable;

    private static int* MakeCountTable()
    {
        int* table = (int*)NativeMemory.AlignedAlloc(16 * sizeof(int), 64);
        for (int i = 0; i < 16; i++)
        {
            table[i] = i;
        }

        return table;
    }

    private static int* MakeLaneTable()
    {
        int* table = (int*)NativeMemory.AlignedAlloc(32 * sizeof(int), 64);
        for (int i = 0; i < 32; i++)
        {
            table[i] = i < 16 ? -1 : 0;
        }

        return table;
    }
}
