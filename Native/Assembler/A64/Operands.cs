namespace FugakuDnn.Native.Assembler.A64;

/// <summary>Conditions after a comparison; Hs, Lo, Hi, Ls are unsigned, Ge, Lt, Gt, Le signed.</summary>
internal enum Cond : byte
{
    Eq,
    Ne,
    Hs,
    Lo,
    Mi,
    Pl,
    Vs,
    Vc,
    Hi,
    Ls,
    Ge,
    Lt,
    Gt,
    Le,
    Al,
}

/// <summary>Shift of the second operand of an arithmetic or logical instruction.</summary>
internal enum Shift : byte
{
    Lsl,
    Lsr,
    Asr,
    Ror,
}

/// <summary>Extension of an index or operand register.</summary>
internal enum Extend : byte
{
    Uxtb,
    Uxth,
    Uxtw,
    Uxtx,
    Sxtb,
    Sxth,
    Sxtw,
    Sxtx,
}

/// <summary>Extension of the 32-bit offsets of a gather or scatter.</summary>
internal enum Offsets : byte
{
    Uxtw,
    Sxtw,
}

/// <summary>How many elements a predicate pattern or element count takes.</summary>
internal enum Pattern : byte
{
    Pow2 = 0,
    Vl1,
    Vl2,
    Vl3,
    Vl4,
    Vl5,
    Vl6,
    Vl7,
    Vl8,
    Vl16,
    Vl32,
    Vl64,
    Vl128,
    Vl256,
    Mul4 = 29,
    Mul3,
    All,
}

/// <summary>What a prefetch prepares for: load or store, cache level, and whether it is used again (Keep) or not (Strm).</summary>
internal enum Prefetch : byte
{
    Pldl1keep = 0,
    Pldl1strm,
    Pldl2keep,
    Pldl2strm,
    Pldl3keep,
    Pldl3strm,
    Pstl1keep = 16,
    Pstl1strm,
    Pstl2keep,
    Pstl2strm,
    Pstl3keep,
    Pstl3strm,
}

/// <summary>The same for SVE prefetches, whose field is narrower.</summary>
internal enum VectorPrefetch : byte
{
    Pldl1keep = 0,
    Pldl1strm,
    Pldl2keep,
    Pldl2strm,
    Pldl3keep,
    Pldl3strm,
    Pstl1keep = 8,
    Pstl1strm,
    Pstl2keep,
    Pstl2strm,
    Pstl3keep,
    Pstl3strm,
}

/// <summary>Domain of a memory barrier.</summary>
internal enum Barrier : byte
{
    Ishld = 9,
    Ishst = 10,
    Ish = 11,
    Ld = 13,
    St = 14,
    Sy = 15,
}

/// <summary>System registers that generated code reads or writes, as op0(1 bit):op1:CRn:CRm:op2.</summary>
internal enum SystemRegister : ushort
{
    /// <summary>Cache line sizes.</summary>
    Ctr_el0 = 0x5801,

    /// <summary>Rounding, flush to zero.</summary>
    Fpcr = 0x5A20,

    /// <summary>Sticky floating-point flags.</summary>
    Fpsr = 0x5A21,

    /// <summary>Virtual counter.</summary>
    Cntvct_el0 = 0x5F02,

    /// <summary>Frequency of the virtual counter.</summary>
    Cntfrq_el0 = 0x5F00,
}
