using Microsoft.Extensions.Logging;
using Migrate.Planner.Baselines;
using Migrate.Planner.Inventory;

namespace Migrate.Planner.VSphere;

/// <summary>A logged-in session with a vCenter or ESXi host.</summary>
public sealed class VSphereSession : IAsyncDisposable
{
    public SourceAbout About => throw new NotImplementedException();

    public HttpClient Http => throw new NotImplementedException();

    public static Task<VSphereSession> OpenAsync(VSphereEndpoint endpoint, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken) => throw new NotImplementedException();

    public static Task<string> ReadThumbprintAsync(Uri url, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<SourceInventory> ReadInventoryAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Vm?> ReadVmAsync(string vmKey, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Baseline> ReadBaselineAsync(Vm vm, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Uri FolderUri(string datacenter, string datastorePath) => throw new NotImplementedException();

    public Task<ExportLease> OpenExportLeaseAsync(string vmKey, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task PowerOffAsync(string vmKey, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task ShutdownGuestAsync(string vmKey, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task PowerOnAsync(string vmKey, CancellationToken cancellationToken) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
