using FugakuDnn.Native.Platform;
using Iced.Intel;
using static Iced.Intel.Code;

namespace FugakuDnn.Native.Vector;

/// <summary>AVX2 and FMA: sixteen 256-bit registers; a mask is a vector of all-ones and all-zeros lanes.</summary>
internal sealed class Avx2Assembler() : X64Assembler(16)
{
    /// <inheritdoc/>
    public override Isa Isa => Isa.Avx2;

    /// <inheritdoc/>
    public override int VectorBytes => 32;

    /// <inheritdoc/>
    public override bool MasksAreVectors => true;

    /// <inheritdoc/>
    public override Mask NewMask() => new(NewVec().Index);

    /// <inheritdoc/>
    public override void Free(Mask register) => Free(new Vec(register.Index));

    /// <inheritdoc/>
    public override void SetLanes(Mask d, int count)
    {
        MoveImmediate(Register.RAX, LaneTableAddress(count));
        Code.AddInstruction(Instruction.Create(VEX_Vmovups_ymm_ymmm256, Y(d), new MemoryOperand(Register.RAX)));
    }

    /// <inheritdoc/>
    public override void SetLanes(Mask d, Gpr count)
    {
        LaneTableAddress(count);
        Code.AddInstruction(Instruction.Create(VEX_Vmovups_ymm_ymmm256, Y(d), new MemoryOperand(Register.RAX)));
    }

    /// <inheritdoc/>
    public override void Load(Vec d, Gpr @base, long offset, Mask mask) => Code.AddInstruction(mask.IsAll
        ? Instruction.Create(VEX_Vmovups_ymm_ymmm256, Y(d), At(@base, offset))
        : Instruction.Create(VEX_Vmaskmovps_ymm_ymm_m256, Y(d), Y(mask), At(@base, offset)));

    /// <inheritdoc/>
    public override void Store(Vec s, Gpr @base, long offset, Mask mask) => Code.AddInstruction(mask.IsAll
        ? Instruction.Create(VEX_Vmovups_ymmm256_ymm, At(@base, offset), Y(s))
        : Instruction.Create(VEX_Vmaskmovps_m256_ymm_ymm, At(@base, offset), Y(mask), Y(s)));

    /// <inheritdoc/>
    public override void LoadBroadcast(Vec d, Gpr @base, long offset) =>
        Code.AddInstruction(Instruction.Create(VEX_Vbroadcastss_ymm_m32, Y(d), At(@base, offset)));

    /// <inheritdoc/>
    public override void Zero(Vec d) => Emit(VEX_Vxorps_xmm_xmm_xmmm128, X(d), X(d), X(d));

    /// <inheritdoc/>
    public override void Copy(Vec d, Vec s)
    {
        if (d != s)
        {
            Emit(VEX_Vmovaps_ymm_ymmm256, Y(d), Y(s));
        }
    }

    /// <inheritdoc/>
    public override void Add(Vec d, Vec a, Vec b) => Emit(VEX_Vaddps_ymm_ymm_ymmm256, Y(d), Y(a), Y(b));

    /// <inheritdoc/>
    public override void Subtract(Vec d, Vec a, Vec b) => Emit(VEX_Vsubps_ymm_ymm_ymmm256, Y(d), Y(a), Y(b));

    /// <inheritdoc/>
    public override void Multiply(Vec d, Vec a, Vec b) => Emit(VEX_Vmulps_ymm_ymm_ymmm256, Y(d), Y(a), Y(b));

    /// <inheritdoc/>
    public override void Divide(Vec d, Vec a, Vec b) => Emit(VEX_Vdivps_ymm_ymm_ymmm256, Y(d), Y(a), Y(b));

    /// <inheritdoc/>
    public override bool Supports(Product product) => product == Product.F32;

    /// <inheritdoc/>
    public override void MulAdd(Vec acc, Vec a, Vec b, Product product = Product.F32)
    {
        if (!Supports(product))
        {
            throw new NotSupportedException($"avx2: no exact {product} product (vpmaddubsw saturates)");
        }

        Emit(VEX_Vfmadd231ps_ymm_ymm_ymmm256, Y(acc), Y(a), Y(b));
    }

    /// <inheritdoc/>
    public override void MulSubtract(Vec acc, Vec a, Vec b) => Emit(VEX_Vfnmadd231ps_ymm_ymm_ymmm256, Y(acc), Y(a), Y(b));

    /// <inheritdoc/>
    public override void Max(Vec d, Vec a, Vec b) => PropagateNaN(VEX_Vmaxps_ymm_ymm_ymmm256, d, a, b);

    /// <inheritdoc/>
    public override void Min(Vec d, Vec a, Vec b) => PropagateNaN(VEX_Vminps_ymm_ymm_ymmm256, d, a, b);

    // vmaxps and vminps return their second operand if either is NaN.

    /// <inheritdoc/>
    public override void MaxBound(Vec d, Vec x, Vec bound) => Emit(VEX_Vmaxps_ymm_ymm_ymmm256, Y(d), Y(bound), Y(x));

    /// <inheritdoc/>
    public override void MinBound(Vec d, Vec x, Vec bound) => Emit(VEX_Vminps_ymm_ymm_ymmm256, Y(d), Y(bound), Y(x));

    /// <inheritdoc/>
    public override void Compare(Mask d, Vec a, Vec b, Comparison comparison) =>
        Emit(VEX_Vcmpps_ymm_ymm_ymmm256_imm8, Y(d), Y(a), Y(b), Predicate(comparison));

    /// <inheritdoc/>
    public override void Select(Vec d, Mask chosen, Vec a, Vec b) => Code.AddInstruction(
        Instruction.Create(VEX_Vblendvps_ymm_ymm_ymmm256_ymm, Y(d), Y(b), Y(a), Y(chosen)));

    /// <inheritdoc/>
    public override void Round(Vec d, Vec s) => EmitImmediate(VEX_Vroundps_ymm_ymmm256_imm8, Y(d), Y(s), 8);

    /// <inheritdoc/>
    public override void ScaleByPowerOfTwo(Vec d, Vec x, Vec n)
    {
        // 2^n may be out of range where x · 2^n is not: two factors of half the exponent, made in the exponent field.
        var half = NewVec();
        var rest = NewVec();
        var bias = NewVec();
        Emit(VEX_Vcvtps2dq_ymm_ymmm256, Y(rest), Y(n));
        EmitImmediate(VEX_Vpsrad_ymm_ymm_imm8, Y(half), Y(rest), 1);
        Emit(VEX_Vpsubd_ymm_ymm_ymmm256, Y(rest), Y(rest), Y(half));
        BroadcastInt32(bias, 127);
        foreach (var factor in (ReadOnlySpan<Vec>)[half, rest])
        {
            Emit(VEX_Vpaddd_ymm_ymm_ymmm256, Y(factor), Y(factor), Y(bias));
            EmitImmediate(VEX_Vpslld_ymm_ymm_imm8, Y(factor), Y(factor), 23);
        }

        Multiply(half, x, half);
        Multiply(d, half, rest);
        Free(bias);
        Free(rest);
        Free(half);
    }

    /// <inheritdoc/>
    public override void IndexInt32(Vec d, int first, int step)
    {
        var factor = NewVec();
        BroadcastInt32(factor, step);
        MoveImmediate(Register.RAX, CountTableAddress);
        Code.AddInstruction(Instruction.Create(VEX_Vpmulld_ymm_ymm_ymmm256, Y(d), Y(factor), new MemoryOperand(Register.RAX)));
        BroadcastInt32(factor, first);
        AddInt32(d, d, factor);
        Free(factor);
    }

    /// <inheritdoc/>
    public override void AddInt32(Vec d, Vec a, Vec b) => Emit(VEX_Vpaddd_ymm_ymm_ymmm256, Y(d), Y(a), Y(b));

    /// <inheritdoc/>
    public override void BroadcastInt32(Vec d, int value)
    {
        if (value == 0)
        {
            Zero(d);
            return;
        }

        MoveImmediate(Register.RAX, (uint)value);
        Emit(VEX_Vmovd_xmm_rm32, X(d), Register.EAX);
        Emit(VEX_Vpbroadcastd_ymm_xmmm32, Y(d), X(d));
    }

    /// <inheritdoc/>
    public override void ReduceAdd(Vec d, Vec s)
    {
        EmitImmediate(VEX_Vextractf128_xmmm128_ymm_imm8, X(d), Y(s), 1);
        Emit(VEX_Vaddps_xmm_xmm_xmmm128, X(d), X(d), X(s));
        Emit(VEX_Vhaddps_xmm_xmm_xmmm128, X(d), X(d), X(d));
        Emit(VEX_Vhaddps_xmm_xmm_xmmm128, X(d), X(d), X(d));
    }

    /// <inheritdoc/>
    public override void ReduceMax(Vec d, Vec s)
    {
        var other = NewVec();
        EmitImmediate(VEX_Vextractf128_xmmm128_ymm_imm8, X(other), Y(s), 1);
        Max(d, s, other);
        EmitImmediate(VEX_Vpermilps_ymm_ymmm256_imm8, Y(other), Y(d), 0b01_00_11_10);
        Max(d, d, other);
        EmitImmediate(VEX_Vpermilps_ymm_ymmm256_imm8, Y(other), Y(d), 0b10_11_00_01);
        Max(d, d, other);
        Free(other);
    }

    /// <inheritdoc/>
    public override void BroadcastLane0(Vec d, Vec s) => Emit(VEX_Vbroadcastss_ymm_xmm, Y(d), X(s));

    /// <inheritdoc/>
    protected override void TransposeLanes(Vec[] rows, ref Vec spare)
    {
        for (int i = 0; i < 4; i++)
        {
            Interleave(rows, i, i + 4, ref spare, JoinLow, JoinHigh);
        }
    }

    /// <inheritdoc/>
    protected override void UnpackLow32(Vec d, Vec a, Vec b) => Emit(VEX_Vunpcklps_ymm_ymm_ymmm256, Y(d), Y(a), Y(b));

    /// <inheritdoc/>
    protected override void UnpackHigh32(Vec d, Vec a, Vec b) => Emit(VEX_Vunpckhps_ymm_ymm_ymmm256, Y(d), Y(a), Y(b));

    /// <inheritdoc/>
    protected override void UnpackLow64(Vec d, Vec a, Vec b) => Emit(VEX_Vunpcklpd_ymm_ymm_ymmm256, Y(d), Y(a), Y(b));

    /// <inheritdoc/>
    protected override void UnpackHigh64(Vec d, Vec a, Vec b) => Emit(VEX_Vunpckhpd_ymm_ymm_ymmm256, Y(d), Y(a), Y(b));

    private static Register Y(Vec register) => Register.YMM0 + register.Index;

    private static Register Y(Mask register) => Register.YMM0 + register.Index;

    private static Register X(Vec register) => Register.XMM0 + register.Index;

    private void JoinLow(Vec d, Vec a, Vec b) => Emit(VEX_Vperm2f128_ymm_ymm_ymmm256_imm8, Y(d), Y(a), Y(b), 0x20);

    private void JoinHigh(Vec d, Vec a, Vec b) => Emit(VEX_Vperm2f128_ymm_ymm_ymmm256_imm8, Y(d), Y(a), Y(b), 0x31);

    private void PropagateNaN(Code code, Vec d, Vec a, Vec b)
    {
        // The instruction already returns b where b is NaN; where a is, take a.
        var isNaN = NewVec();
        Emit(VEX_Vcmpps_ymm_ymm_ymmm256_imm8, Y(isNaN), Y(a), Y(a), Predicate(Comparison.Unordered));
        var result = NewVec();
        Emit(code, Y(result), Y(a), Y(b));
        Code.AddInstruction(Instruction.Create(VEX_Vblendvps_ymm_ymm_ymmm256_ymm, Y(d), Y(result), Y(a), Y(isNaN)));
        Free(result);
        Free(isNaN);
    }
}
