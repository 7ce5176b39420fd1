using System.Runtime.InteropServices;

namespace FugakuDnn.Native.Platform;

/// <summary>A page of fixed machine code, written as a listing: left the bytes, right the assembly that llvm-mc turns into them.</summary>
/// <remarks>The page is written once, then made executable for good.</remarks>
internal static unsafe class MachinePage
{
    internal const int CapacityInBytes = 4096;

    /// <summary>The listing that this machine can execute, or null where there is none.</summary>
    internal static string? OfThisMachine(string x64, string arm64) =>
        !OperatingSystem.IsLinux() ? null
        : RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => x64,
            Architecture.Arm64 => arm64,
            _ => null,
        };

    /// <summary>Reads a listing: machine code, and where each label stands in it.</summary>
    internal static (byte[] Code, Dictionary<string, int> Labels) Parse(string listing)
    {
        List<byte> code = [];
        Dictionary<string, int> labels = [];
        foreach (string line in listing.Split('\n'))
        {
            int bar = line.IndexOf('|');
            if (bar >= 0)
            {
                code.AddRange(Convert.FromHexString(line[..bar].Replace(" ", "")));
            }
            else if (line.TrimEnd().EndsWith(':'))
            {
                labels.Add(line.Trim().TrimEnd(':'), code.Count);
            }
        }

        return ([.. code], labels);
    }

    /// <summary>Where a listing's labels stand in memory, once its code is executable; empty where that is forbidden.</summary>
    /// <param name="listing">The listing; null on a machine without one.</param>
    /// <param name="fill">Fills the code's data: gets the page and the places of its labels.</param>
    internal static Dictionary<string, nint> Publish(string? listing, Action<nint, Dictionary<string, int>> fill)
    {
        if (listing is null)
        {
            return [];
        }

        (byte[] code, Dictionary<string, int> labels) = Parse(listing);
        byte* page = (byte*)LibC.MapMemory(
            null, CapacityInBytes, LibC.ProtRead | LibC.ProtWrite, LibC.MapPrivate | LibC.MapAnonymous, -1, 0);
        if ((nint)page == -1)
        {
            return [];
        }

        code.CopyTo(new Span<byte>(page, CapacityInBytes));
        fill((nint)page, labels);
        if (!ExecutablePages.MakeExecutable(page, CapacityInBytes))
        {
            _ = LibC.UnmapMemory(page, CapacityInBytes);
            return [];
        }

        return labels.ToDictionary(label => label.Key, label => (nint)page + label.Value);
    }
}
