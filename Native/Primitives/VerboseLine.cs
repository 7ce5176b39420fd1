using System.Globalization;
using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Primitives;

/// <summary>The lines of <c>FUGAKUDNN_VERBOSE</c>, in oneDNN's order: marker, event, device, primitive, implementation, problem, milliseconds.</summary>
internal static class VerboseLine
{
    public static void Write(string what, string primitive, string implementation, string description, double milliseconds) =>
        StandardOutput.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"fugakudnn,{what},cpu,{primitive},{implementation},forward,{description},{milliseconds:0.######}\n"));
}
