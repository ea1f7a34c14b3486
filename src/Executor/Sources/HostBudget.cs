namespace Migrate.Executor.Sources;

/// <summary>How much of one host's service for files all copies together may take.</summary>
public sealed record HostBudgetOptions
{
    /// <summary>Requests at once to begin with. Others saw four served well by every ESXi and sixteen by some.</summary>
    public int Requests { get; init; } = 8;

    /// <summary>Never more than this, however well it goes.</summary>
    public int MostRequests { get; init; } = 16;
}

/// <summary>
/// What all copies of one host share. A busy answer (503) halves the requests allowed at once and lets none begin before the time that the host
/// names; each round of successes allows one more. Limits of bytes are not its business: copies keep to those before they ask for anything.
/// </summary>
public sealed class HostBudget(HostBudgetOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private int _allowed = Math.Max(options.Requests, 1);
    private int _running;
    private int _successes;
    private long _notBefore;

    /// <summary>Requests allowed at once now.</summary>
    public int Allowed
    {
        get
        {
            lock (_lock)
            {
                return _allowed;
            }
        }
    }

    /// <summary>Waits for a place; the caller gives it back with <see cref="Leave"/>.</summary>
    public async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource? turn = null;
        lock (_lock)
        {
            if (_running < _allowed && _waiting.Count == 0)
            {
                _running++;
            }
            else
            {
                turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.AddLast(turn);
            }
        }
        if (turn is not null)
        {
            await using var registration = cancellationToken.Register(() => turn.TrySetCanceled(cancellationToken));
            await turn.Task;
        }
        try
        {
            while (PauseLeft() is { Ticks: > 0 } pause)
            {
                await Task.Delay(pause, time, cancellationToken);
            }
        }
        catch
        {
            Leave();
            throw;
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            _running--;
            LetIn();
        }
    }

    /// <summary>A request was served: after as many as may run at once, one more may.</summary>
    public void Served()
    {
        lock (_lock)
        {
            if (++_successes >= _allowed && _allowed < options.MostRequests)
            {
                (_allowed, _successes) = (_allowed + 1, 0);
                LetIn();
            }
        }
    }

    /// <summary>The host said that it is busy, and perhaps for how long.</summary>
    public void Busy(TimeSpan? retryAfter)
    {
        lock (_lock)
        {
            (_allowed, _successes) = (Math.Max(_allowed / 2, 1), 0);
            if (retryAfter is { Ticks: > 0 } wait)
            {
                _notBefore = Math.Max(_notBefore, time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency));
            }
        }
    }

    private TimeSpan PauseLeft()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            return now >= _notBefore ? TimeSpan.Zero : time.GetElapsedTime(now, _notBefore);
        }
    }

    private void LetIn()
    {
        while (_running < _allowed && _waiting.First is { } first)
        {
            _waiting.RemoveFirst();
            // Whoever gave up waiting takes no place.
            if (first.Value.TrySetResult())
            {
                _running++;
            }
        }
    }
}
