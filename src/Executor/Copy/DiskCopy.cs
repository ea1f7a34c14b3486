using Migrate.Executor.Sources;

namespace Migrate.Executor.Copy;

/// <summary>Copies a disk from a reader to a destination, journalled, so that a broken copy goes on where it was safe.</summary>
public static class DiskCopy
{
    public static Task<CopyResult> RunAsync(IDiskReader reader, IDiskWriter destination, CopyJournal journal, CopyOptions options,
        IProgress<CopyProgress>? progress, TimeProvider time, CancellationToken cancellationToken) => throw new NotImplementedException();
}
