namespace FugakuDnn.Native.Tensors;

/// <summary>Shape arithmetic.</summary>
public static class Shapes
{
    /// <summary>Number of window positions along one dimension, 0 if the window does not fit.</summary>
    public static long Windows(long size, long padding, long kernel, long stride, long dilation)
    {
        long room = size + padding - ((kernel - 1) * dilation + 1);
        return room < 0 ? 0 : room / stride + 1;
    }

    /// <summary>Quotient, rounded up.</summary>
    public static long CeilDivide(long dividend, long divisor) => (dividend + divisor - 1) / divisor;

    /// <summary>The next multiple of <paramref name="multiple"/> at or above <paramref name="value"/>.</summary>
    public static long RoundUp(long value, long multiple) => CeilDivide(value, multiple) * multiple;
}
