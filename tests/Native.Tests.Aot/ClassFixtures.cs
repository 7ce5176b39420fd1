using System.Reflection;

namespace FugakuDnn.Native.Tests.Aot;

/// <summary>Makes instances of one test class, with its IClassFixture objects and an output helper.</summary>
internal sealed class ClassFixtures(Type testClass) : IDisposable
{
    private readonly Dictionary<Type, object> fixtures = [];

    public async Task<object> CreateAsync()
    {
        foreach (Type type in testClass.GetInterfaces().Where(IsClassFixture).Select(i => i.GetGenericArguments()[0]))
        {
            if (!fixtures.ContainsKey(type))
            {
                fixtures[type] = await InitializeAsync(Activator.CreateInstance(type)!);
            }
        }

        ConstructorInfo constructor = testClass.GetConstructors().Single();
        return await InitializeAsync(constructor.Invoke(
            BindingFlags.DoNotWrapExceptions, null, constructor.GetParameters().Select(Argument).ToArray(), null));
    }

    public static async Task ReleaseAsync(object? instance)
    {
        if (instance is IAsyncDisposable asynchronous)
        {
            await asynchronous.DisposeAsync();
        }
        else if (instance is IDisposable disposable)
        {
            disposable.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (object fixture in fixtures.Values)
        {
            ReleaseAsync(fixture).GetAwaiter().GetResult();
        }
    }

    private object Argument(ParameterInfo parameter) =>
        fixtures.TryGetValue(parameter.ParameterType, out object? fixture) ? fixture
        : parameter.ParameterType == typeof(ITestOutputHelper) ? new ConsoleOutput()
        : throw new InvalidOperationException(
            $"{testClass.FullName}: the runner knows class fixtures and ITestOutputHelper, got {parameter.ParameterType}");

    private static async Task<object> InitializeAsync(object instance)
    {
        if (instance is IAsyncLifetime lifetime)
        {
            await lifetime.InitializeAsync();
        }

        return instance;
    }

    private static bool IsClassFixture(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IClassFixture<>);

    private sealed class ConsoleOutput : ITestOutputHelper
    {
        public string Output => "";

        public void Write(string message) => Console.Write(message);

        public void Write(string format, params object[] args) => Console.Write(format, args);

        public void WriteLine(string message) => Console.WriteLine(message);

        public void WriteLine(string format, params object[] args) => Console.WriteLine(format, args);
    }
}
