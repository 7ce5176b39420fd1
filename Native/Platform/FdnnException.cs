namespace FugakuDnn.Native.Platform;

/// <summary>An error with the status that crosses the C boundary and the message that stays behind as the thread's last error.</summary>
public sealed class FdnnException(Status status, string message) : Exception(message)
{
    /// <summary>What the C caller gets.</summary>
    public Status Status { get; } = status;
}
