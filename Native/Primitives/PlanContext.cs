using FugakuDnn.Native.Platform;

namespace FugakuDnn.Native.Primitives;

/// <summary>What a plan is made for, besides its descriptor.</summary>
/// <param name="Isa">Instruction set that generated code may use.</param>
/// <param name="Threads">Threads that the work is cut for; results depend on it only through the order of sums.</param>
public readonly record struct PlanContext(Isa Isa, int Threads);
