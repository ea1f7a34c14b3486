using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Migrate.Planner.VSphere.Calls;

/// <summary>
/// When calls to one server may go: a bucket of tokens that fills at a steady rate, a number of calls at once, and pauses that the
/// server asked for. One for each server and process, however many sessions there are.
/// </summary>
internal sealed class CallPace
{
    private static readonly ConcurrentDictionary<(string Server, CallLimits Limits, TimeProvider Time), CallPace> Servers = [];

    private readonly Lock _lock = new();

    /// <summary>As many as calls may be under way, less those that are; a semaphore would have to be disposed, and servers have no end.</summary>
    private readonly Channel<bool> _slots = Channel.CreateUnbounded<bool>();

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly TimeSpan _interval;
    private readonly TimeSpan _tolerance;

    /// <summary>When the bucket will be full again, since the start.</summary>
    private TimeSpan _full;
    private TimeSpan _pausedUntil;

    public CallPace(CallLimits limits, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.AtOnce, 1, nameof(limits));
        ArgumentOutOfRangeException.ThrowIfLessThan(limits.Burst, 1, nameof(limits));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limits.PerSecond, nameof(limits));
        for (var slot = 0; slot < limits.AtOnce; slot++)
        {
            _slots.Writer.TryWrite(true);
        }

        _time = time;
        _start = time.GetTimestamp();
        _interval = TimeSpan.FromSeconds(1 / limits.PerSecond);
        _tolerance = _interval * (limits.Burst - 1);
    }

    public static CallPace Of(Uri server, CallLimits limits, TimeProvider time) =>
        Servers.GetOrAdd((server.Authority, limits, time), static key => new CallPace(key.Limits, key.Time));

    /// <summary>Waits for the turn; disposing it lets another call begin.</summary>
    public async Task<IDisposable> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _slots.Reader.ReadAsync(cancellationToken);
        try
        {
            for (var wait = Take(); wait > TimeSpan.Zero; wait = Paused())
            {
                await Task.Delay(wait, _time, cancellationToken);
            }

            return new Turn(_slots);
        }
        catch
        {
            _slots.Writer.TryWrite(true);
            throw;
        }
    }

    /// <summary>No call begins before that; those under way go on.</summary>
    public void Pause(TimeSpan wait)
    {
        lock (_lock)
        {
            var until = Now + wait;
            _pausedUntil = until > _pausedUntil ? until : _pausedUntil;
        }
    }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    private TimeSpan Take()
    {
        lock (_lock)
        {
            var now = Now;
            var full = _full > now ? _full : now;
            _full = full + _interval;
            var wait = full - _tolerance - now;
            var pause = _pausedUntil - now;
            return wait > pause ? wait : pause;
        }
    }

    private TimeSpan Paused()
    {
        lock (_lock)
        {
            return _pausedUntil - Now;
        }
    }

    private sealed class Turn(Channel<bool> slots) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                slots.Writer.TryWrite(true);
            }
        }
    }
}
