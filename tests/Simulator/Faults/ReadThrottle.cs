namespace Migrate.Simulator.Faults;

/// <summary>Shares a byte rate among all transfers: each one waits until its bytes are due.</summary>
internal sealed class ReadThrottle
{
    private readonly Lock _lock = new();
    private DateTimeOffset _due;
    private long? _bytesPerSecond;
    private long _passed;

    /// <summary>Bytes of all transfers so far, slow or not.</summary>
    public long Passed => Interlocked.Read(ref _passed);

    public long? BytesPerSecond
    {
        get
        {
            lock (_lock)
            {
                return _bytesPerSecond;
            }
        }

        set
        {
            lock (_lock)
            {
                _bytesPerSecond = value;
                _due = default;
            }
        }
    }

    public Task WaitAsync(int bytes, TimeProvider time, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _passed, bytes);
        TimeSpan wait;
        lock (_lock)
        {
            if (_bytesPerSecond is not { } rate)
            {
                return Task.CompletedTask;
            }

            var now = time.GetUtcNow();
            _due = (_due > now ? _due : now) + TimeSpan.FromSeconds((double)bytes / rate);
            wait = _due - now;
        }

        return Task.Delay(wait, time, cancellationToken);
    }
}
