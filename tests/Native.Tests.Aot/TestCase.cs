using System.Reflection;
using System.Runtime.ExceptionServices;
using Xunit.v3;

namespace FugakuDnn.Native.Tests.Aot;

/// <summary>A test method with its arguments.</summary>
internal sealed class TestCase(TestMethod method, object?[] arguments, string? skip)
{
    /// <summary>xunit's contract for a skip decided while a test runs (Assert.Skip).</summary>
    private const string DynamicSkip = "$XunitDynamicSkip$";

    public TestMethod Method => method;

    public string DisplayName { get; } = arguments.Length == 0
        ? method.FullName
        : $"{method.FullName}({string.Join(", ", method.Info.GetParameters().Zip(arguments, Describe))})";

    /// <summary>The cases of a method: one for a fact, one a row for a theory.</summary>
    public static async Task<IReadOnlyList<TestCase>> ExpandAsync(TestMethod method)
    {
        string? skip = method.SkipReason();
        if (method.Fact is not ITheoryAttribute || skip is not null)
        {
            return [new TestCase(method, [], skip)];
        }

        List<TestCase> cases = [];
        foreach (IDataAttribute source in method.Info.GetCustomAttributes().OfType<IDataAttribute>())
        {
            cases.AddRange(from row in await TheoryData.RowsAsync(method, source)
                           select new TestCase(method, Complete(method.Info, row.GetData()), row.Skip ?? source.Skip));
        }

        return cases.Count > 0 ? cases : throw new InvalidOperationException($"{method.FullName}: a theory without data");
    }

    public async Task<CaseResult> RunAsync(ClassFixtures fixtures)
    {
        if (skip is not null)
        {
            return new CaseResult(Outcome.Skipped, skip);
        }

        try
        {
            object? instance = method.Info.IsStatic ? null : await fixtures.CreateAsync();
            try
            {
                await InvokeAsync(instance);
            }
            finally
            {
                await ClassFixtures.ReleaseAsync(instance);
            }

            return new CaseResult(Outcome.Passed, "");
        }
        catch (Exception e) when (e.Message.StartsWith(DynamicSkip, StringComparison.Ordinal))
        {
            return new CaseResult(Outcome.Skipped, e.Message[DynamicSkip.Length..]);
        }
        catch (Exception e)
        {
            return new CaseResult(Outcome.Failed, e.ToString());
        }
    }

    private async Task InvokeAsync(object? instance)
    {
        try
        {
            switch (method.Info.Invoke(instance, arguments))
            {
                case Task task: await task; break;
                case ValueTask task: await task; break;
            }
        }
        catch (TargetInvocationException e) when (e.InnerException is not null)
        {
            ExceptionDispatchInfo.Throw(e.InnerException);
        }
    }

    /// <summary>Fills in default values, and gathers a `params` array, as a call in C# would.</summary>
    private static object?[] Complete(MethodInfo info, object?[] data)
    {
        ParameterInfo[] parameters = info.GetParameters();
        object?[] result = new object?[parameters.Length];
        for (int i = 0; i < parameters.Length; i++)
        {
            result[i] = i < data.Length ? Convert(data[i], parameters[i].ParameterType)
                : parameters[i].HasDefaultValue ? parameters[i].DefaultValue
                : throw new InvalidOperationException($"{info.Name}: parameter {parameters[i].Name} has no value");
        }

        return data.Length <= parameters.Length ? result
            : throw new InvalidOperationException($"{info.Name}: {data.Length} values for {parameters.Length} parameters");
    }

    /// <summary>An int literal in [InlineData] may stand for a wider number or an enum.</summary>
    private static object? Convert(object? value, Type type)
    {
        Type target = Nullable.GetUnderlyingType(type) ?? type;
        return value is null || target.IsInstanceOfType(value) ? value
            : target.IsEnum ? Enum.ToObject(target, value)
            : value is IConvertible && typeof(IConvertible).IsAssignableFrom(target) ? System.Convert.ChangeType(value, target, null)
            : value;
    }

    private static string Describe(ParameterInfo parameter, object? value) => $"{parameter.Name}: {value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        System.Collections.IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Take(5))}]",
        _ => value.ToString(),
    }}";
}
