using System.Reflection;
using Xunit.v3;

namespace FugakuDnn.Native.Tests.Aot;

/// <summary>A method with [Fact] or [Theory].</summary>
internal sealed record TestMethod(Type Class, MethodInfo Info, IFactAttribute Fact)
{
    public string FullName => $"{Class.FullName}.{Info.Name}";

    /// <summary>Every test method of this program, in an order that does not change from run to run.</summary>
    public static IReadOnlyList<TestMethod> FindAll() =>
        (from type in typeof(TestMethod).Assembly.GetTypes()
         where type is { IsClass: true, IsAbstract: false }
         from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static)
         let fact = method.GetCustomAttributes().OfType<IFactAttribute>().SingleOrDefault()
         where fact is not null
         select new TestMethod(type, method, fact))
        .OrderBy(method => method.FullName, StringComparer.Ordinal)
        .ToList();

    /// <summary>Why the attribute says not to run, or null.</summary>
    public string? SkipReason()
    {
        if (Fact.Skip is null)
        {
            return null;
        }

        Type type = Fact.SkipType ?? Class;
        return (Fact.SkipUnless, Fact.SkipWhen) switch
        {
            ({ } name, _) => Property(type, name) ? null : Fact.Skip,
            (_, { } name) => Property(type, name) ? Fact.Skip : null,
            _ => Fact.Skip,
        };
    }

    private static bool Property(Type type, string name) =>
        (bool)(type.GetProperty(name, BindingFlags.Public | BindingFlags.Static)
            ?? throw new InvalidOperationException($"{type.FullName} has no public static property {name}")).GetValue(null)!;
}
