namespace FugakuDnn.Native.Tensors;

/// <summary>Element types. The numbers are part of the C ABI.</summary>
public enum DataType
{
    /// <summary>IEEE 754 binary32.</summary>
    F32 = 1,

    /// <summary>IEEE 754 binary64.</summary>
    F64 = 2,

    /// <summary>Signed 32-bit integer.</summary>
    S32 = 3,

    /// <summary>Signed 8-bit integer.</summary>
    S8 = 4,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8 = 5,

    /// <summary>Signed 64-bit integer (indices).</summary>
    S64 = 6,
}

/// <summary>Sizes of the element types.</summary>
public static class DataTypes
{
    /// <summary>Bytes an element takes.</summary>
    public static int Size(this DataType type) => type switch
    {
        DataType.F32 or DataType.S32 => 4,
        DataType.F64 or DataType.S64 => 8,
        DataType.S8 or DataType.U8 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
