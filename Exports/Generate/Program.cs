using System.Text;
using FugakuDnn.Exports.Generate;

if (args is not [string root] || !File.Exists(Path.Combine(root, GeneratedFiles.Marker)))
{
    Console.Error.WriteLine("usage: FugakuDnn.Exports.Generate REPOSITORY");
    return 2;
}

foreach (var (path, text) in GeneratedFiles.All())
{
    string target = Path.Combine(root, path);
    if (!File.Exists(target) || File.ReadAllText(target) != text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.WriteAllText(target, text, new UTF8Encoding(false));
        Console.WriteLine($"wrote {path}");
    }
}

return 0;
