using System.Diagnostics.CodeAnalysis;
using Xunit.Sdk;

namespace FugakuDnn.Native.Tests.Aot;

/// <summary>
/// Assert.Equal on sequences makes this generic method by reflection, for the element type. Ahead of time the compiler has to be
/// shown which ones there are; references share one.
/// </summary>
internal static class AssertionRoots
{
    [SuppressMessage("Performance", "CA1811", Justification = "Read by the compiler only.")]
    public static object?[] Trackers() =>
    [
        CollectionTrackerExtensions.AsTracker<float>([]), CollectionTrackerExtensions.AsTracker<double>([]),
        CollectionTrackerExtensions.AsTracker<bool>([]), CollectionTrackerExtensions.AsTracker<byte>([]),
        CollectionTrackerExtensions.AsTracker<sbyte>([]), CollectionTrackerExtensions.AsTracker<short>([]),
        CollectionTrackerExtensions.AsTracker<int>([]), CollectionTrackerExtensions.AsTracker<uint>([]),
        CollectionTrackerExtensions.AsTracker<long>([]), CollectionTrackerExtensions.AsTracker<ulong>([]),
        CollectionTrackerExtensions.AsTracker<Native.Platform.Isa>([]), CollectionTrackerExtensions.AsTracker<string>([]),
    ];
}
