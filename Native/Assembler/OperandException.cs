namespace FugakuDnn.Native.Assembler;

/// <summary>An operand that the instruction cannot encode: a mistake of the kernel's author, never of a caller of the library.</summary>
internal sealed class OperandException(string instruction, string operand, string rule, object? value)
    : ArgumentException($"{instruction.ToLowerInvariant()}: {operand} must be {rule}, got {value}")
{
    public string Instruction { get; } = instruction;

    public string Operand { get; } = operand;

    public string Rule { get; } = rule;
}
