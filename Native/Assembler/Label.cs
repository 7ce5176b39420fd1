namespace FugakuDnn.Native.Assembler;

/// <summary>A place in the code of one <see cref="CodeBuffer"/>, known or still to come.</summary>
internal readonly record struct Label(int Id)
{
    public override string ToString() => $"L{Id}";
}
