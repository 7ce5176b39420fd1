using System.Globalization;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Native.Primitives;

/// <summary>How types, layouts and sizes are written in the lines of <c>FUGAKUDNN_VERBOSE</c>.</summary>
internal static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum
        => value.ToString().ToLowerInvariant();

    public static string Of(ActivationDesc activation) => activation.Kind == Activation.None
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $" {Of(activation.Kind)}:{activation.Alpha}:{activation.Beta}");

    public static string Of(Dims sizes)
    {
        string text = "";
        for (int i = 0; i < sizes.Rank; i++)
        {
            text += (i == 0 ? "" : "x") + sizes[i].ToString(CultureInfo.InvariantCulture);
        }

        return text;
    }
}
