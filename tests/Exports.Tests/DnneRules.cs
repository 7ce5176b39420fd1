using System.Reflection;
using System.Runtime.InteropServices;
using FugakuDnn.Exports.Generate;

namespace FugakuDnn.Exports.Tests;

/// <summary>What the DNNE package asks of an export, as a function from a method to what is wrong with it (empty: nothing).</summary>
internal static class DnneRules
{
    public static IEnumerable<string> Broken(MethodInfo method)
    {
        string name = $"{method.DeclaringType!.Name}.{method.Name}";
        if (!method.IsPublic || !method.IsStatic || !method.DeclaringType!.IsVisible)
        {
            yield return $"{name} must be public, static, and in a public type";
        }

        if (method.IsGenericMethod || method.DeclaringType!.IsGenericType)
        {
            yield return $"{name} must not be generic";
        }

        string? entry = AbiModel.EntryPoint(method);
        if (entry is null || !System.Text.RegularExpressions.Regex.IsMatch(entry, "^fdnn(_[a-z]+[0-9]*)+$"))
        {
            yield return $"{name} must have an EntryPoint fdnn_<noun>_<verb>, got {entry}";
        }

        foreach (var parameter in method.GetParameters().Append(method.ReturnParameter))
        {
            if (!Blittable(parameter.ParameterType))
            {
                yield return $"{name}: {parameter.Name} must be blittable, got {parameter.ParameterType}";
            }
            else if (parameter.ParameterType.IsPointer && AbiModel.C99Type(parameter) is null)
            {
                yield return $"{name}: {parameter.Name} must have a C99Type";
            }
        }
    }

    private static bool Blittable(Type type) =>
        type == typeof(void) || type == typeof(int) || type == typeof(long) || type == typeof(ulong) || type == typeof(nuint) || type == typeof(float)
        || type == typeof(double) || (type.IsPointer && BlittableTarget(type.GetElementType()!));

    private static bool BlittableTarget(Type type) =>
        type == typeof(byte) || type == typeof(void) || Blittable(type)
        || (type.IsValueType && type.IsVisible && type.StructLayoutAttribute?.Value == LayoutKind.Sequential
            && type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                .All(field => field.FieldType.IsEnum || BlittableTarget(field.FieldType)));
}
