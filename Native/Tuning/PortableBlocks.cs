namespace FugakuDnn.Native.Tuning;

/// <summary>Block sizes of the portable implementations: modest, because the machine is unknown.</summary>
internal static class PortableBlocks
{
    /// <summary>Rows (pixels) whose accumulators a piece of work keeps; with <see cref="ColumnBytes"/> they take 64 KB of the second-level cache.</summary>
    public const int Rows = 256;

    /// <summary>Columns (output channels) of a piece, in bytes.</summary>
    public const int ColumnBytes = 256;

    /// <summary>Terms of the sums done in one go: the slice of B that goes with them takes 64 KB.</summary>
    public const int Depth = 256;

    /// <summary>Elements that an elementwise piece of work covers.</summary>
    public const int Elements = 1 << 14;

    /// <summary>Pieces a thread should get at least, so that an unlucky split costs little.</summary>
    public const int PiecesPerThread = 4;
}
