using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Reference;

/// <summary>Elements of any type, read as double. Reading a null tensor is a mistake of the reference.</summary>
public readonly unsafe struct Cells(void* data, DataType type)
{
    private readonly void* _data = data;

    public double this[long i] => type switch
    {
        DataType.F32 => ((float*)_data)[i],
        DataType.F64 => ((double*)_data)[i],
        DataType.S32 => ((int*)_data)[i],
        DataType.S8 => ((sbyte*)_data)[i],
        DataType.U8 => ((byte*)_data)[i],
        DataType.S64 => ((long*)_data)[i],
        _ => throw new InvalidOperationException($"no cells of type {type}"),
    };

    /// <summary>Whether the tensor is there at all.</summary>
    public bool Exist => _data is not null;
}
