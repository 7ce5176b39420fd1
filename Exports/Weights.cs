using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Primitives;

namespace FugakuDnn.Exports;

/// <summary>Packed weights: a copy in the order that a plan reads best. The caller decides when they are packed again.</summary>
public static unsafe class Weights
{
    /// <summary>Packs weights for a primitive. Others with the same fdnn_primitive_packed_key can use them as well.</summary>
    /// <param name="primitive">Handle of the primitive.</param>
    /// <param name="weights">Weights in the layout of its descriptor; read now, not later.</param>
    /// <param name="packed">Gets the handle of the packed weights.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_weights_pack")]
    public static int Pack(
        [C99Type("fdnn_primitive")] ulong primitive, [C99Type("const void*")] void* weights, [C99Type("fdnn_weights*")] ulong* packed) =>
        Boundary.Call(() =>
        {
            Boundary.Given(packed, "weights", "packed", sizeof(ulong));
            Boundary.With<Primitive>(primitive, "primitive", used =>
            {
                PackedWeights made = used.PackWeights(weights);
                try
                {
                    *packed = HandleTable.Create(made);
                }
                catch
                {
                    made.Dispose();
                    throw;
                }
            });
        });

    /// <summary>The packed data: what fdnn_arguments.packed_weights takes. Valid until the handle is destroyed.</summary>
    /// <param name="weights">Handle.</param>
    /// <param name="data">Gets the pointer.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_weights_data")]
    public static int Data([C99Type("fdnn_weights")] ulong weights, [C99Type("const void**")] void** data) =>
        Boundary.Call(() =>
        {
            Boundary.Given(data, "weights", "data", sizeof(void*));
            Boundary.With<PackedWeights>(weights, "weights", used => *data = used.Data);
        });

    /// <summary>Frees packed weights. No execution may be reading them.</summary>
    /// <param name="weights">Handle.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_weights_destroy")]
    public static int Destroy([C99Type("fdnn_weights")] ulong weights) => Boundary.Destroy<PackedWeights>(weights, "weights");
}
