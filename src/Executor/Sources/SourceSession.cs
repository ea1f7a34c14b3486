using Migrate.Planner.Inventory;
using Migrate.Planner.Offline;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.Executor.Sources;

/// <summary>A source as a cold run needs it: a server that it is logged in to, or files of this machine. Disposing logs out.</summary>
public sealed class SourceSession : IAsyncDisposable
{
    private readonly Source? _files;

    public SourceSession(VSphereSession server) => Server = server;

    /// <summary>Of a source that is files which hold disks.</summary>
    public SourceSession(Source files) => _files = files;

    /// <summary>Null when the source is files.</summary>
    public VSphereSession? Server { get; }

    /// <summary>Where disks that are files may lie; empty when the source is a server.</summary>
    public IReadOnlyList<string> Folders => _files is null ? [] : OfflineSources.Folders(_files);

    /// <summary>For what only a server can do. Throws <c>source.offline</c>.</summary>
    public VSphereSession RequireServer() => Server ?? throw OfflineSources.NoServer(_files!);

    /// <summary>The VM as it is at this moment; null when the source no longer has it.</summary>
    public Task<Vm?> ReadVmAsync(string vmKey, CancellationToken cancellationToken) =>
        Server?.ReadVmAsync(vmKey, cancellationToken) ?? OfflineSources.ReadVmAsync(_files!, vmKey, cancellationToken);

    public ValueTask DisposeAsync() => Server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
