using Microsoft.Extensions.Logging;

namespace Migrate.Target.Host;

/// <summary>
/// An NVMe/TCP host (initiator): one controller with its I/O queues on a target. Once the connection is lost every
/// command fails and a new host must be connected. Safe to use from many threads.
/// </summary>
public sealed class NvmeHost : IAsyncDisposable
{
    /// <summary>Connects the admin queue, enables the controller and connects the I/O queues.</summary>
    /// <exception cref="NvmeException">The target cannot be reached, or refuses.</exception>
    public static Task<NvmeHost> ConnectAsync(
        NvmeHostOptions options, TimeProvider time, ILoggerFactory? loggers, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Finds the namespace with this UUID.</summary>
    /// <exception cref="NvmeException">The target has no such namespace.</exception>
    public Task<NvmeDisk> OpenAsync(Guid namespaceUuid, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Shuts the controller down and closes the connections; commands in flight fail.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
