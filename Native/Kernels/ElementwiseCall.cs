using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Kernels;

/// <summary>Operands of a chain, by slot.</summary>
[InlineArray(ElementwiseCall.Slots)]
internal struct OperandAddresses
{
    private nint _first;
}

/// <summary>Bytes that operands move between rows, by slot.</summary>
[InlineArray(ElementwiseCall.Slots)]
internal struct OperandGaps
{
    private long _first;
}

/// <summary>
/// Argument of an elementwise kernel: <see cref="Rows"/> rows of <see cref="Count"/> elements. A gap is the distance from behind the last
/// element of a row to the first of the next, in bytes (so 0 is dense and -4·Count repeats the row); for an operand that is one number
/// a row, the distance to the next row's number.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ElementwiseCall
{
    /// <summary>Most operands.</summary>
    public const int Slots = 6;

    /// <summary>First element.</summary>
    public void* Source;

    /// <summary>Where the first result goes.</summary>
    public void* Destination;

    /// <summary>Elements of a row; 0 or more.</summary>
    public long Count;

    /// <summary>Rows; 1 or more.</summary>
    public long Rows;

    /// <summary>Gap of the source.</summary>
    public long SourceGap;

    /// <summary>Gap of the destination.</summary>
    public long DestinationGap;

    /// <summary>Constants of exp; needed where the chain has it.</summary>
    public void* Constants;

    /// <summary>Operands.</summary>
    public OperandAddresses Operands;

    /// <summary>Gaps of the operands.</summary>
    public OperandGaps Gaps;

    internal const int SourceAt = 0, DestinationAt = 8, CountAt = 16, RowsAt = 24, SourceGapAt = 32, DestinationGapAt = 40, ConstantsAt = 48;

    internal static int OperandAt(int slot) => 56 + slot * 8;

    internal static int GapAt(int slot) => OperandAt(Slots) + slot * 8;
}
