using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Target.Admin;
using Migrate.Target.Controllers;

namespace Migrate.Target.Host;

/// <summary>
/// An NVMe/TCP host (initiator): one controller with its I/O queues on a target. What happens when a connection is lost is
/// for <see cref="NvmeHostOptions.LossTimeout"/> to say: every command fails and a new host must be connected, or the host
/// connects again by itself and repeats what had no answer. Safe to use from many threads.
/// </summary>
public sealed partial class NvmeHost : IAsyncDisposable
{
    /// <summary>The most that one command carries here, whatever the target allows.</summary>
    internal const int MaxTransferBytes = 256 * 1024;

    private readonly NvmeHostOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _disposing = new();
    private readonly Lock _gate = new();
    private readonly List<NvmeDisk> _disks = [];
    private readonly List<LocalPath> _local = [];
    private readonly Task _keeping;
    private volatile HostSession _session;
    private TaskCompletionSource _replaced = NewReplaced();
    private int _isDisposed;

    private NvmeHost(HostSession session, NvmeHostOptions options, TimeProvider time, ILogger logger)
    {
        _session = session;
        _options = options;
        _time = time;
        _logger = logger;
        _keeping = Reconnects ? KeepConnectedAsync() : Task.CompletedTask;
    }

    /// <summary>False when the connection of any queue is lost, until the host has connected again.</summary>
    public bool IsConnected => _session.IsAlive;

    /// <summary>I/O queues that the target granted and that are connected.</summary>
    public int IoQueues => _session.IoQueues;

    internal bool Reconnects => _options.LossTimeout > TimeSpan.Zero;

    internal TimeProvider Time => _time;

    internal Func<Guid, long, CancellationToken, Task<DataMap>>? FindData => _options.FindData;

    /// <summary>What the next command goes to; may be lost already, which the command then learns.</summary>
    internal HostSession Session => _session;

    /// <summary>Connects the admin queue, enables the controller and connects the I/O queues.</summary>
    /// <exception cref="NvmeException">The target cannot be reached, or refuses.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static async Task<NvmeHost> ConnectAsync(
        NvmeHostOptions options, TimeProvider time, ILoggerFactory? loggers, CancellationToken cancellationToken)
    {
        ThrowIfWrong(options);
        var logger = (ILogger?)loggers?.CreateLogger("Migrate.Target.Host") ?? NullLogger.Instance;
        var session = await HostSession.ConnectAsync(options, time, logger, cancellationToken);
        return new NvmeHost(session, options, time, logger);
    }

    /// <summary>Finds the namespace with this UUID.</summary>
    /// <exception cref="NvmeException">The target has no such namespace, or the connection was lost.</exception>
    public async Task<NvmeDisk> OpenAsync(Guid namespaceUuid, CancellationToken cancellationToken)
    {
        var controller = _session.Controller;
        foreach (var nsid in await controller.ListNamespacesAsync(cancellationToken))
        {
            if (await controller.ReadUuidAsync(nsid, cancellationToken) == namespaceUuid)
            {
                var (blocks, blockSize) = await controller.ReadGeometryAsync(nsid, cancellationToken);
                var local = _options.Local?.OpenLocal(_options, namespaceUuid);
                var disk = new NvmeDisk(this, controller.Limits, local, namespaceUuid, nsid, blockSize, blocks * blockSize);
                lock (_gate)
                {
                    if (local is not null)
                    {
                        _local.Add(local);
                    }

                    _disks.Add(disk);
                }

                return disk;
            }
        }

        throw new NvmeException("Open", $"{_options.EndPoint} has no namespace {namespaceUuid} online in {_options.SubsystemNqn}");
    }

    /// <summary>Shuts the controller down and closes the connections; commands in flight fail.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _disposing.CancelAsync();
        await _keeping;
        await _session.DisposeAsync();
        _local.ForEach(x => x.Dispose());
        _disposing.Dispose();
    }

    private static void ThrowIfWrong(NvmeHostOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.IoQueues, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QueueDepth, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.QueueDepth, 1024);
        ThrowIfNoNqn(options.SubsystemNqn, nameof(options.SubsystemNqn));
        ThrowIfNoNqn(options.HostNqn, nameof(options.HostNqn));
        if (options.ControllerKey is not null && options.HostKey is null)
        {
            throw new ArgumentException("ControllerKey needs HostKey: a target proves itself to hosts that authenticate.", nameof(options));
        }

        if (options.LossTimeout < TimeSpan.Zero || (options.LossTimeout > TimeSpan.Zero && (options.KeepAliveTimeout <= TimeSpan.Zero || options.ReconnectDelay <= TimeSpan.Zero)))
        {
            throw new ArgumentException("LossTimeout needs KeepAliveTimeout, by which a target ends a controller that its host has lost, and ReconnectDelay.", nameof(options));
        }
    }

    private static void ThrowIfNoNqn(string nqn, string name)
    {
        if (Protocol.Nqn.Problem(nqn) is { } problem)
        {
            throw new ArgumentException($"\"{nqn}\" is no NQN: {problem}", name);
        }
    }
}
