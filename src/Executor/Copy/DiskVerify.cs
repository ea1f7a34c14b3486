namespace Migrate.Executor.Copy;

/// <summary>Reads a destination back and computes the <see cref="DiskHash"/> of what is really there.</summary>
public static class DiskVerify
{
    public static Task<string> HashAsync(IDiskWriter destination, IProgress<CopyProgress>? progress, TimeProvider time, CancellationToken cancellationToken) => throw new NotImplementedException();
}
