using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;

namespace FugakuDnn.Exports.Abi;

/// <summary>The one place where exceptions end: exports return a status and leave the message as the thread's last error.</summary>
internal static unsafe class Boundary
{
    /// <summary>Runs an export that may allocate managed memory, take locks and make plans.</summary>
    public static int Call(Action body)
    {
        using Entered call = Entered.Here();
        if (!ForkedChild.MayPlan)
        {
            return Refuse(
                Status.Unsupported,
                "fork: this call is not possible in a child forked while another thread was inside the library; "
                + "existing primitives can be executed and destroyed");
        }

        try
        {
            body();
            return (int)Status.Success;
        }
        catch (Exception failure)
        {
            return Fail(failure);
        }
    }

    /// <summary>Ends a handle, also where nothing may be allocated.</summary>
    public static int Destroy<T>(ulong handle, string noun)
        where T : class
    {
        using Entered call = Entered.Here();
        try
        {
            return HandleTable.Destroy<T>(handle) ? (int)Status.Success : Refuse(Status.StaleHandle, StaleText(noun, handle));
        }
        catch (Exception failure)
        {
            return Fail(failure);
        }
    }

    /// <summary>Runs something with the object that a handle stands for, which stays alive meanwhile.</summary>
    public static void With<T>(ulong handle, string noun, Action<T> body)
        where T : class
    {
        T used = HandleTable.Use<T>(handle) ?? throw new FdnnException(Status.StaleHandle, StaleText(noun, handle));
        try
        {
            body(used);
        }
        finally
        {
            HandleTable.Release(handle);
        }
    }

    /// <summary>The message of a refused handle.</summary>
    public static string StaleText(string noun, ulong handle) => $"{noun}: handle 0x{handle:x} was destroyed or never was one";

    /// <summary>Stores the message and gives the status of an exception.</summary>
    public static int Fail(Exception failure) => failure switch
    {
        FdnnException known => Refuse(known.Status, known.Message),
        OutOfMemoryException => Refuse(Status.OutOfMemory, "memory: the allocation failed"),
        _ => Refuse(Status.Internal, $"internal error: {failure.GetType().Name}: {failure.Message}"),
    };

    /// <summary>Stores the message and gives the status.</summary>
    public static int Refuse(Status status, string message)
    {
        CallerThread.SetLastError(message);
        return (int)status;
    }

    /// <summary>Throws where a pointer that must be given is null or misaligned.</summary>
    public static void Given(void* pointer, string function, string argument, int alignment = 1)
    {
        if (pointer == null)
        {
            throw new FdnnException(Status.InvalidArgument, $"{function}: {argument} must not be null");
        }

        if ((nuint)pointer % (uint)alignment != 0)
        {
            throw new FdnnException(
                Status.InvalidArgument, $"{function}: {argument} must be aligned to {alignment} bytes, got 0x{(nuint)pointer:x}");
        }
    }

    /// <summary>Copies a struct as far as the caller's, which may be an older and shorter one, reaches; its size stays the caller's.</summary>
    public static void Fill<T>(T value, T* given, long givenBytes, string function, string argument)
        where T : unmanaged
    {
        if (givenBytes < sizeof(long) || givenBytes % sizeof(long) != 0)
        {
            throw new FdnnException(
                Status.InvalidArgument, $"{function}: {argument}.struct_size must be the size of the struct, got {givenBytes}");
        }

        Unsafe.CopyBlock(given, &value, (uint)Math.Min(givenBytes, sizeof(T)));
        *(long*)given = givenBytes;
    }

    /// <summary>Copies text as UTF-8 with a terminating zero; refuses a buffer that is too small, naming the size.</summary>
    public static void CopyText(string text, byte* buffer, long size, string function)
    {
        Given(buffer, function, "buffer");
        int needed = Encoding.UTF8.GetByteCount(text) + 1;
        if (size < needed)
        {
            throw new FdnnException(Status.InvalidArgument, $"{function}: size must be at least {needed}, got {size}");
        }

        int written = Encoding.UTF8.GetBytes(text, new Span<byte>(buffer, needed));
        buffer[written] = 0;
    }

    /// <summary>A literal that ends in a zero, as C text that lives as long as the library.</summary>
    public static byte* Literal(ReadOnlySpan<byte> text) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(text));
}
