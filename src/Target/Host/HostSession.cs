using Microsoft.Extensions.Logging;

namespace Migrate.Target.Host;

/// <summary>
/// One controller with its queues: what a host has from connecting to the loss of any of its connections. A queue without its
/// siblings is no use, so they end together.
/// </summary>
internal sealed class HostSession : IAsyncDisposable
{
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(2);

    private readonly HostQueue[] _ioQueues;
    private readonly NvmeHostOptions _options;
    private readonly ITimer _timeoutTimer;
    private readonly ITimer? _keepAliveTimer;
    private int _next;

    private HostSession(HostController controller, HostQueue[] ioQueues, NvmeHostOptions options, TimeProvider time)
    {
        Controller = controller;
        _ioQueues = ioQueues;
        _options = options;
        Lost = Task.WhenAny(All.Select(q => q.Ended));
        _timeoutTimer = time.CreateTimer(_ => CheckTimeouts(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        if (options.KeepAliveTimeout > TimeSpan.Zero)
        {
            var period = options.KeepAliveTimeout / 3;
            _keepAliveTimer = time.CreateTimer(_ => _ = KeepAliveAsync(), null, period, period);
        }
    }

    public HostController Controller { get; }

    public int IoQueues => _ioQueues.Length;

    public bool IsAlive => All.All(q => q.IsAlive);

    /// <summary>Done when the first connection has ended.</summary>
    public Task Lost { get; }

    private IEnumerable<HostQueue> All => _ioQueues.Append(Controller.Admin);

    /// <summary>Connects the admin queue, enables the controller and connects the I/O queues.</summary>
    /// <exception cref="NvmeException">The target cannot be reached, or refuses.</exception>
    public static async Task<HostSession> ConnectAsync(NvmeHostOptions options, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
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

            return new HostSession(controller, [.. queues], options, time);
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

    /// <summary>The queue for the next command: each in turn.</summary>
    public HostQueue NextQueue() => _ioQueues[(uint)Interlocked.Increment(ref _next) % (uint)_ioQueues.Length];

    /// <summary>What TCP did with the connections of the I/O queues.</summary>
    public LinkTimes LinkTimes() => _ioQueues.Select(q => q.LinkTimes())
        .Aggregate((a, b) => new LinkTimes(a.Connections + b.Connections, a.Busy + b.Busy, a.HeldByTarget + b.HeldByTarget));

    /// <summary>Tears every connection down; done when no command is in flight any more and nothing is sent.</summary>
    public async Task AbortAsync(string why)
    {
        await StopTimersAsync();
        foreach (var queue in All.Where(q => q.IsAlive))
        {
            queue.Abort(why);
        }

        await Task.WhenAll(All.Select(q => q.Ended));
    }

    /// <summary>Shuts the controller down and closes the connections; commands in flight fail.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopTimersAsync();
        foreach (var queue in _ioQueues)
        {
            queue.Close();
        }

        await Task.WhenAll(_ioQueues.Select(q => q.Ended));
        try
        {
            await Controller.ShutDownAsync().WaitAsync(GoodbyeTimeout);
        }
        catch (Exception e) when (e is NvmeException or TimeoutException)
        {
            // The target is gone or does not answer: there is nobody to say goodbye to.
        }

        Controller.Admin.Close();
        await Controller.Admin.Ended;
    }

    private async ValueTask StopTimersAsync()
    {
        await _timeoutTimer.DisposeAsync();
        if (_keepAliveTimer is not null)
        {
            await _keepAliveTimer.DisposeAsync();
        }
    }

    private void CheckTimeouts()
    {
        foreach (var queue in All)
        {
            queue.CheckTimeout(_options.CommandTimeout, _options.CancelledTimeout);
        }

        if (!IsAlive)
        {
            foreach (var queue in All.Where(q => q.IsAlive))
            {
                queue.Abort("another connection of this host was lost");
            }
        }
    }

    private async Task KeepAliveAsync()
    {
        try
        {
            await Controller.KeepAliveAsync();
        }
        catch (NvmeException e)
        {
            Controller.Admin.Abort("keep-alive failed", e);
        }
    }
}
