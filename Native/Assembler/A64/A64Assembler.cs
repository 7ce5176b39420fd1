namespace FugakuDnn.Native.Assembler.A64;

/// <summary>
/// Assembler for A64 with NEON and SVE as the A64FX has them: Armv8.2-A with LSE atomics, fp16 and SVE; no SVE2, no dot products in NEON.
/// </summary>
/// <remarks>
/// One method is one instruction, written as its opcode and its fields. A field is a value with the bits it owns; fields and
/// opcode may not overlap, which <see cref="Emit(uint, ReadOnlySpan{Field})"/> checks each time. Operands that have no encoding are
/// refused with an <see cref="OperandException"/>. This file holds the fields; the other parts hold the instructions, by group.
/// </remarks>
internal sealed partial class A64Assembler
{
    private readonly CodeBuffer code = new();

    /// <summary>Bytes emitted so far.</summary>
    public int Position => code.Position;

    /// <summary>The boundary, in bytes, on which the finished code must be placed.</summary>
    public int Alignment => code.Alignment;

    public Label NewLabel() => code.NewLabel();

    public void Bind(Label label) => code.Bind(label);

    /// <summary>Binds a new label here: the head of a loop.</summary>
    public Label Here()
    {
        Label label = code.NewLabel();
        code.Bind(label);
        return label;
    }

    /// <inheritdoc cref="CodeBuffer.Constant"/>
    public Label Constant(ReadOnlySpan<byte> bytes, int alignment) => code.Constant(bytes, alignment);

    /// <inheritdoc cref="CodeBuffer.Finish"/>
    public byte[] Finish() => code.Finish();

    /// <summary>Emits a word that is no instruction method's own, such as data between instructions.</summary>
    public void Word(uint word) => code.Emit(word);

    private static uint Combine(uint opcode, ReadOnlySpan<Field> fields)
    {
        uint word = opcode;
        uint taken = 0;
        foreach (Field field in fields)
        {
            if ((field.Mask & (taken | opcode)) != 0 || (field.Value & ~field.Mask) != 0)
            {
                throw new InvalidOperationException($"a64: field {field.Mask:x8} of opcode {opcode:x8} overlaps another or its value {field.Value:x8} exceeds it");
            }

            taken |= field.Mask;
            word |= field.Value;
        }

        return word;
    }

    private void Emit(uint opcode, params ReadOnlySpan<Field> fields) => code.Emit(Combine(opcode, fields));

    private void Emit(uint opcode, Reach reach, Label target, params ReadOnlySpan<Field> fields) => code.Emit(Combine(opcode, fields), reach, target);

    /// <summary>A value in the bits it owns. Opcodes have zeros there.</summary>
    private readonly record struct Field(uint Value, uint Mask)
    {
        public static readonly Field None = new(0, 0);

        public static Field Bits(uint value, int width, int lsb) => new(value << lsb, ((1u << width) - 1) << lsb);
    }
}
