using FugakuDnn.Native.Tensors;
using FugakuDnn.Reference;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>Fills tensors and compares them.</summary>
internal static unsafe class TestData
{
    /// <summary>Random elements: small integers, or real numbers in (-1, 1), among them a few NaNs and infinities for <see cref="DataKind.Any"/>; integer
    /// types use a wide range either way.</summary>
    public static void Fill(void* data, DataType type, long count, DataKind kind, TestRandom random)
    {
        const int Largest = 3;
        const double SpecialShare = 0.02;
        for (long i = 0; i < count; i++)
        {
            double real = kind == DataKind.SmallIntegers ? random.Whole(-Largest, Largest)
                : kind == DataKind.Any && random.Chance(SpecialShare) ? random.Of(double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0.0)
                : random.Real();
            Set(data, type, i, type switch
            {
                DataType.U8 => random.Whole(0, 255),
                DataType.S8 => random.Whole(-128, 127),
                DataType.S32 or DataType.S64 => random.Whole(-100_000, 100_000),
                _ => real,
            });
        }
    }

    public static void Set(void* data, DataType type, long i, double value)
    {
        switch (type)
        {
            case DataType.F32: ((float*)data)[i] = (float)value; break;
            case DataType.F64: ((double*)data)[i] = value; break;
            case DataType.S32: ((int*)data)[i] = (int)value; break;
            case DataType.S64: ((long*)data)[i] = (long)value; break;
            case DataType.S8: ((sbyte*)data)[i] = (sbyte)value; break;
            case DataType.U8: ((byte*)data)[i] = (byte)value; break;
            default: throw new ArgumentOutOfRangeException(nameof(type));
        }
    }

    /// <summary>A number that changes if any byte does.</summary>
    public static ulong Fingerprint(byte* data, long bytes)
    {
        ulong hash = 14695981039346656037;
        long i = 0;
        for (; i + 8 <= bytes; i += 8)
        {
            hash = ulong.RotateLeft((hash ^ *(ulong*)(data + i)) * 0x9E3779B97F4A7C15, 29);
        }

        for (; i < bytes; i++)
        {
            hash = (hash ^ data[i]) * 1099511628211;
        }

        return hash;
    }
}
