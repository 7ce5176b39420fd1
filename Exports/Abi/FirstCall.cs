using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace FugakuDnn.Exports.Abi;

/// <summary>What is done within the process's first call, while the runtime holds all other threads that call at its door.</summary>
internal static class FirstCall
{
    /// <summary>Readies the classes that the runtime needs when two threads meet at a lock for the first time.</summary>
    /// <remarks>
    /// NativeAOT's locks read their spin count from the environment at their first contention. That may be within the construction of
    /// a class that reading needs (the encoding of the variable's name): the runtime then finds it half made, and ends the process with
    /// a null reference that no caller can catch. Threads that made their first calls at the same moment ended so, rarely.
    /// </remarks>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255:The 'ModuleInitializer' attribute should not be used in libraries", Justification = "Nothing else runs alone.")]
    internal static void ReadyLocks()
    {
        string? spins = Environment.GetEnvironmentVariable("DOTNET_Lock_MaxSpinCount");
        spins ??= AppContext.GetData("System.Threading.Lock.MaxSpinCount") as string;
        _ = short.TryParse(spins, NumberStyles.Integer, CultureInfo.InvariantCulture, out _);
    }
}
