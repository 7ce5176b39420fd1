using System.Runtime.CompilerServices;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Exports.Abi;

/// <summary>A C struct that describes a primitive. It starts with its size, by which later versions tell what the caller knows.</summary>
internal interface IDescription<TDesc>
    where TDesc : struct
{
    /// <summary>The descriptor; not validated yet.</summary>
    TDesc ToDesc();
}

/// <summary>Reads C structs into descriptors.</summary>
internal static unsafe class Structs
{
    /// <summary>No struct will ever be larger; a larger size is garbage.</summary>
    private const ulong LargestStruct = 4096;

    /// <summary>Most dimensions in a struct's lists of sizes and strides.</summary>
    public const int MostDims = 8;

    /// <summary>
    /// Copies a struct. A caller that knows fewer fields leaves the others zero; one that knows more must have left those zero.
    /// </summary>
    public static T Read<T>(T* from, string function)
        where T : unmanaged
    {
        Boundary.Given(from, function, "desc", sizeof(ulong));
        ulong size = *(ulong*)from;
        if (size is < sizeof(ulong) or > LargestStruct || (size < (ulong)sizeof(T) && size < FirstVersionBytes<T>()))
        {
            throw new FdnnException(
                Status.InvalidArgument, $"{function}: size must be sizeof *desc ({sizeof(T)}), got {size}");
        }

        for (ulong i = (ulong)sizeof(T); i < size; i++)
        {
            if (((byte*)from)[i] != 0)
            {
                throw new FdnnException(
                    Status.Unsupported, $"{function}: fields after byte {sizeof(T)} must be 0 for this version of the library");
            }
        }

        T copy = default;
        Unsafe.CopyBlockUnaligned(&copy, from, (uint)Math.Min(size, (ulong)sizeof(T)));
        return copy;
    }

    /// <summary>A flag is 0 or 1: anything else is a struct that was not initialised.</summary>
    public static bool Flag(int value, string primitive, string field) => value is 0 or 1
        ? value == 1
        : throw new FdnnException(Status.InvalidArgument, $"{primitive}: {field} must be 0 or 1, got {value}");

    /// <summary>The first <paramref name="rank"/> values.</summary>
    public static Dims Dims(long* values, int rank, string primitive) => rank is >= 0 and <= MostDims
        ? new Dims(new ReadOnlySpan<long>(values, rank))
        : throw new FdnnException(Status.InvalidArgument, $"{primitive}: rank must be in [0, {MostDims}], got {rank}");

    /// <summary>Makes a primitive from a struct and stores its handle: what every <c>fdnn_…_create</c> does.</summary>
    public static int Create<TStruct, TDesc>(TStruct* from, ulong* primitive, PrimitiveKind<TDesc> kind)
        where TStruct : unmanaged, IDescription<TDesc>
        where TDesc : struct
        => Boundary.Call(() =>
        {
            Boundary.Given(primitive, kind.Name, "primitive", sizeof(ulong));
            TDesc desc = Read(from, kind.Name).ToDesc();
            Primitive<TDesc> made = Primitive<TDesc>.Create(desc, kind);
            try
            {
                *primitive = HandleTable.Create(made);
            }
            catch
            {
                made.Dispose();
                throw;
            }
        });

    /// <summary>Version 0.1 of a struct is what there is now; a field added later moves this to the size before it.</summary>
    private static ulong FirstVersionBytes<T>()
        where T : unmanaged
        => (ulong)sizeof(T);
}
