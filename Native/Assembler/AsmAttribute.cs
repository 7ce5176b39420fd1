namespace FugakuDnn.Native.Assembler;

/// <summary>The assembly syntax of an instruction method: <c>{n}</c> stands for the method's n-th operand as text.</summary>
/// <remarks>The tests print this text, let llvm-mc assemble it, and compare the bytes. It is never read at run time.</remarks>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AsmAttribute(string syntax) : Attribute
{
    public string Syntax { get; } = syntax;

    /// <summary>Why llvm-mc accepts operands that this method refuses (an alias, or a form not needed); null where both must agree.</summary>
    public string? Narrower { get; init; }
}
