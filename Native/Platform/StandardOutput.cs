using System.Runtime.InteropServices;
using System.Text;

namespace FugakuDnn.Native.Platform;

/// <summary>The process's standard output, written without a buffer so that lines of several threads stay whole.</summary>
internal static unsafe partial class StandardOutput
{
    private const int Descriptor = 1;

    /// <summary>Writes the text in one piece; a closed output is not an error.</summary>
    public static void Write(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
        {
            byte* at = start;
            nint left = bytes.Length;
            while (left > 0 && WriteFile(Descriptor, at, left) is var written && written > 0)
            {
                at += written;
                left -= written;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteFile(int file, void* data, nint bytes);
}
