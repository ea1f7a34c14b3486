using Microsoft.Extensions.Logging;

namespace Migrate.Planner.VSphere;

/// <summary>An open HttpNfcLease: the disks' URLs stay valid while its heartbeat runs, whether or not data flows.</summary>
public sealed partial class ExportLease : IAsyncDisposable
{
    public IReadOnlyList<ExportLeaseDisk> Disks => throw new NotImplementedException();

    internal static Task<ExportLease> OpenAsync(VSphereSession session, string vmKey, ILogger logger, CancellationToken cancellationToken) => throw new NotImplementedException();

    public void ReportProgress(int percent) => throw new NotImplementedException();

    public Task CompleteAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task AbortAsync(string why, CancellationToken cancellationToken) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
