using System.Text.RegularExpressions;

namespace FugakuDnn.Native.Tests.Structure;

/// <summary>The rules of docs/architecture.md, each as a function from a file to what is wrong with it (empty: nothing).</summary>
internal static partial class ArchitectureRules
{
    /// <summary>What each room of Native may use besides itself and the root (errors): the arrows of docs/architecture.md.</summary>
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        [""] = [],
        ["Platform"] = [],
        ["Memory"] = ["Platform", "Tuning"],
        ["Threading"] = ["Platform"],
        ["Assembler"] = ["Platform"],
        ["Tensors"] = [],
        ["Tuning"] = ["Platform", "Tensors"],
        ["Vector"] = ["Platform", "Memory", "Threading", "Assembler"],
        ["Kernels"] = ["Platform", "Memory", "Threading", "Assembler", "Vector", "Tensors", "Tuning"],
        ["Primitives"] = ["Platform", "Memory", "Threading", "Assembler", "Vector", "Kernels", "Tensors", "Tuning"],
    };

    private static readonly string[] IsaNames = ["Sve", "Neon", "Avx", "Asimd", "Sse"];

    /// <summary>Dependencies point one way.</summary>
    public static IEnumerable<string> Dependencies(SourceFile file)
    {
        if (!MayUse.TryGetValue(file.Room, out string[]? allowed))
        {
            yield return $"{file.Path}: room {file.Room} is not in docs/architecture.md";
            yield break;
        }

        foreach (string room in RoomName().Matches(file.Code).Select(match => match.Groups[1].Value).Distinct())
        {
            if (MayUse.ContainsKey(room) && room != file.Room && !allowed.Contains(room))
            {
                yield return $"{file.Path}: {(file.Room == "" ? "Native" : file.Room)} must not use {room}";
            }
        }
    }

    /// <summary>Namespace = FugakuDnn.Native.(folder with dots).</summary>
    public static IEnumerable<string> Namespaces(SourceFile file)
    {
        string expected = "FugakuDnn." + Path.GetDirectoryName(file.Path)!.Replace('\\', '/').Replace('/', '.');
        return NamespaceDeclaration().Matches(file.Code).Select(match => match.Groups[1].Value)
            .Where(actual => actual != expected)
            .Select(actual => $"{file.Path}: namespace must be {expected}, got {actual}");
    }

    /// <summary>Only Platform asks the operating system anything.</summary>
    public static IEnumerable<string> PlatformQuestions(SourceFile file) =>
        file.Room == "Platform" ? [] : PlatformQuestion().Matches(file.Code)
            .Select(match => $"{file.Path}: {match.Value.Trim()} belongs in Native/Platform");

    /// <summary>Small files.</summary>
    public static IEnumerable<string> Length(SourceFile file) =>
        file.Lines < 400 ? [] : [$"{file.Path}: a file must be under 400 lines, got {file.Lines}"];

    /// <summary>Kernels are written once for all ISAs: none is named after one.</summary>
    public static IEnumerable<string> KernelNames(SourceFile file) =>
        file.Room is not ("Kernels" or "Primitives") ? [] : IsaNames
            .Where(isa => Path.GetFileName(file.Path).Contains(isa, StringComparison.OrdinalIgnoreCase))
            .Select(isa => $"{file.Path}: a kernel is written for all ISAs and must not be named after {isa}");

    /// <summary>No name that says nothing.</summary>
    public static IEnumerable<string> EmptyNames(SourceFile file) =>
        new[] { "Utils", "Helper", "Manager" }
            .Where(word => Path.GetFileNameWithoutExtension(file.Path).Contains(word, StringComparison.Ordinal))
            .Select(word => $"{file.Path}: the name {word} says nothing about what is inside");

    [GeneratedRegex(@"FugakuDnn\.Native\.(\w+)")]
    private static partial Regex RoomName();

    [GeneratedRegex(@"^\s*namespace\s+([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex NamespaceDeclaration();

    [GeneratedRegex(@"^\s*#if\b[^\n]*|\bIsOSPlatform\b|\bOperatingSystem\.Is\w+|\bDllImport\b|\bLibraryImport\b|\bNativeLibrary\.|"
        + @"\bEnvironment\.(GetEnvironmentVariable|ProcessorCount)\b|\bRuntimeInformation\.|\bFile\.(Read|Open)\w*", RegexOptions.Multiline)]
    private static partial Regex PlatformQuestion();
}
