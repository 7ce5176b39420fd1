using System.Runtime.InteropServices;
using DNNE;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;

namespace FugakuDnn.Exports;

/// <summary>One step of a list of executions.</summary>
[CName("fdnn_step")]
[StructLayout(LayoutKind.Sequential)]
public struct StepStruct
{
    /// <summary>Handle (fdnn_primitive).</summary>
    public ulong Primitive;

    /// <summary>What it is executed on.</summary>
    public Arguments Arguments;
}

/// <summary>Numbers that a primitive can be asked for. Part of the C ABI.</summary>
public enum PrimitiveQuery
{
    /// <summary>Scratch memory an execution needs, in bytes; the caller may bring it, 256-byte aligned.</summary>
    ScratchBytes = 0,

    /// <summary>Size of packed weights in bytes; 0 where only unpacked ones are read.</summary>
    PackedWeightsBytes = 1,

    /// <summary>Bytes of generated code.</summary>
    CodeBytes = 2,

    /// <summary>The fdnn_isa that the plan is made for.</summary>
    Isa = 3,

    /// <summary>The thread count that the plan is made for.</summary>
    Threads = 4,
}

/// <summary>What can be done with the handle of any primitive. Executions allocate no managed memory and take no lock.</summary>
public static unsafe class Primitives
{
    /// <summary>
    /// Executes a primitive. Safe from many threads at once, also on one handle. Refuses null pointers that the descriptor needs,
    /// pointers not aligned to their element, and outputs that overlap inputs; nothing is written then. Where the output has no
    /// elements it succeeds without looking at any pointer.
    /// </summary>
    /// <param name="primitive">Handle.</param>
    /// <param name="arguments">The pointers; those that the primitive does not use are ignored.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_primitive_execute")]
    public static int Execute(
        [C99Type("fdnn_primitive")] ulong primitive, [C99Type("const fdnn_arguments*")] Arguments* arguments)
    {
        using Entered call = Entered.Here();
        try
        {
            Boundary.Given(arguments, "execute", "arguments", sizeof(void*));
            return Run(primitive, arguments);
        }
        catch (Exception failure)
        {
            return Boundary.Fail(failure);
        }
    }

    /// <summary>Executes primitives one after another, as a whole network does, and stops at the first that fails.</summary>
    /// <param name="steps">The handles with their pointers.</param>
    /// <param name="count">How many.</param>
    /// <param name="failed">Gets the index of the step that failed, or count; may be null.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_primitives_execute")]
    public static int ExecuteAll(
        [C99Type("const fdnn_step*")] StepStruct* steps, long count, [C99Type("int64_t*")] long* failed)
    {
        using Entered call = Entered.Here();
        long step = 0;
        try
        {
            Check.NotNegative(count, "execute", "count");
            if (count != 0)
            {
                Boundary.Given(steps, "execute", "steps", sizeof(void*));
            }

            int status = (int)Status.Success;
            while (step < count && (status = Run(steps[step].Primitive, &steps[step].Arguments)) == (int)Status.Success)
            {
                step++;
            }

            return status;
        }
        catch (FdnnException failure)
        {
            return Boundary.Refuse(failure.Status, $"step {step}: {failure.Message}");
        }
        catch (Exception failure)
        {
            return Boundary.Fail(failure);
        }
        finally
        {
            if (failed != null)
            {
                *failed = step;
            }
        }
    }

    /// <summary>Ends a handle. Executions in flight finish; every later use of the handle is refused as stale.</summary>
    /// <param name="primitive">Handle.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_primitive_destroy")]
    public static int Destroy([C99Type("fdnn_primitive")] ulong primitive) => Boundary.Destroy<Primitive>(primitive, "primitive");

    /// <summary>Asks a primitive for a number about its present plan.</summary>
    /// <param name="primitive">Handle.</param>
    /// <param name="what">An fdnn_query.</param>
    /// <param name="value">Gets the answer.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_primitive_query")]
    public static int Query([C99Type("fdnn_primitive")] ulong primitive, int what, [C99Type("int64_t*")] long* value) =>
        Boundary.Call(() =>
        {
            Boundary.Given(value, "query", "value", sizeof(long));
            Check.Defined((PrimitiveQuery)what, "query", "what");
            Boundary.With<Primitive>(primitive, "primitive", used => *value = (PrimitiveQuery)what switch
            {
                PrimitiveQuery.ScratchBytes => used.Plan.ScratchBytes,
                PrimitiveQuery.PackedWeightsBytes => used.Plan.PackedWeightsBytes,
                PrimitiveQuery.CodeBytes => used.Plan.CodeBytes,
                PrimitiveQuery.Isa => (long)used.Context.Isa,
                _ => used.Context.Threads,
            });
        });

    /// <summary>Name of the implementation of the present plan, for example "jit:avx2:brgemm" or "portable".</summary>
    /// <param name="primitive">Handle.</param>
    /// <param name="buffer">Gets UTF-8 text with a terminating zero.</param>
    /// <param name="size">Bytes at buffer; 128 are enough for every name.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_primitive_implementation")]
    public static int Implementation(
        [C99Type("fdnn_primitive")] ulong primitive, [C99Type("char*")] byte* buffer, long size) =>
        Boundary.Call(() => Boundary.With<Primitive>(
            primitive, "primitive", used => Boundary.CopyText(used.Plan.Implementation, buffer, size, "implementation")));

    /// <summary>
    /// Text that names the layout of packed weights; primitives with equal texts (another batch, say) can share an fdnn_weights.
    /// Empty where only unpacked weights are read.
    /// </summary>
    /// <param name="primitive">Handle.</param>
    /// <param name="buffer">Gets UTF-8 text with a terminating zero.</param>
    /// <param name="size">Bytes at buffer; 256 are enough for every text.</param>
    [UnmanagedCallersOnly(EntryPoint = "fdnn_primitive_packed_key")]
    public static int PackedKey(
        [C99Type("fdnn_primitive")] ulong primitive, [C99Type("char*")] byte* buffer, long size) =>
        Boundary.Call(() => Boundary.With<Primitive>(
            primitive, "primitive", used => Boundary.CopyText(used.Plan.PackedWeightsKey, buffer, size, "packed_key")));

    private static int Run(ulong handle, Arguments* arguments)
    {
        Primitive? primitive = HandleTable.Use<Primitive>(handle);
        if (primitive is null)
        {
            throw new FdnnException(Status.StaleHandle, Boundary.StaleText("primitive", handle));
        }

        try
        {
            primitive.Execute(*arguments);
            return (int)Status.Success;
        }
        finally
        {
            HandleTable.Release(handle);
        }
    }
}
