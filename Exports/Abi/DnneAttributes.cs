#if !DNNE
namespace DNNE;

// What the DNNE package generates when it is there (-p:ExportsHost=DNNE): the C types of an export. Without it these stand in, and
// the generator of fugakudnn.h and of Python's signatures reads them.

/// <summary>The C type of a parameter or, on the return value, of the result.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.ReturnValue)]
internal sealed class C99TypeAttribute(string code) : Attribute
{
    /// <summary>C code.</summary>
    public string Code { get; } = code;
}

/// <summary>C declarations that an export needs before it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class C99DeclCodeAttribute(string code) : Attribute
{
    /// <summary>C code.</summary>
    public string Code { get; } = code;
}
#endif
