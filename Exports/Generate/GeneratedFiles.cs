namespace FugakuDnn.Exports.Generate;

/// <summary>The committed files that follow from the exports.</summary>
public static class GeneratedFiles
{
    /// <summary>What only the repository's root has.</summary>
    public const string Marker = "FugakuDnn.Interop.sln";

    public static IEnumerable<(string Path, string Text)> All()
    {
        AbiModel abi = new();
        yield return ("Exports/include/fugakudnn.h", CHeader.Text(abi));
        yield return ("python/fugakudnn/_signatures.py", PythonSignatures.Text(abi));
    }
}
