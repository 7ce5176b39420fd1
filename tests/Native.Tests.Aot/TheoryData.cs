using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using Xunit.Sdk;
using Xunit.v3;

namespace FugakuDnn.Native.Tests.Aot;

/// <summary>The rows of a theory.</summary>
internal static class TheoryData
{
    private const BindingFlags Members = BindingFlags.Public | BindingFlags.Static | BindingFlags.FlattenHierarchy;

    public static async Task<IEnumerable<ITheoryDataRow>> RowsAsync(TestMethod method, IDataAttribute source)
    {
        if (source is MemberDataAttributeBase member)
        {
            return MemberRows(member.MemberType ?? method.Class, member); // xunit's own finds no rows without a JIT
        }

        await using DisposalTracker tracker = new();
        return await source.GetData(method.Info, tracker);
    }

    private static IEnumerable<ITheoryDataRow> MemberRows(Type type, MemberDataAttributeBase source)
    {
        object? value = type.GetProperty(source.MemberName, Members) is { } property ? property.GetValue(null)
            : type.GetField(source.MemberName, Members) is { } field ? field.GetValue(null)
            : type.GetMethod(source.MemberName, Members) is { } method ? method.Invoke(null, source.Arguments)
            : throw new InvalidOperationException($"{type.FullName} has no public static member {source.MemberName}");
        foreach (object? row in (IEnumerable)value!)
        {
            yield return row switch
            {
                ITheoryDataRow typed => typed,
                object?[] values => new TheoryDataRow(values),
                ITuple tuple => new TheoryDataRow([.. Enumerable.Range(0, tuple.Length).Select(i => tuple[i])]),
                _ => new TheoryDataRow(row),
            };
        }
    }
}
