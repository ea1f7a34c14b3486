namespace Migrate.Target.Host;

// Connecting again. Commands without an answer are repeated on the new controller. Reads, writes, zeroing, deallocating and
// flushes may be done twice, as long as nothing comes between the two: who writes to a namespace is its only writer (the
// target's grant sees to that). So nothing may be sent by the new controller while the target still works on what the old one
// was sent: a write that was given up here may sit in the target's receive buffer, or wait for its disk, and would land on top
// of what was written since. That the connection is gone does not say that the controller is. See FenceAsync.
public sealed partial class NvmeHost
{
    private static readonly TimeSpan FencePoll = TimeSpan.FromMilliseconds(50);

    private NvmeException? _failure;

    /// <summary>
    /// For a command that failed because the connection was lost: done when there is another one to repeat it on.
    /// </summary>
    /// <param name="lost">The session that the command was on.</param>
    /// <param name="since">When it failed for the first time.</param>
    /// <param name="cause">How it failed.</param>
    /// <exception cref="NvmeException">There will be none, or not in time.</exception>
    internal async ValueTask<HostSession> AfterAsync(HostSession lost, long since, NvmeException cause, CancellationToken cancellationToken)
    {
        if (_time.GetElapsedTime(since) > _options.LossTimeout)
        {
            throw cause;
        }

        while (true)
        {
            Task replaced;
            lock (_gate)
            {
                if (_failure is not null || _isDisposed != 0)
                {
                    throw new NvmeException(cause.Command, _failure?.Meaning ?? cause.Meaning, _failure ?? cause);
                }

                if (_session != lost)
                {
                    return _session;
                }

                replaced = _replaced.Task;
            }

            await replaced.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewReplaced() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task KeepConnectedAsync()
    {
        try
        {
            while (true)
            {
                var old = _session;
                await old.Lost.WaitAsync(_disposing.Token);
                await old.AbortAsync("another connection of this host was lost");
                var next = await ReconnectAsync(old);
                Publish(old, next);
            }
        }
        catch (OperationCanceledException) when (_disposing.IsCancellationRequested)
        {
            GiveUp(new NvmeException("Connection", "this host was closed"));
        }
        catch (NvmeException e)
        {
            LogGivenUp(_options.EndPoint, e.Meaning);
            GiveUp(e);
        }
        catch (Exception e)
        {
            LogGivenUp(_options.EndPoint, e.Message);
            GiveUp(new NvmeException("Connection", $"connecting again failed: {e.Message}", e));
        }
    }

    private async Task<HostSession> ReconnectAsync(HostSession old)
    {
        var lostAt = _time.GetTimestamp();
        LogReconnecting(_options.EndPoint, _options.LossTimeout);
        for (var attempt = 1; ; attempt++)
        {
            HostSession? next = null;
            try
            {
                next = await HostSession.ConnectAsync(_options, _time, _logger, _disposing.Token);
                await FenceAsync(old.Controller, next.Controller, lostAt);
                await CheckDisksAsync(next.Controller);
                LogReconnected(_options.EndPoint, _time.GetElapsedTime(lostAt), attempt);
                return next;
            }
            catch (Exception e)
            {
                if (next is not null)
                {
                    await next.AbortAsync("connecting again did not succeed");
                }

                // What the target refuses for good will not get better.
                if (e is not NvmeException { DoNotRetry: false } || _time.GetElapsedTime(lostAt) + _options.ReconnectDelay > _options.LossTimeout)
                {
                    throw;
                }
            }

            await Task.Delay(_options.ReconnectDelay, _time, _disposing.Token);
        }
    }

    /// <summary>
    /// Done when the target has let go of the old controller for certain. Our target lists a controller (Identify, CNS 13h) until the
    /// last of its connections has no access to storage any more; a process that is another one has inherited nothing, because
    /// the old one held its backings locked to its end. Of other targets, which list none or not that long, one thing is
    /// known: they end a controller that is silent for the keep-alive time; twice that is waited for, as its clock may have
    /// started with the last thing that reached it.
    /// </summary>
    private async Task FenceAsync(HostController old, HostController next, long lostAt)
    {
        var isPrecise = old.Identity is not null && next.Identity is not null;
        if (isPrecise && old.Identity!.Instance != next.Identity!.Instance)
        {
            return;
        }

        var limit = isPrecise ? _options.LossTimeout : 2 * _options.KeepAliveTimeout;
        // An id that was given again has no other owner any more.
        while (old.Id != next.Id && (!isPrecise || await next.IsListedAsync(old.Id, _disposing.Token)))
        {
            if (_time.GetElapsedTime(lostAt) > limit)
            {
                if (!isPrecise)
                {
                    return;
                }

                throw new NvmeException("Reconnect", $"{_options.EndPoint} still works on commands of controller {old.Id}, which this host has lost");
            }

            await Task.Delay(FencePoll, _time, _disposing.Token);
        }
    }

    /// <summary>A disk must still be the one that it was. One that is offline now may come back: its commands fail until then.</summary>
    private async Task CheckDisksAsync(HostController next)
    {
        foreach (var disk in Disks())
        {
            if (await next.ReadUuidAsync(disk.Nsid, _disposing.Token) is not { } uuid)
            {
                continue;
            }

            var (blocks, blockSize) = await next.ReadGeometryAsync(disk.Nsid, _disposing.Token);
            if (uuid != disk.Uuid || blockSize != disk.BlockSize || blocks * blockSize < disk.CapacityBytes || next.Limits.MaxTransferBytes < disk.MaxTransferBytes)
            {
                throw new NvmeException("Reconnect", $"{_options.EndPoint} has another disk where namespace {disk.Uuid} was") { DoNotRetry = true };
            }
        }
    }

    private void Publish(HostSession old, HostSession next)
    {
        // Written and acknowledged, but not flushed: lost only if the machine with the volatile cache was started again.
        var boot = old.Controller.Identity?.Boot;
        if (old.Controller.Limits.HasWriteCache && (boot is null || boot != next.Controller.Identity?.Boot))
        {
            Disks().ForEach(d => d.CacheWasLost());
        }

        lock (_gate)
        {
            _session = next;
            _replaced.TrySetResult();
            _replaced = NewReplaced();
        }
    }

    private void GiveUp(NvmeException failure)
    {
        lock (_gate)
        {
            _failure = failure;
            _replaced.TrySetResult();
        }
    }

    private List<NvmeDisk> Disks()
    {
        lock (_gate)
        {
            return [.. _disks];
        }
    }
}
