namespace FugakuDnn.Native.Primitives;

/// <summary>Everything that tells one primitive from another, in the terms of its descriptor.</summary>
/// <param name="Name">As in the C ABI and in messages.</param>
/// <param name="Validate">Throws where the descriptor breaks a rule.</param>
/// <param name="Arguments">Which pointers an execution reads and writes.</param>
/// <param name="Describe">The problem in the <c>verbose</c> line: types, layouts and sizes.</param>
/// <param name="Table">The ways to compute it.</param>
internal sealed record PrimitiveKind<TDesc>(
    string Name,
    Action<TDesc> Validate,
    Func<TDesc, ArgumentRules> Arguments,
    Func<TDesc, string> Describe,
    Func<DispatchTable<TDesc>> Table)
    where TDesc : struct;
