using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Migrate.Target.Host;

/// <summary>
/// An NVMe/TCP host (initiator): one controller with its I/O queues on a target. Once the connection is lost every
/// command fails and a new host must be connected. Safe to use from many threads.
/// </summary>
public sealed class NvmeHost : IAsyncDisposable
{
    /// <summary>The most that one command carries here, whatever the target allows.</summary>
    internal const int MaxTransferBytes = 256 * 1024;

    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(2);

    private readonly HostController _controller;
    private readonly HostQueue[] _ioQueues;
    private readonly NvmeHostOptions _options;
    private readonly ITimer _timeoutTimer;
    private readonly ITimer? _keepAliveTimer;
    private int _next;
    private int _isDisposed;

    private NvmeHost(HostController controller, HostQueue[] ioQueues, NvmeHostOptions options, TimeProvider time)
    {
        _controller = controller;
        _ioQueues = ioQueues;
        _options = options;
        _timeoutTimer = time.CreateTimer(_ => CheckTimeouts(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        if (options.KeepAliveTimeout > TimeSpan.Zero)
        {
            var period = options.KeepAliveTimeout / 3;
            _keepAliveTimer = time.CreateTimer(_ => _ = KeepAliveAsync(), null, period, period);
        }
    }

    /// <summary>True until the connection of any queue is lost.</summary>
    public bool IsConnected => _controller.Admin.IsAlive && Array.TrueForAll(_ioQueues, q => q.IsAlive);

    /// <summary>I/O queues that the target granted and that are connected.</summary>
    public int IoQueues => _ioQueues.Length;

    /// <summary>Connects the admin queue, enables the controller and connects the I/O queues.</summary>
    /// <exception cref="NvmeException">The target cannot be reached, or refuses.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static async Task<NvmeHost> ConnectAsync(
        NvmeHostOptions options, TimeProvider time, ILoggerFactory? loggers, CancellationToken cancellationToken)
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

        var logger = (ILogger?)loggers?.CreateLogger("Migrate.Target.Host") ?? NullLogger.Instance;
        using var timeout = new CancellationTokenSource(options.ConnectTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        HostController? controller = null;
        var queues = new List<HostQueue>();
        try
        {
            controller = await HostController.ConnectAsync(options, time, logger, both.Token);
            var count = await controller.RequestQueuesAsync(options.IoQueues, both.Token);
            for (ushort id = 1; id <= count; id++)
            {
                queues.Add(await controller.ConnectIoQueueAsync(id, both.Token));
            }

            return new NvmeHost(controller, [.. queues], options, time);
        }
        catch (Exception e)
        {
            queues.ForEach(q => q.Abort("connecting did not succeed"));
            controller?.Admin.Abort("connecting did not succeed");
            if (e is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw new NvmeException("Connect", $"{options.EndPoint} did not answer within {options.ConnectTimeout}", e);
            }

            throw;
        }
    }

    /// <summary>Finds the namespace with this UUID.</summary>
    /// <exception cref="NvmeException">The target has no such namespace.</exception>
    public async Task<NvmeDisk> OpenAsync(Guid namespaceUuid, CancellationToken cancellationToken)
    {
        foreach (var nsid in await _controller.ListNamespacesAsync(cancellationToken))
        {
            if (await _controller.ReadUuidAsync(nsid, cancellationToken) == namespaceUuid)
            {
                var (blocks, blockSize) = await _controller.ReadGeometryAsync(nsid, cancellationToken);
                return new NvmeDisk(this, _controller.Limits, namespaceUuid, nsid, blockSize, blocks * blockSize);
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

        await _timeoutTimer.DisposeAsync();
        if (_keepAliveTimer is not null)
        {
            await _keepAliveTimer.DisposeAsync();
        }

        foreach (var queue in _ioQueues)
        {
            queue.Close();
        }

        await Task.WhenAll(_ioQueues.Select(q => q.Ended));
        try
        {
            await _controller.ShutDownAsync().WaitAsync(GoodbyeTimeout);
        }
        catch (Exception e) when (e is NvmeException or TimeoutException)
        {
            // The target is gone or does not answer: there is nobody to say goodbye to.
        }

        _controller.Admin.Close();
        await _controller.Admin.Ended;
    }

    /// <summary>The queue for the next command: each in turn.</summary>
    internal HostQueue NextQueue() => _ioQueues[(uint)Interlocked.Increment(ref _next) % (uint)_ioQueues.Length];

    private void CheckTimeouts()
    {
        foreach (var queue in _ioQueues.Append(_controller.Admin))
        {
            queue.CheckTimeout(_options.CommandTimeout);
        }

        if (!IsConnected)
        {
            // One queue pair without its siblings is no use: the target ends the controller too.
            foreach (var queue in _ioQueues.Append(_controller.Admin).Where(q => q.IsAlive))
            {
                queue.Abort("another connection of this host was lost");
            }
        }
    }

    private async Task KeepAliveAsync()
    {
        try
        {
            await _controller.KeepAliveAsync();
        }
        catch (NvmeException e)
        {
            _controller.Admin.Abort("keep-alive failed", e);
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
