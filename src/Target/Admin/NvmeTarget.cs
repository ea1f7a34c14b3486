using System.Net;
using Microsoft.Extensions.Logging;

namespace Migrate.Target.Admin;

/// <summary>
/// An NVMe/TCP target in this process: one subsystem whose namespaces are sparse files in one directory.
/// Namespaces, their numbers and their grants survive restarts. Safe to call from many threads.
/// </summary>
public sealed class NvmeTarget : IAsyncDisposable
{
    /// <summary>Opens the directory, brings every namespace back that was online, then listens.</summary>
    /// <exception cref="TargetException">The options are wrong, the port is taken, or a backing file is missing or locked.</exception>
    public static Task<NvmeTarget> StartAsync(
        TargetOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Where hosts connect.</summary>
    public IPEndPoint EndPoint => throw new NotImplementedException();

    /// <summary>NQN of the subsystem that holds the namespaces.</summary>
    public string SubsystemNqn => throw new NotImplementedException();

    /// <summary>Where the namespaces live.</summary>
    public string Directory => throw new NotImplementedException();

    /// <summary>Creates a namespace, or returns the one with this UUID if it has the same size and block size.</summary>
    /// <exception cref="TargetException"><c>target.no-space</c>, <c>target.namespace-differs</c>, <c>target.invalid-namespace</c>, <c>target.backing-locked</c>.</exception>
    public Task<NamespaceInfo> CreateNamespaceAsync(NamespaceSpec spec, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Takes a namespace away from the hosts and forgets it; an unknown one is no error.</summary>
    public Task DeleteNamespaceAsync(Guid uuid, bool deleteBacking, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The namespace with this UUID, or null.</summary>
    public NamespaceInfo? FindNamespace(Guid uuid) => throw new NotImplementedException();

    /// <summary>All namespaces, online or not, by NSID.</summary>
    public IReadOnlyList<NamespaceInfo> ListNamespaces() => throw new NotImplementedException();

    /// <summary>
    /// The fence: from here on only <paramref name="hostNqn"/> (null: any host) may do I/O on the namespace; others get
    /// Reservation Conflict. Returns when no other host's access to the file is under way any more.
    /// </summary>
    public Task GrantAsync(Guid uuid, string? hostNqn, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Stops serving the namespace, flushes it and lets go of its lock: from then on a domain may open the file.</summary>
    public Task TakeOfflineAsync(Guid uuid, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Serves the namespace again.</summary>
    /// <exception cref="TargetException"><c>target.backing-locked</c>: somebody has the file open.</exception>
    public Task BringOnlineAsync(Guid uuid, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Stops listening, ends all connections, flushes and closes every namespace.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
