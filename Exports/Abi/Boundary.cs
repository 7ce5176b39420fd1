using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Exports.Abi;

/// <summary>The one place where exceptions end: exports return a status and leave the message as the thread's last error.</summary>
internal static unsafe class Boundary
{
    /// <summary>Runs an export that may allocate managed memory, take locks and make plans.</summary>
    public static int Call(Action body)
    {
        CallerThread.Enter();
        bool planning = false;
        try
        {
            planning = ForkedChild.TryEnterPlanning();
            if (!planning)
            {
                return Refuse(
                    Status.Unsupported,
                    "fork: this call is not possible in a child forked while another thread was inside the library; "
                    + "existing primitives can be executed and destroyed");
            }

            body();
            return (int)Status.Success;
        }
        catch (Exception failure)
        {
            return Fail(failure);
        }
        finally
        {
            if (planning)
            {
                ForkedChild.LeavePlanning();
            }

            CallerThread.Leave();
        }
    }

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
