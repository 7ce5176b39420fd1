using System.Globalization;
using System.Text;

namespace FugakuDnn.Exports.Generate;

/// <summary>Writes python/fugakudnn/_signatures.py: enums, structs and function signatures for ctypes.</summary>
public static class PythonSignatures
{
    private const string Opening = """"
        """The C ABI for ctypes. Generated from the exports (Exports/Generate); do not edit."""

        import ctypes
        import enum

        # void (*fdnn_parallel_for)(void* context, int64_t count, void (*body)(void* state, int64_t i), void* state)
        ParallelForBody = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)
        ParallelFor = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ParallelForBody, ctypes.c_void_p)


        """";

    private const string Closing = """"



        def declare(library):
            """Gives every function of a loaded library its types."""
            for name, (result, arguments) in FUNCTIONS.items():
                function = getattr(library, name)
                function.restype = result
                function.argtypes = arguments
            return library


        """";

    public static string Text(AbiModel abi)
    {
        StringBuilder text = new(Opening);
        foreach (var item in abi.Enums)
        {
            Class(text, item.Name, "enum.IntEnum", item.Doc);
            foreach (var constant in item.Constants)
            {
                string name = constant.Name[item.Prefix.Length..];
                text.Append($"    {(name == "NONE" ? "NONE" : name)} = {constant.Value}\n");
            }

            text.Append("\n\n");
        }

        foreach (var item in abi.Structs)
        {
            Class(text, item.Name, "ctypes.Structure", item.Doc);
            text.Append("    _fields_ = [\n");
            foreach (var field in item.Fields)
            {
                string type = Type(field.CType) + (field.Count == 0 ? "" : $" * {field.Count}");
                string note = field.Enumeration is null ? "" : $"  # {PythonName(field.Enumeration)}";
                text.Append($"        (\"{field.Name}\", {type}),{note}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"    ]\n\n\nassert ctypes.sizeof({PythonName(item.Name)}) == {item.Bytes}\n\n\n");
        }

        text.Append("FUNCTIONS = {\n");
        foreach (var function in abi.Functions)
        {
            string parameters = string.Join(", ", function.Parameters.Select(parameter => Type(parameter.CType)));
            text.Append($"    \"{function.Name}\": ({Type(function.Result)}, [{parameters}]),\n");
        }

        text.Append("}\n\n# These return an fdnn_status; the others cannot fail.\nCHECKED = frozenset([\n");
        foreach (var function in abi.Functions.Where(function => function.ReturnsStatus))
        {
            text.Append($"    \"{function.Name}\",\n");
        }

        return text.Append("])").Append(Closing).ToString();
    }

    private static void Class(StringBuilder text, string name, string parent, string doc)
    {
        text.Append($"class {PythonName(name)}({parent}):\n");
        string[] lines = [.. Wrap.Lines(doc, 108)];
        if (lines.Length != 0)
        {
            text.Append("    \"\"\"").Append(string.Join("\n    ", lines)).Append("\"\"\"\n\n");
        }
    }

    /// <summary>fdnn_convolution_desc gives ConvolutionDesc.</summary>
    private static string PythonName(string name) => string.Concat(
        name["fdnn_".Length..].Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    private static string Type(string ctype)
    {
        string bare = ctype.StartsWith("const ", StringComparison.Ordinal) ? ctype["const ".Length..] : ctype;
        return bare switch
        {
            "int32_t" => "ctypes.c_int32",
            "int64_t" => "ctypes.c_int64",
            "uint64_t" or "fdnn_primitive" or "fdnn_weights" => "ctypes.c_uint64",
            "size_t" => "ctypes.c_size_t",
            "void" => "None",
            "float" => "ctypes.c_float",
            "double" => "ctypes.c_double",
            "void*" => "ctypes.c_void_p",
            "char*" => "ctypes.c_char_p",
            "fdnn_parallel_for" => "ParallelFor",
            _ when bare.EndsWith('*') => $"ctypes.POINTER({Type(bare[..^1])})",
            _ => PythonName(bare),
        };
    }
}
