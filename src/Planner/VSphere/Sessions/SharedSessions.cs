using Microsoft.Extensions.Logging;
using Migrate.Planner.VSphere.Calls;

namespace Migrate.Planner.VSphere.Sessions;

/// <summary>
/// One login per server and account for everything that a process does there: vCenter and ESXi limit sessions, and a login costs more than
/// most calls. What <see cref="OpenAsync"/> gives is disposed as if it were a session of its own; the login itself ends some minutes after
/// the last of its users, and with this object.
/// </summary>
public sealed class SharedSessions(TimeProvider time, ILoggerFactory loggers, CallLimits limits) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<VSphereEndpoint, Shared> _shared = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly HashSet<Task> _closing = [];
    private bool _isEnded;

    /// <summary>How long a login outlives its last user: steps of runs follow each other within seconds, polls of baselines within minutes.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Logged in, with a login that is known to be good now. A changed password or thumbprint is another login.</summary>
    /// <exception cref="MigrateException">Those of <see cref="VSphereSession.OpenAsync"/>.</exception>
    public async Task<VSphereSession> OpenAsync(VSphereEndpoint endpoint, CancellationToken cancellationToken)
    {
        Shared shared;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isEnded, this);
            if (!_shared.TryGetValue(endpoint, out shared!))
            {
                _shared[endpoint] = shared = new Shared();
            }

            shared.Users++;
        }

        try
        {
            var login = await shared.LoginAsync(() => ServerLogin.OpenAsync(endpoint, time, loggers, limits, cancellationToken), cancellationToken);
            return new VSphereSession(login, time, loggers, () =>
            {
                Release(endpoint, shared);
                return ValueTask.CompletedTask;
            });
        }
        catch
        {
            Release(endpoint, shared);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<Shared> open;
        Task[] closing;
        lock (_lock)
        {
            if (_isEnded)
            {
                return;
            }

            _isEnded = true;
            open = [.. _shared.Values];
            _shared.Clear();
            closing = [.. _closing];
        }

        await _ended.CancelAsync();
        await Task.WhenAll(closing);
        foreach (var shared in open)
        {
            await shared.DisposeAsync();
        }

        _ended.Dispose();
    }

    private void Release(VSphereEndpoint endpoint, Shared shared)
    {
        lock (_lock)
        {
            if (--shared.Users == 0 && !_isEnded)
            {
                var close = CloseUnusedAsync(endpoint, shared, ++shared.Rests, _ended.Token);
                _closing.Add(close);
                _ = close.ContinueWith(Closed, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    private void Closed(Task close)
    {
        lock (_lock)
        {
            _closing.Remove(close);
        }
    }

    private async Task CloseUnusedAsync(VSphereEndpoint endpoint, Shared shared, int rest, CancellationToken ended)
    {
        try
        {
            await Task.Delay(Linger, time, ended);
        }
        catch (OperationCanceledException)
        {
            // Whoever ends it all closes this one, too.
            return;
        }

        lock (_lock)
        {
            if (shared.Users > 0 || shared.Rests != rest || _isEnded)
            {
                return;
            }

            _shared.Remove(endpoint);
        }

        await shared.DisposeAsync();
    }

    /// <summary>A login, made by the first who needs it. One that fails is tried again by the next.</summary>
    private sealed class Shared : IAsyncDisposable
    {
        private readonly SemaphoreSlim _one = new(1, 1);
        private ServerLogin? _login;

        public int Users { get; set; }

        /// <summary>How often nobody used it any more.</summary>
        public int Rests { get; set; }

        public async Task<ServerLogin> LoginAsync(Func<Task<ServerLogin>> open, CancellationToken cancellationToken)
        {
            await _one.WaitAsync(cancellationToken);
            try
            {
                if (_login is not null)
                {
                    await _login.CheckAsync(cancellationToken);
                }

                return _login ??= await open();
            }
            finally
            {
                _one.Release();
            }
        }

        public async ValueTask DisposeAsync()
        {
            // Somebody may be logging in just now: that login would be left behind. Not longer than a server may be waited for at the end.
            if (await _one.WaitAsync(TimeSpan.FromSeconds(10)) && _login is not null)
            {
                await _login.DisposeAsync();
            }

            _one.Dispose();
        }
    }
}
