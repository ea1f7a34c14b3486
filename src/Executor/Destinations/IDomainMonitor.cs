using System.Text.Json;

namespace Migrate.Executor.Destinations;

/// <summary>What is asked of running domains again and again: the part of a connection that observing needs.</summary>
public interface IDomainMonitor : IAsyncDisposable
{
    /// <summary>Null when there is no domain of this name.</summary>
    Task<DomainState?> FindStateAsync(string name, CancellationToken cancellationToken);

    /// <summary>A QMP command to the domain's QEMU; the result is what QEMU put under "return".</summary>
    Task<JsonElement> MonitorCommandAsync(string name, string json, CancellationToken cancellationToken);
}
