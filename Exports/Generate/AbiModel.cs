using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FugakuDnn.Exports.Abi;
using FugakuDnn.Native.Memory;
using FugakuDnn.Native.Platform;
using FugakuDnn.Native.Primitives;
using FugakuDnn.Native.Primitives.Binary;
using FugakuDnn.Native.Primitives.Pooling;
using FugakuDnn.Native.Tensors;

namespace FugakuDnn.Exports.Generate;

public sealed record AbiConstant(string Name, int Value, string Doc);

public sealed record AbiEnum(string Name, string Doc, IReadOnlyList<AbiConstant> Constants)
{
    /// <summary>fdnn_data_type gives FDNN_DATA_TYPE_.</summary>
    public string Prefix => Name.ToUpperInvariant() + "_";
}

/// <param name="Name">As in C.</param>
/// <param name="CType">Of an element.</param>
/// <param name="Count">Elements of an array; 0 for a single value.</param>
/// <param name="Enumeration">Name of the enum whose values the field takes, or null.</param>
/// <param name="Doc">Text.</param>
public sealed record AbiField(string Name, string CType, int Count, string? Enumeration, string Doc);

public sealed record AbiStruct(string Name, string Doc, IReadOnlyList<AbiField> Fields, int Bytes);

public sealed record AbiParameter(string Name, string CType, string Doc);

public sealed record AbiFunction(string Name, string Result, string Doc, IReadOnlyList<AbiParameter> Parameters)
{
    /// <summary>Most functions return an fdnn_status; some that cannot fail return something else.</summary>
    public bool ReturnsStatus => Result == "int32_t" && Name is not ("fdnn_version" or "fdnn_pool_class_count" or "fdnn_pool_owns");
}

/// <summary>The C ABI as the exports define it, in a fixed order.</summary>
public sealed partial class AbiModel
{
    private static readonly (Type Type, string Name)[] EnumNames =
    [
        (typeof(Status), "fdnn_status"), (typeof(Isa), "fdnn_isa"), (typeof(DataType), "fdnn_data_type"), (typeof(Layout), "fdnn_layout"),
        (typeof(WeightsLayout), "fdnn_weights_layout"), (typeof(Activation), "fdnn_activation"), (typeof(BinaryKind), "fdnn_binary_kind"),
        (typeof(PoolingKind), "fdnn_pooling_kind"), (typeof(PrimitiveQuery), "fdnn_query"), (TeamKind, "fdnn_team_mode"),
    ];

    private readonly Documentation _documentation;

    public AbiModel()
    {
        _documentation = new Documentation(Exports, Native);
        Enums = [.. EnumNames.Select(pair => Enum(pair.Type, pair.Name))];
        Structs =
        [
            Struct(typeof(ActivationStruct), "fdnn_activation_desc"),
            .. Exports.GetTypes().Where(type => CName(type) is { } name && name.EndsWith("_desc", StringComparison.Ordinal) && type != typeof(ActivationStruct))
                .OrderBy(CName, StringComparer.Ordinal).Select(type => Struct(type, CName(type)!)),
            Struct(typeof(Arguments), "fdnn_arguments"),
            Struct(typeof(StepStruct), "fdnn_step"),
            Struct(typeof(PlanCacheStatistics), "fdnn_plan_cache_statistics"),
            Struct(typeof(PoolStatistics), "fdnn_pool_statistics"),
            Struct(typeof(PoolClassStatistics), "fdnn_pool_class_statistics"),
            Struct(typeof(PoolHookFunctions), "fdnn_pool_hook_functions"),
        ];
        Functions = [.. Methods.Select(Function).OrderBy(function => function.Name, StringComparer.Ordinal)];
    }

    public static Assembly Exports => typeof(Library).Assembly;

    /// <summary>Every function of the C ABI. Those named internal are between the library's own parts.</summary>
    public static IEnumerable<MethodInfo> Methods => Exports.GetTypes()
        .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(method => EntryPoint(method) is { } name && !name.StartsWith("fdnn_internal_", StringComparison.Ordinal));

    public IReadOnlyList<AbiEnum> Enums { get; }

    public IReadOnlyList<AbiStruct> Structs { get; }

    public IReadOnlyList<AbiFunction> Functions { get; }

    private static Assembly Native => typeof(Status).Assembly;

    private static Type TeamKind => Native.GetType("FugakuDnn.Native.Threading.TeamKind", throwOnError: true)!;

    /// <summary>The C type of a C# type; null where only an attribute can say.</summary>
    public static string? CType(Type type) =>
        type.IsEnum ? "int32_t"
        : type == typeof(int) ? "int32_t"
        : type == typeof(long) ? "int64_t"
        : type == typeof(ulong) ? "uint64_t"
        : type == typeof(nuint) ? "size_t"
        : type == typeof(float) ? "float"
        : type == typeof(double) ? "double"
        : type == typeof(void) ? "void"
        : type == typeof(void*) ? "void*"
        : type == typeof(Arguments) ? "fdnn_arguments"
        : CName(type);

    /// <summary>What an attribute of DNNE's says about a parameter or result.</summary>
    public static string? C99Type(ParameterInfo parameter) => parameter.GetCustomAttributesData()
        .FirstOrDefault(data => data.AttributeType.FullName == "DNNE.C99TypeAttribute")?.ConstructorArguments[0].Value as string;

    /// <summary>The name of a function in C; null for a method that is none.</summary>
    public static string? EntryPoint(MethodInfo method) =>
        method.GetCustomAttribute<UnmanagedCallersOnlyAttribute>()?.EntryPoint ?? Named(method, "NativeEntryAttribute");

    private static string? CName(Type type) => Named(type, "CNameAttribute");

    private static string? Named(MemberInfo member, string attribute) => member.GetCustomAttributesData()
        .FirstOrDefault(data => data.AttributeType.Name == attribute)?.ConstructorArguments[0].Value as string;

    private AbiEnum Enum(Type type, string name)
    {
        string prefix = name.ToUpperInvariant() + "_";
        var constants = type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => new AbiConstant(
            prefix + Snake(field.Name).ToUpperInvariant(), (int)field.GetRawConstantValue()!, _documentation.Of(field)));
        return new AbiEnum(name, _documentation.Of(type).Replace(" The numbers are part of the C ABI.", "", StringComparison.Ordinal), [.. constants]);
    }

    private AbiStruct Struct(Type type, string name)
    {
        var fields = type.GetFields(BindingFlags.Public | BindingFlags.Instance).OrderBy(field => Marshal.OffsetOf(type, field.Name)).Select(field =>
        {
            var buffer = field.GetCustomAttribute<FixedBufferAttribute>();
            Type element = buffer?.ElementType ?? field.FieldType;
            string? enumeration = EnumNames.FirstOrDefault(pair => pair.Type == element).Name;
            string ctype = type == typeof(Arguments) ? ArgumentType(field.Name)
                : type == typeof(StepStruct) && field.Name == "Primitive" ? "fdnn_primitive"
                : CType(element) ?? throw new InvalidOperationException($"{type}.{field.Name}: {element} has no C type");
            return new AbiField(FieldName(type, field), ctype, buffer?.Length ?? 0, enumeration, _documentation.Of(field));
        });
        return new AbiStruct(name, _documentation.Of(type), [.. fields], Marshal.SizeOf(type));
    }

    /// <summary>What an execution only reads is const.</summary>
    private static string ArgumentType(string name) => name is "Destination" or "Workspace" or "Scratch" ? "void*" : "const void*";

    private static string FieldName(Type type, FieldInfo field) => type == typeof(Arguments)
        ? field.Name switch { "Source" => "src", "Source1" => "src1", "Destination" => "dst", _ => Snake(field.Name) }
        : Snake(field.Name);

    private AbiFunction Function(MethodInfo method)
    {
        string name = EntryPoint(method)!;
        var parameters = method.GetParameters().Select(parameter => new AbiParameter(
            Snake(parameter.Name!), TypeOf(parameter, name), _documentation.Of(method, parameter.Name!)));
        return new AbiFunction(name, TypeOf(method.ReturnParameter, name), _documentation.Of(method), [.. parameters]);
    }

    private static string TypeOf(ParameterInfo parameter, string function) => C99Type(parameter) ?? CType(parameter.ParameterType)
        ?? throw new InvalidOperationException($"{function}: {parameter.Name} needs a C99Type");

    /// <summary>InHeight gives in_height; StridesA strides_a; F32 f32.</summary>
    private static string Snake(string name) => WordStart().Replace(name, "_").ToLowerInvariant();

    [GeneratedRegex(@"(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex WordStart();
}
