namespace FugakuDnn.Native.Platform;

/// <summary>What an entry point of the C ABI returns. The numbers are part of the ABI.</summary>
public enum Status
{
    /// <summary>Done.</summary>
    Success = 0,

    /// <summary>An argument breaks a rule; the message names argument, rule and value. Nothing was written.</summary>
    InvalidArgument = 1,

    /// <summary>A valid request that this build or machine cannot do.</summary>
    Unsupported = 2,

    /// <summary>Memory could not be had.</summary>
    OutOfMemory = 3,

    /// <summary>The handle was destroyed, or never was one.</summary>
    StaleHandle = 4,

    /// <summary>A defect of the library.</summary>
    Internal = 5,
}
