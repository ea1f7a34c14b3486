using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Transport;

namespace Migrate.Target.Admin;

/// <summary>
/// An NVMe/TCP target in this process: one subsystem whose namespaces are sparse files in one directory.
/// Namespaces, their numbers and their grants survive restarts. Safe to call from many threads.
/// </summary>
public sealed partial class NvmeTarget : IAsyncDisposable
{
    private readonly TargetOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly FileStream _directoryLock;
    private readonly Subsystem _subsystem;
    private readonly NamespaceTable _namespaces = new();
    private readonly List<SocketEngine> _engines = [];
    private readonly SemaphoreSlim _gate = new(1, 1); // one change of the namespaces at a time
    private NamespaceRecords _records;
    private bool _isDisposed;

    private NvmeTarget(TargetOptions options, FileStream directoryLock, NamespaceRecords records, TimeProvider time, ILogger logger)
    {
        _options = options;
        _directoryLock = directoryLock;
        _records = records;
        _time = time;
        _logger = logger;
        var limits = new SubsystemLimits(options.MaxIoQueues, options.MaxQueueEntries, options.InCapsuleBytes);
        _subsystem = new Subsystem(options.SubsystemNqn, records.SerialNumber, limits, _namespaces, time, logger);
        Directory = options.Directory;
    }

    /// <summary>Opens the directory, brings every namespace back that was online, then listens.</summary>
    /// <exception cref="TargetException">The options are wrong, the port is taken, or a backing file is missing or locked.</exception>
    public static async Task<NvmeTarget> StartAsync(
        TargetOptions options, TimeProvider time, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(loggers);
        cancellationToken.ThrowIfCancellationRequested();
        TargetOptionsCheck.ThrowIfWrong(options);
        var directoryLock = LockDirectory(options.Directory);
        NvmeTarget? target = null;
        try
        {
            var records = NamespaceRecords.Load(options.Directory);
            target = new NvmeTarget(options, directoryLock, records, time, loggers.CreateLogger("Migrate.Target"));
            records.Save(options.Directory);
            target.OpenNamespaces();
            // Not before the namespaces are there: a host that connects too early would be told to give up for good.
            target.Listen();
            return target;
        }
        catch
        {
            if (target is not null)
            {
                await target.DisposeAsync();
            }

            await directoryLock.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where hosts connect.</summary>
    public IPEndPoint EndPoint => _engines[0].EndPoint;

    /// <summary>The second port, when the options asked for one.</summary>
    public IPEndPoint? DiscoveryEndPoint => _engines.ElementAtOrDefault(1)?.EndPoint;

    /// <summary>NQN of the subsystem that holds the namespaces.</summary>
    public string SubsystemNqn => _options.SubsystemNqn;

    /// <summary>Where the namespaces live.</summary>
    public string Directory { get; }

    /// <summary>Stops listening, ends all connections, flushes and closes every namespace.</summary>
    /// <exception cref="TargetException"><c>target.flush-failed</c>: a namespace's last writes may be lost.</exception>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            foreach (var engine in _engines)
            {
                await engine.DisposeAsync();
            }

            _subsystem.Dispose();
            var failures = new List<TargetException>();
            foreach (var one in _namespaces.All)
            {
                try
                {
                    await CloseBackingAsync(one);
                }
                catch (TargetException e)
                {
                    failures.Add(e);
                }
            }

            await _directoryLock.DisposeAsync();
            if (failures.Count > 0)
            {
                throw failures[0];
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private static FileStream LockDirectory(string directory)
    {
        try
        {
            System.IO.Directory.CreateDirectory(directory);
            return new FileStream(Path.Combine(directory, "target.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new TargetException("target.directory-locked", $"The directory {directory} cannot be had: {e.Message}",
                "End the other target on this directory, or choose another directory.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new TargetException("target.directory-denied", $"The directory {directory} may not be written: {e.Message}",
                "Give the target's user write access to the directory.", e);
        }
    }

    private void Listen()
    {
        Listen(_options.Port);
        if (_options.DiscoveryPort is { } discoveryPort)
        {
            Listen(discoveryPort);
        }
    }

    private void Listen(int port)
    {
        var endPoint = new IPEndPoint(_options.Listen, port);
        try
        {
            var engine = new SocketEngine(endPoint, c => new QueuePairSession(_subsystem, c, _options.AdvertisedAddress, _logger),
                new ConnectionLimits(_options.MaxConnections, _options.HandshakeTimeout), _time, _logger);
            _engines.Add(engine);
            LogListening(engine.EndPoint, SubsystemNqn, Directory);
        }
        catch (SocketException e)
        {
            throw new TargetException("target.cannot-listen", $"Cannot listen on {endPoint}: {e.Message}",
                "Choose an address of this machine and a port that no other program has.", e);
        }
    }

    private async Task CloseBackingAsync(Namespace one)
    {
        var backing = one.Period.Backing;
        await one.ReplacePeriodAsync(new AccessPeriod(null, one.GrantedHostNqn));
        if (backing is null)
        {
            return;
        }

        var error = backing.Flush();
        backing.Dispose();
        if (error != 0)
        {
            LogFlushFailed(one.Uuid, error);
            throw new TargetException("target.flush-failed", $"The last flush of namespace {one.Uuid} ({one.BackingPath}) failed with errno {error}.",
                "Check the storage under the directory; verify the disk's content before it is used.");
        }
    }
}
