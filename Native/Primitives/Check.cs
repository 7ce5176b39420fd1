using System.Globalization;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives;

/// <summary>The rules that descriptors are held to; every message names primitive, argument, rule and value.</summary>
internal static class Check
{
    /// <summary>Sizes and offsets in bytes stay below this, so that products and sums of a few never overflow.</summary>
    public const long MaxBytes = 1L << 56;

    /// <summary>Strides, dilations, kernels and paddings stay below this.</summary>
    public const long MaxExtent = 1L << 31;

    public static void That(bool condition, string primitive, string argument, string rule, object value)
    {
        if (!condition)
        {
            Refuse(primitive, argument, rule, value);
        }
    }

    public static void Positive(long value, string primitive, string argument) =>
        Range(value, 1, MaxExtent, primitive, argument);

    public static void NotNegative(long value, string primitive, string argument) =>
        Range(value, 0, MaxExtent * 256, primitive, argument);

    public static void Range(long value, long low, long high, string primitive, string argument)
    {
        if (value < low || value > high)
        {
            Refuse(primitive, argument, string.Create(CultureInfo.InvariantCulture, $"must be in [{low}, {high}]"), value);
        }
    }

    public static void Defined<T>(T value, string primitive, string argument)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            Refuse(primitive, argument, "must be one of " + string.Join(", ", Enum.GetNames<T>()), value);
        }
    }

    /// <summary>The padded extent holds at least one dilated window, or is empty.</summary>
    public static void Window(
        string primitive, string dimension, long size, long padBefore, long padAfter, long kernel, long dilation)
    {
        long window = (kernel - 1) * dilation + 1;
        That(window <= MaxExtent, primitive, "kernel_" + dimension, $"dilated by {dilation}, must be at most {MaxExtent}", window);
        That(padBefore <= MaxExtent, primitive, "pad before " + dimension, $"must be at most {MaxExtent}", padBefore);
        That(padAfter <= MaxExtent, primitive, "pad after " + dimension, $"must be at most {MaxExtent}", padAfter);
        That(window <= size + padBefore + padAfter, primitive, "kernel_" + dimension,
            $"(dilated) must be at most the padded input, {size + padBefore + padAfter}", window);
    }

    /// <summary>The tensor's size in bytes fits.</summary>
    public static void Volume(string primitive, string tensor, DataType type, params ReadOnlySpan<long> sizes)
    {
        Int128 bytes = type.Size();
        bool empty = false;
        foreach (long size in sizes)
        {
            empty |= size == 0;
            bytes = Int128.Min(bytes * Math.Max(size, 1), MaxBytes * (Int128)MaxBytes / 2);
        }

        if (!empty || bytes > MaxBytes)
        {
            That(bytes <= MaxBytes, primitive, tensor, $"must take at most {MaxBytes} bytes", bytes);
        }
    }

    private static void Refuse(string primitive, string argument, string rule, object value) =>
        throw new FdnnException(
            Status.InvalidArgument, string.Create(CultureInfo.InvariantCulture, $"{primitive}: {argument} {rule}, got {value}"));
}
