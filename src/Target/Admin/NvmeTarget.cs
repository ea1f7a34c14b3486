using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Migrate.Target.Authentication;
using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Records;
using Migrate.Target.Reservations;
using Migrate.Target.Statistics;
using Migrate.Target.Tls;
using Migrate.Target.Transport;

namespace Migrate.Target.Admin;

/// <summary>
/// An NVMe/TCP target in this process: subsystems, of which one is always there, with their namespaces and hosts, on one or
/// more ports. What is changed here survives restarts. Safe to call from many threads.
/// </summary>
public sealed partial class NvmeTarget : IAsyncDisposable
{
    private const ushort MainPortId = 1;
    private const ushort DiscoveryPortId = 2;

    private readonly TargetOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly FileStream _directoryLock;
    private readonly HostKeyFile _hostKeys;
    private readonly SubsystemTable _subsystems;
    private readonly BackingStore _backings;
    private readonly ReservationFile _reservations;
    private readonly List<PortListener> _listeners = [];
    private readonly IConnectionEngine _engine;
    private readonly SemaphoreSlim _gate = new(1, 1); // one change at a time
    private readonly TargetMeter _meter;
    private TargetRecords _records;
    private TlsServer? _tls;
    private SocketEngine? _tlsEngine;
    private bool _isDisposed;

    private NvmeTarget(TargetOptions options, FileStream directoryLock, TargetRecords records, TimeProvider time, ILogger logger)
    {
        _options = options;
        _directoryLock = directoryLock;
        _records = records;
        _time = time;
        _logger = logger;
        var limits = new SubsystemLimits(options.MaxIoQueues, options.MaxQueueEntries, options.InCapsuleBytes) { ConnectionBytes = options.ConnectionBytes };
        _hostKeys = new HostKeyFile(options.Directory);
        _reservations = new ReservationFile(options.Directory);
        _subsystems = new SubsystemTable(limits, new Subsystem(Nqn.Discovery, records.Default.SerialNumber, limits, new NamespaceTable(), time, logger))
        {
            Authentication = new AuthenticationRules(_hostKeys, options.RequireAuthentication, options.AuthenticationHashes, options.AuthenticationGroups),
        };
        _meter = new TargetMeter(this);
        _engine = EngineOf(options, logger);
        Directory = options.Directory;
        _backings = new BackingStore(options.Directory, options.Overcommit, () => _subsystems.All.SelectMany(s => s.Namespaces.All), options.HostTree);
    }

    /// <summary>Opens the directory, brings every namespace back that was online, then listens.</summary>
    /// <remarks>A namespace whose backing cannot be opened stays offline; <see cref="NamespaceInfo.Problem"/> says why. The others are served.</remarks>
    /// <exception cref="TargetException">The options are wrong, the port is taken, or the directory's records cannot be read.</exception>
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
            var records = TargetRecordsFile.Load(options.Directory, options.SubsystemNqn);
            target = new NvmeTarget(options, directoryLock, records, time, loggers.CreateLogger("Migrate.Target"));
            TargetRecordsFile.Save(records, options.Directory);
            target.OpenSubsystems();
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
    public IPEndPoint EndPoint => _listeners[0].EndPoint;

    /// <summary>The second port, when the options asked for one.</summary>
    public IPEndPoint? DiscoveryEndPoint => _options.DiscoveryPort is null ? null : _listeners[1].EndPoint;

    /// <summary>All ports on which the target listens.</summary>
    public IReadOnlyList<PortInfo> ListPorts() => [.. _subsystems.Ports.Select(p => new PortInfo(p.Id, p.EndPoint, p.DiscoveryOnly, p.Tls))];

    /// <summary>NQN of the default subsystem.</summary>
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
            _subsystems.IsStopping = true;
            foreach (var listener in _listeners)
            {
                await listener.DisposeAsync();
            }

            await _engine.DisposeAsync();
            _meter.Dispose();
            _tls?.Dispose();
            _subsystems.Discovery.Dispose();
            var failures = new List<TargetException>();
            foreach (var subsystem in _subsystems.All)
            {
                subsystem.Dispose();
            }

            foreach (var one in _subsystems.All.SelectMany(s => s.Namespaces.All))
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

    /// <summary>The protocol's side of a new connection, whatever carries its bytes.</summary>
    internal IQueuePairSession NewSession(IConnection connection, SubsystemPort port) => new QueuePairSession(_subsystems, port, connection, _logger);

    internal SubsystemPort MainPort => _subsystems.Ports[0];

    private void Listen()
    {
        Listen(new PortSpec(MainPortId, _options.Listen, _options.Port));
        if (_options.DiscoveryPort is { } discoveryPort)
        {
            Listen(new PortSpec(DiscoveryPortId, _options.Listen, discoveryPort, DiscoveryOnly: true));
        }

        foreach (var spec in _options.MorePorts)
        {
            Listen(spec);
        }
    }

    // OpenSSL encrypts in this process, on the connection's own thread: an event loop would have to wait for it.
    private SocketEngine TlsEngine() => _tlsEngine ??= new SocketEngine(_logger, _tls = new TlsServer(_hostKeys));

    private void Listen(PortSpec spec)
    {
        var endPoint = new IPEndPoint(spec.Address, spec.Port);
        var port = new SubsystemPort(spec.Id, spec.DiscoveryOnly, spec.Tls, _options.AdvertisedAddress);
        try
        {
            var listener = new PortListener(endPoint, spec.Tls ? TlsEngine() : _engine, c => NewSession(c, port),
                new ConnectionLimits(_options.MaxConnections, _options.HandshakeTimeout), _time, _logger);
            _listeners.Add(listener);
            port.EndPoint = listener.EndPoint;
            _subsystems.Add(port);
            LogListening(listener.EndPoint, SubsystemNqn, Directory);
        }
        catch (SocketException e)
        {
            throw new TargetException("target.cannot-listen", $"Cannot listen on {endPoint}: {e.Message}",
                "Choose an address of this machine and a port that no other program has.", e);
        }
    }

    private static IConnectionEngine EngineOf(TargetOptions options, ILogger logger)
    {
        if (options.Engine == TargetEngine.Threads || (options.Engine == TargetEngine.Auto && !OperatingSystem.IsLinux()))
        {
            return new SocketEngine(logger);
        }

        const int mostByDefault = 8;
        var loops = options.Loops > 0 ? options.Loops : Math.Clamp(Environment.ProcessorCount / 2, 1, mostByDefault);
        var cores = options.Cores.Count > 0 ? options.Cores : [.. Enumerable.Repeat(-1, loops)];
        return new EventEngine(cores, options.Poll, useRing: options.Engine != TargetEngine.EventLoopsWithoutRing, logger);
    }
}
