namespace Migrate.Planner.VSphere;

/// <summary>One disk that a lease offers. <paramref name="FileSizeBytes"/> is what the server expects to send, null when it does not say.</summary>
public sealed record ExportLeaseDisk(int Key, Uri Url, long CapacityBytes, long? FileSizeBytes);
