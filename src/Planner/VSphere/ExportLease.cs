namespace Migrate.Planner.VSphere;

/// <summary>An open HttpNfcLease: the disks' URLs stay valid while its heartbeat runs, whether or not data flows.</summary>
public sealed class ExportLease : IAsyncDisposable
{
    public IReadOnlyList<ExportLeaseDisk> Disks => throw new NotImplementedException();

    public void ReportProgress(int percent) => throw new NotImplementedException();

    public Task CompleteAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task AbortAsync(string why, CancellationToken cancellationToken) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
