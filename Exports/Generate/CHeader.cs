using System.Text;

namespace FugakuDnn.Exports.Generate;

/// <summary>Writes fugakudnn.h.</summary>
public static class CHeader
{
    private const string Opening = """
        /* FugakuDnn: deep-learning primitives for A64FX (SVE-512), AVX-512, AVX2.
         *
         * Generated from the exports (Exports/Generate); do not edit.
         *
         * A problem is described by a struct whose first field, size, is sizeof that struct; fields left 0 mean none, no, or the first
         * value of an enum. fdnn_<primitive>_create makes a handle, fdnn_primitive_execute runs it on pointers, and
         * fdnn_primitive_destroy ends it. A handle is a number: a stale one is refused, never a crash. All functions are safe to call
         * from many threads at once. They return an fdnn_status unless they cannot fail; fdnn_last_error then tells which argument
         * broke which rule. Outputs come last, and nothing is written when a call fails. Sizes and strides are counted in elements
         * unless they are named bytes. Layouts are dense.
         *
         * In a process forked after the library was used, everything runs on the calling thread.
         */
        #ifndef FUGAKUDNN_H
        #define FUGAKUDNN_H

        #include <stddef.h>
        #include <stdint.h>

        #ifdef __cplusplus
        extern "C" {
        #endif

        /* A primitive with its plan; see fdnn_primitive_destroy. */
        typedef uint64_t fdnn_primitive;

        /* Packed weights; see fdnn_weights_destroy. */
        typedef uint64_t fdnn_weights;

        /* A host's parallel loop: calls body(state, i) once for each i in [0, count), on any threads, and returns when all have ended. */
        typedef void (*fdnn_parallel_for)(void* context, int64_t count, void (*body)(void* state, int64_t i), void* state);

        """;

    private const string Closing = """
        #ifdef __cplusplus
        }
        #endif

        #endif

        """;

    public static string Text(AbiModel abi)
    {
        StringBuilder text = new(Opening);
        foreach (var item in abi.Enums)
        {
            Comment(text, "", item.Doc);
            text.Append("typedef enum ").Append(item.Name).Append(" {\n");
            foreach (var constant in item.Constants)
            {
                Comment(text, "    ", constant.Doc);
                text.Append($"    {constant.Name} = {constant.Value},\n");
            }

            text.Append("} ").Append(item.Name).Append(";\n\n");
        }

        foreach (var item in abi.Structs)
        {
            Comment(text, "", item.Doc);
            text.Append("typedef struct ").Append(item.Name).Append(" {\n");
            foreach (var field in item.Fields)
            {
                Comment(text, "    ", field.Doc + (field.Enumeration is null ? "" : $" An {field.Enumeration}."));
                text.Append($"    {field.CType} {field.Name}{(field.Count == 0 ? "" : $"[{field.Count}]")};\n");
            }

            text.Append("} ").Append(item.Name).Append(";\n\n");
        }

        foreach (var function in abi.Functions)
        {
            var documented = function.Parameters.Where(parameter => parameter.Doc.Length != 0)
                .Select(parameter => $"{parameter.Name}: {parameter.Doc}");
            Comment(text, "", [function.Doc, .. documented]);
            string parameters = string.Join(", ", function.Parameters.Select(parameter => $"{parameter.CType} {parameter.Name}"));
            text.Append($"{function.Result} {function.Name}({(parameters.Length == 0 ? "void" : parameters)});\n\n");
        }

        return text.Append(Closing).ToString();
    }

    /// <summary>A comment, wrapped.</summary>
    private static void Comment(StringBuilder text, string indent, params ReadOnlySpan<string> paragraphs)
    {
        List<string> lines = [];
        foreach (string paragraph in paragraphs)
        {
            lines.AddRange(Wrap.Lines(paragraph, 116 - indent.Length));
        }

        if (lines.Count != 0)
        {
            text.Append(indent).Append("/* ").Append(string.Join($"\n{indent} * ", lines)).Append(" */\n");
        }
    }
}
