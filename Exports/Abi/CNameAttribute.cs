namespace FugakuDnn.Exports.Abi;

/// <summary>The name of a struct in C. Its fields are named in snake_case there.</summary>
[AttributeUsage(AttributeTargets.Struct)]
internal sealed class CNameAttribute(string name) : Attribute
{
    /// <summary>As in fugakudnn.h.</summary>
    public string Name { get; } = name;
}
