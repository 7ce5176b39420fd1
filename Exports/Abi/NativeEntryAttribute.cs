namespace FugakuDnn.Exports.Abi;

/// <summary>
/// A function of the C ABI that is machine code in the NativeAOT library (NativeEntry/pool.S), where a thread may need it that cannot
/// enter managed code any more. The method beside it says its signature and documentation, and is what a hosted library exports.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NativeEntryAttribute(string name) : Attribute
{
    /// <summary>As in fugakudnn.h.</summary>
    public string Name { get; } = name;
}
