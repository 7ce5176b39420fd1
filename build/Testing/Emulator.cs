namespace FugakuDnn.Build;

/// <summary>Runs Arm programs on an emulated A64FX, or directly where the machine is an Arm one with SVE of 512 bits itself.</summary>
internal static class Emulator
{
    /// <summary>The C library that plain Arm programs use.</summary>
    public const string CrossRoot = "/usr/aarch64-linux-gnu";

    public static Command Command(string program, params string[] arguments) =>
        new("qemu-aarch64", ["-cpu", "a64fx", "-L", CrossRoot, program, .. arguments]);
}
