using System.Buffers.Binary;
using System.Diagnostics;
using FugakuDnn.Native.Assembler;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Tests.Support;

namespace FugakuDnn.Native.Tests.Platform;

public sealed unsafe class MachineThunksTests
{
    [Theory]
    [InlineData("x86_64-linux-gnu", MachineThunks.X64Listing)]
    [InlineData("aarch64-linux-gnu", MachineThunks.Arm64Listing)]
    [InlineData("x86_64-linux-gnu", PoolThunks.X64Listing)]
    [InlineData("aarch64-linux-gnu", PoolThunks.Arm64Listing)]
    [InlineData("x86_64-linux-gnu", C10Thunks.X64Listing)]
    [InlineData("aarch64-linux-gnu", C10Thunks.Arm64Listing)]
    [InlineData("x86_64-linux-gnu", ForkStub.X64)]
    [InlineData("aarch64-linux-gnu", ForkStub.Arm64)]
    public void The_machine_code_is_what_llvm_mc_makes_of_the_assembly_beside_it(string triple, string listing)
    {
        string assembly = string.Join('\n', listing.Split('\n').Select(line => line[(line.IndexOf('|') + 1)..]));
        if (triple.StartsWith("x86", StringComparison.Ordinal))
        {
            assembly = ".intel_syntax noprefix\n" + assembly;
        }

        byte[] expected = TextSection(Assemble(triple, assembly));
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(MachinePage.Parse(listing).Code));
    }

    [Fact]
    public void Both_listings_have_the_same_entries()
    {
        string[] entries = ["read_thread_pointer", "read_fp_control", "write_fp_control", "worker_wait", "team_go", "team_wait", "fork_parent", "fork_child", "fork_wait", "note_library", "fork_block"];
        Assert.Superset(new HashSet<string>(entries), new HashSet<string>(MachinePage.Parse(MachineThunks.X64Listing).Labels.Keys));
        Assert.Superset(new HashSet<string>(entries), new HashSet<string>(MachinePage.Parse(MachineThunks.Arm64Listing).Labels.Keys));
    }

    /// <summary>The handlers of a process that was forked, and forks: run on a block of their own, since this process shall stay a parent.</summary>
    [Fact]
    public void A_child_that_forks_keeps_its_gate_shut()
    {
        (byte[] code, Dictionary<string, int> labels) = MachinePage.Parse(MachineThunks.Listing!);
        ForkBlock block = new() { Busy = 1, ForkPending = 1, HeldByFork = 2 };
        BitConverter.TryWriteBytes(code.AsSpan(labels["fork_block"]), (nint)(&block));
        using ExecutableMemory page = ExecutableMemory.Publish(code);
        ((delegate* unmanaged<void>)((byte*)page.Address + labels["fork_child"]))();
        Assert.Equal((1, 0, 1), (block.Busy, block.ForkPending, block.InChild));
        ((delegate* unmanaged<void>)((byte*)page.Address + labels["fork_parent"]))();
        Assert.Equal((1, 0, 1), (block.Busy, block.ForkPending, block.InChild));
    }

    private static byte[] Assemble(string triple, string assembly)
    {
        string output = Path.GetTempFileName();
        try
        {
            ProcessStartInfo start = new("llvm-mc", ["-triple=" + triple, "-filetype=obj", "-o", output]) { RedirectStandardInput = true };
            using Process? llvm = Start(start);
            Assert.SkipWhen(llvm == null, "llvm-mc is not installed");
            llvm!.StandardInput.Write(assembly);
            llvm.StandardInput.Close();
            llvm.WaitForExit();
            Assert.Equal(0, llvm.ExitCode);
            return File.ReadAllBytes(output);
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static Process? Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    /// <summary>The executable section of a 64-bit ELF object.</summary>
    private static byte[] TextSection(byte[] elf)
    {
        const int Executable = 4;
        ReadOnlySpan<byte> file = elf;
        int table = (int)BinaryPrimitives.ReadInt64LittleEndian(file[0x28..]);
        int entryBytes = BinaryPrimitives.ReadInt16LittleEndian(file[0x3A..]);
        int entries = BinaryPrimitives.ReadInt16LittleEndian(file[0x3C..]);
        for (int i = 0; i < entries; i++)
        {
            ReadOnlySpan<byte> section = file.Slice(table + i * entryBytes, entryBytes);
            if ((BinaryPrimitives.ReadInt64LittleEndian(section[8..]) & Executable) != 0)
            {
                int offset = (int)BinaryPrimitives.ReadInt64LittleEndian(section[0x18..]);
                int bytes = (int)BinaryPrimitives.ReadInt64LittleEndian(section[0x20..]);
                return file.Slice(offset, bytes).ToArray();
            }
        }

        throw new InvalidDataException("no executable section");
    }
}
