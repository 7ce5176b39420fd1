using FugakuDnn.Native.Platform;
using Iced.Intel;
using static Iced.Intel.Code;

namespace FugakuDnn.Native.Vector;

/// <summary>
/// AVX-512 F, BW, VL, DQ (and VNNI for the integer product): thirty-two 512-bit registers; a mask is an opmask register, k1 to k6 (k7 is scratch).
/// </summary>
internal sealed class Avx512Assembler : X64Assembler
{
    private readonly Stack<int> _freeMasks = new(Enumerable.Range(1, 6).Reverse());

    public Avx512Assembler()
        : base(32)
    {
    }

    /// <inheritdoc/>
    public override Isa Isa => Isa.Avx512;

    /// <inheritdoc/>
    public override int VectorBytes => 64;

    /// <inheritdoc/>
    public override bool MasksAreVectors => false;

    /// <inheritdoc/>
    public override Mask NewMask() => _freeMasks.Count > 0
        ? new Mask(_freeMasks.Pop())
        : throw new InvalidOperationException("avx512: all 6 mask registers are taken");

    /// <inheritdoc/>
    public override void Free(Mask register) => _freeMasks.Push(register.Index);

    /// <inheritdoc/>
    public override void SetLanes(Mask d, int count)
    {
        MoveImmediate(Register.RAX, (1 << count) - 1);
        Emit(VEX_Kmovw_kr_r32, K(d), Register.EAX);
    }

    /// <inheritdoc/>
    public override void SetLanes(Mask d, Gpr count)
    {
        // The sign bits of a vector from the lane table are the mask.
        var lanes = NewVec();
        LaneTableAddress(count);
        Code.AddInstruction(Instruction.Create(EVEX_Vmovups_zmm_k1z_zmmm512, Z(lanes), new MemoryOperand(Register.RAX)));
        Emit(EVEX_Vpmovd2m_kr_zmm, K(d), Z(lanes));
        Free(lanes);
    }

    /// <inheritdoc/>
    public override void Load(Vec d, Gpr @base, long offset, Mask mask) =>
        Masked(Instruction.Create(EVEX_Vmovups_zmm_k1z_zmmm512, Z(d), At(@base, offset)), mask, zeroing: true);

    /// <inheritdoc/>
    public override void Store(Vec s, Gpr @base, long offset, Mask mask) =>
        Masked(Instruction.Create(EVEX_Vmovups_zmmm512_k1z_zmm, At(@base, offset), Z(s)), mask, zeroing: false);

    /// <inheritdoc/>
    public override void LoadBroadcast(Vec d, Gpr @base, long offset) =>
        Code.AddInstruction(Instruction.Create(EVEX_Vbroadcastss_zmm_k1z_xmmm32, Z(d), At(@base, offset)));

    /// <inheritdoc/>
    public override void Zero(Vec d) => Emit(EVEX_Vpxord_zmm_k1z_zmm_zmmm512b32, Z(d), Z(d), Z(d));

    /// <inheritdoc/>
    public override void Copy(Vec d, Vec s)
    {
        if (d != s)
        {
            Emit(EVEX_Vmovaps_zmm_k1z_zmmm512, Z(d), Z(s));
        }
    }

    /// <inheritdoc/>
    public override void Add(Vec d, Vec a, Vec b) => Emit(EVEX_Vaddps_zmm_k1z_zmm_zmmm512b32_er, Z(d), Z(a), Z(b));

    /// <inheritdoc/>
    public override void Subtract(Vec d, Vec a, Vec b) => Emit(EVEX_Vsubps_zmm_k1z_zmm_zmmm512b32_er, Z(d), Z(a), Z(b));

    /// <inheritdoc/>
    public override void Multiply(Vec d, Vec a, Vec b) => Emit(EVEX_Vmulps_zmm_k1z_zmm_zmmm512b32_er, Z(d), Z(a), Z(b));

    /// <inheritdoc/>
    public override void Divide(Vec d, Vec a, Vec b) => Emit(EVEX_Vdivps_zmm_k1z_zmm_zmmm512b32_er, Z(d), Z(a), Z(b));

    /// <inheritdoc/>
    public override bool Supports(Product product) => product is Product.F32 or Product.U8S8;

    /// <inheritdoc/>
    public override void MulAdd(Vec acc, Vec a, Vec b, Product product = Product.F32)
    {
        switch (product)
        {
            case Product.F32:
                Emit(EVEX_Vfmadd231ps_zmm_k1z_zmm_zmmm512b32_er, Z(acc), Z(a), Z(b));
                break;
            case Product.U8S8:
                Emit(EVEX_Vpdpbusd_zmm_k1z_zmm_zmmm512b32, Z(acc), Z(a), Z(b));
                break;
            default:
                throw new NotSupportedException($"avx512: no {product} product");
        }
    }

    /// <inheritdoc/>
    public override void MulSubtract(Vec acc, Vec a, Vec b) =>
        Emit(EVEX_Vfnmadd231ps_zmm_k1z_zmm_zmmm512b32_er, Z(acc), Z(a), Z(b));

    /// <inheritdoc/>
    public override void Max(Vec d, Vec a, Vec b) => PropagateNaN(EVEX_Vmaxps_zmm_k1z_zmm_zmmm512b32_sae, d, a, b);

    /// <inheritdoc/>
    public override void Min(Vec d, Vec a, Vec b) => PropagateNaN(EVEX_Vminps_zmm_k1z_zmm_zmmm512b32_sae, d, a, b);

    // vmaxps and vminps return their second operand if either is NaN.

    /// <inheritdoc/>
    public override void MaxBound(Vec d, Vec x, Vec bound) =>
        Emit(EVEX_Vmaxps_zmm_k1z_zmm_zmmm512b32_sae, Z(d), Z(bound), Z(x));

    /// <inheritdoc/>
    public override void MinBound(Vec d, Vec x, Vec bound) =>
        Emit(EVEX_Vminps_zmm_k1z_zmm_zmmm512b32_sae, Z(d), Z(bound), Z(x));

    /// <inheritdoc/>
    public override void Compare(Mask d, Vec a, Vec b, Comparison comparison) =>
        Emit(EVEX_Vcmpps_kr_k1_zmm_zmmm512b32_imm8_sae, K(d), Z(a), Z(b), Predicate(comparison));

    /// <inheritdoc/>
    public override void Select(Vec d, Mask chosen, Vec a, Vec b) =>
        Masked(Instruction.Create(EVEX_Vblendmps_zmm_k1z_zmm_zmmm512b32, Z(d), Z(b), Z(a)), chosen, zeroing: false);

    /// <inheritdoc/>
    public override void Round(Vec d, Vec s) => EmitImmediate(EVEX_Vrndscaleps_zmm_k1z_zmmm512b32_imm8_sae, Z(d), Z(s), 8);

    /// <inheritdoc/>
    public override void ScaleByPowerOfTwo(Vec d, Vec x, Vec n) =>
        Emit(EVEX_Vscalefps_zmm_k1z_zmm_zmmm512b32_er, Z(d), Z(x), Z(n));

    /// <inheritdoc/>
    public override void IndexInt32(Vec d, int first, int step)
    {
        var factor = NewVec();
        BroadcastInt32(factor, step);
        MoveImmediate(Register.RAX, CountTableAddress);
        Code.AddInstruction(Instruction.Create(
            EVEX_Vpmulld_zmm_k1z_zmm_zmmm512b32, Z(d), Z(factor), new MemoryOperand(Register.RAX)));
        BroadcastInt32(factor, first);
        AddInt32(d, d, factor);
        Free(factor);
    }

    /// <inheritdoc/>
    public override void AddInt32(Vec d, Vec a, Vec b) => Emit(EVEX_Vpaddd_zmm_k1z_zmm_zmmm512b32, Z(d), Z(a), Z(b));

    /// <inheritdoc/>
    public override void BroadcastInt32(Vec d, int value)
    {
        if (value == 0)
        {
            Zero(d);
            return;
        }

        MoveImmediate(Register.RAX, (uint)value);
        Emit(EVEX_Vpbroadcastd_zmm_k1z_r32, Z(d), Register.EAX);
    }

    /// <inheritdoc/>
    public override void ReduceAdd(Vec d, Vec s)
    {
        var other = NewVec();
        EmitImmediate(EVEX_Vshuff32x4_zmm_k1z_zmm_zmmm512b32_imm8, d, s, s, 0b01_00_11_10);
        Add(d, d, s);
        EmitImmediate(EVEX_Vshuff32x4_zmm_k1z_zmm_zmmm512b32_imm8, other, d, d, 0b10_11_00_01);
        Add(d, d, other);
        EmitImmediate(EVEX_Vpermilps_zmm_k1z_zmmm512b32_imm8, Z(other), Z(d), 0b01_00_11_10);
        Add(d, d, other);
        EmitImmediate(EVEX_Vpermilps_zmm_k1z_zmmm512b32_imm8, Z(other), Z(d), 0b10_11_00_01);
        Add(d, d, other);
        Free(other);
    }

    /// <inheritdoc/>
    public override void ReduceMax(Vec d, Vec s)
    {
        var other = NewVec();
        EmitImmediate(EVEX_Vshuff32x4_zmm_k1z_zmm_zmmm512b32_imm8, other, s, s, 0b01_00_11_10);
        Max(d, s, other);
        EmitImmediate(EVEX_Vshuff32x4_zmm_k1z_zmm_zmmm512b32_imm8, other, d, d, 0b10_11_00_01);
        Max(d, d, other);
        EmitImmediate(EVEX_Vpermilps_zmm_k1z_zmmm512b32_imm8, Z(other), Z(d), 0b01_00_11_10);
        Max(d, d, other);
        EmitImmediate(EVEX_Vpermilps_zmm_k1z_zmmm512b32_imm8, Z(other), Z(d), 0b10_11_00_01);
        Max(d, d, other);
        Free(other);
    }

    /// <inheritdoc/>
    public override void BroadcastLane0(Vec d, Vec s) => Emit(EVEX_Vbroadcastss_zmm_k1z_xmmm32, Z(d), X(s));

    /// <inheritdoc/>
    protected override void TransposeLanes(Vec[] rows, ref Vec spare)
    {
        // Lanes 0, 2 | 1, 3 of (j, 4 + j) and of (8 + j, 12 + j); then the same once more across the two pairs.
        for (int j = 0; j < 4; j++)
        {
            Interleave(rows, j, j + 4, ref spare, EvenLanes, OddLanes);
            Interleave(rows, j + 8, j + 12, ref spare, EvenLanes, OddLanes);
            Interleave(rows, j, j + 8, ref spare, EvenLanes, OddLanes);
            Interleave(rows, j + 4, j + 12, ref spare, EvenLanes, OddLanes);
        }
    }

    /// <inheritdoc/>
    protected override void UnpackLow32(Vec d, Vec a, Vec b) => Emit(EVEX_Vunpcklps_zmm_k1z_zmm_zmmm512b32, Z(d), Z(a), Z(b));

    /// <inheritdoc/>
    protected override void UnpackHigh32(Vec d, Vec a, Vec b) => Emit(EVEX_Vunpckhps_zmm_k1z_zmm_zmmm512b32, Z(d), Z(a), Z(b));

    /// <inheritdoc/>
    protected override void UnpackLow64(Vec d, Vec a, Vec b) => Emit(EVEX_Vunpcklpd_zmm_k1z_zmm_zmmm512b64, Z(d), Z(a), Z(b));

    /// <inheritdoc/>
    protected override void UnpackHigh64(Vec d, Vec a, Vec b) => Emit(EVEX_Vunpckhpd_zmm_k1z_zmm_zmmm512b64, Z(d), Z(a), Z(b));

    private static Register Z(Vec register) => Register.ZMM0 + register.Index;

    private static Register X(Vec register) => Register.XMM0 + register.Index;

    private static Register K(Mask register) => Register.K0 + register.Index;

    private void EvenLanes(Vec d, Vec a, Vec b) =>
        EmitImmediate(EVEX_Vshuff32x4_zmm_k1z_zmm_zmmm512b32_imm8, d, a, b, 0x88);

    private void OddLanes(Vec d, Vec a, Vec b) =>
        EmitImmediate(EVEX_Vshuff32x4_zmm_k1z_zmm_zmmm512b32_imm8, d, a, b, 0xDD);

    private void EmitImmediate(Code code, Vec d, Vec a, Vec b, int immediate) => Emit(code, Z(d), Z(a), Z(b), immediate);

    private void Masked(Instruction instruction, Mask mask, bool zeroing)
    {
        if (!mask.IsAll)
        {
            instruction.OpMask = K(mask);
            instruction.ZeroingMasking = zeroing;
        }

        Code.AddInstruction(instruction);
    }

    private void PropagateNaN(Code code, Vec d, Vec a, Vec b)
    {
        // The instruction already returns b where b is NaN; where a is, take a.
        var scratch = new Mask(7);
        Compare(scratch, a, a, Comparison.Unordered);
        var result = d == a ? NewVec() : d;
        Emit(code, Z(result), Z(a), Z(b));
        Masked(Instruction.Create(EVEX_Vmovaps_zmm_k1z_zmmm512, Z(result), Z(a)), scratch, zeroing: false);
        if (d == a)
        {
            Copy(d, result);
            Free(result);
        }
    }
}
