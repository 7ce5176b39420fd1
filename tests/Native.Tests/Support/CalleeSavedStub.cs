using System.Runtime.InteropServices;
using FugakuDnn.Native.Assembler;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>What a call did not leave as it was.</summary>
[Flags]
public enum Disturbed
{
    Nothing = 0,

    /// <summary>The stack pointer (or the register that remembers it: rbp, x29).</summary>
    StackPointer = 1,

    /// <summary>rbx, or one of x19-x28.</summary>
    General = 2,

    /// <summary>r12, or one of d8-d15.</summary>
    R12OrVector = 4,

    R13 = 8,

    R14 = 16,

    R15 = 32,

    /// <summary>MXCSR's control bits or FPCR.</summary>
    FloatingPointControl = 64,
}

/// <summary>
/// Calls generated code from machine code that has filled every callee-saved register with a pattern, and looks at them, the stack pointer
/// and the floating-point control afterwards.
/// </summary>
public static unsafe class CalleeSavedStub
{
    private static readonly ExecutableMemory Code = ExecutableMemory.Publish(MachinePage.Parse(
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? CalleeSavedListing.Arm64 : CalleeSavedListing.X64).Code);

    /// <summary>Calls <c>function(argument)</c> and fails the test if it disturbed anything.</summary>
    public static void Call(void* function, void* argument) => Assert.Equal(Disturbed.Nothing, Observe(function, argument));

    /// <summary>Calls <c>function(argument)</c> and says what it disturbed.</summary>
    public static Disturbed Observe(void* function, void* argument) =>
        (Disturbed)((delegate* unmanaged<void*, void*, int>)Code.Address)(function, argument);
}
