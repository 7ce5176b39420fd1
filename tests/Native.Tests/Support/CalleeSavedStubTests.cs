using System.Runtime.InteropServices;
using FugakuDnn.Native.Assembler;

namespace FugakuDnn.Native.Tests.Support;

/// <summary>The stub sees what it is there to see.</summary>
public sealed unsafe class CalleeSavedStubTests
{
    private static readonly bool IsX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    [Theory]
    [InlineData("C3", "C0035FD6", Disturbed.Nothing)]
    [InlineData("48FFC3 C3", "73060091 C0035FD6", Disturbed.General)] // inc rbx; add x19, x19, #1
    [InlineData("48FFC3 C3", "9C070091 C0035FD6", Disturbed.General)] // add x28, x28, #1
    [InlineData("49FFC4 C3", "E803679E C0035FD6", Disturbed.R12OrVector)] // inc r12; fmov d8, xzr
    [InlineData("49FFC4 C3", "EF03679E C0035FD6", Disturbed.R12OrVector)] // fmov d15, xzr
    [InlineData("50 0FAE1C24 81342400800000 0FAE1424 58 C3", "0144 3BD5 2100 68D2 0144 1BD5 C0035FD6", Disturbed.FloatingPointControl)]
    public void Changes_are_seen(string x64, string arm64, Disturbed expected)
    {
        ulong before = Native.Platform.FloatingPointControl.Read();
        Disturbed seen = Observe(x64, arm64);
        Native.Platform.FloatingPointControl.Restore(before);
        Assert.Equal(expected, seen);
    }

    [Theory]
    [InlineData("49FFC5 C3", Disturbed.R13)] // inc r13
    [InlineData("49FFC6 C3", Disturbed.R14)]
    [InlineData("49FFC7 C3", Disturbed.R15)]
    public void Other_changes_on_x64_are_seen(string x64, Disturbed expected)
    {
        Assert.SkipUnless(IsX64, "x86-64 registers");
        Assert.Equal(expected, Observe(x64, ""));
    }

    private static Disturbed Observe(string x64, string arm64)
    {
        using ExecutableMemory code = ExecutableMemory.Publish(Convert.FromHexString((IsX64 ? x64 : arm64).Replace(" ", "")));
        return CalleeSavedStub.Observe(code.Address, null);
    }
}
