using System.Runtime.InteropServices;
using FugakuDnn.Native.Assembler;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>
/// Forks the process of the tests. The child never comes back into managed code, where the test host's other threads are missing: machine code ends it
/// at once, with a word of its memory as the exit code. So all fork handlers run, and the word tells what they have left.
/// </summary>
public static unsafe class ForkStub
{
    internal const string X64 = """
        fork_and_exit:
            53             | push rbx
            48 89 F3       | mov rbx, rsi
            FF D7          | call rdi
            85 C0          | test eax, eax
            75 09          | jne parent
            8B 3B          | mov edi, [rbx]
            B8 E7 00 00 00 | mov eax, 231
            0F 05          | syscall
        parent:
            5B             | pop rbx
            C3             | ret
        """;

    internal const string Arm64 = """
        fork_and_exit:
            FD 7B BE A9 | stp x29, x30, [sp, #-32]!
            F3 0B 00 F9 | str x19, [sp, #16]
            F3 03 01 AA | mov x19, x1
            00 00 3F D6 | blr x0
            80 00 00 35 | cbnz w0, parent
            60 02 40 B9 | ldr w0, [x19]
            C8 0B 80 52 | mov w8, #94
            01 00 00 D4 | svc #0
        parent:
            F3 0B 40 F9 | ldr x19, [sp, #16]
            FD 7B C2 A8 | ldp x29, x30, [sp], #32
            C0 03 5F D6 | ret
        """;

    private static readonly ExecutableMemory Code = ExecutableMemory.Publish(MachinePage.Parse(
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Arm64 : X64).Code);

    private static readonly nint LibC = NativeLibrary.Load("libc.so.6");
    private static readonly nint Fork = NativeLibrary.GetExport(LibC, "fork");
    private static readonly delegate* unmanaged<int, int*, int, int> WaitFor =
        (delegate* unmanaged<int, int*, int, int>)NativeLibrary.GetExport(LibC, "waitpid");

    /// <summary>Forks, waits for the child and returns its wait status: 256 times the low byte of what it found in <paramref name="word"/>.</summary>
    public static int WaitStatusOfChild(int* word)
    {
        _ = ForkGate.ForkPending; // the handlers are there from the library's first use on, which another test need not have been
        int child = ((delegate* unmanaged<nint, int*, int>)Code.Address)(Fork, word);
        Assert.True(child > 0, "fork failed");
        int status = 0, waited;
        do
        {
            waited = WaitFor(child, &status, 0);
        }
        while (waited < 0 && Marshal.GetLastSystemError() == Interrupted);

        Assert.Equal(child, waited);
        return status;
    }

    private const int Interrupted = 4;
}
