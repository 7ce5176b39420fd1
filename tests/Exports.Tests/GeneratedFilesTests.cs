using FugakuDnn.Exports.Generate;

namespace FugakuDnn.Exports.Tests;

/// <summary>The committed header and Python signatures are what the exports say now.</summary>
public sealed class GeneratedFilesTests
{
    [Theory]
    [InlineData("Exports/include/fugakudnn.h")]
    [InlineData("python/fugakudnn/_signatures.py")]
    public void TheCommittedFileIsUpToDate(string path)
    {
        string expected = GeneratedFiles.All().Single(file => file.Path == path).Text;
        Assert.Equal(expected, File.ReadAllText(Path.Combine(Repository.Root, path)));
    }

    [Fact]
    public void EverythingIsDocumented()
    {
        AbiModel abi = new();
        Assert.Empty(abi.Functions.Where(function => function.Doc.Length == 0).Select(function => function.Name));
        Assert.Empty(abi.Functions.SelectMany(function => function.Parameters.Where(parameter => parameter.Doc.Length == 0)
            .Select(parameter => $"{function.Name}: {parameter.Name}")));
        Assert.Empty(abi.Structs.SelectMany(item => item.Fields.Where(field => field.Doc.Length == 0).Select(field => $"{item.Name}.{field.Name}")));
        Assert.Empty(abi.Enums.SelectMany(item => item.Constants.Where(constant => constant.Doc.Length == 0).Select(constant => constant.Name)));
    }

    [Fact]
    public void StructsHaveNoHolesAndSizesOf64Bits()
    {
        foreach (var item in new AbiModel().Structs)
        {
            int bytes = item.Fields.Sum(field => Bytes(field.CType) * Math.Max(field.Count, 1));
            Assert.True(bytes == item.Bytes, $"{item.Name}: fields take {bytes} bytes of {item.Bytes}: padding is undefined in C");
            Assert.True(item.Bytes % 8 == 0, $"{item.Name}: {item.Bytes} bytes");
        }
    }

    private static int Bytes(string type) => type switch
    {
        "int32_t" or "float" => 4,
        "fdnn_activation_desc" or "uint64_t" or "int64_t" or "double" or "fdnn_primitive" => type == "fdnn_activation_desc" ? 16 : 8,
        "fdnn_arguments" => 13 * 8,
        _ when type.EndsWith('*') => 8,
        _ => throw new ArgumentException(type),
    };
}
