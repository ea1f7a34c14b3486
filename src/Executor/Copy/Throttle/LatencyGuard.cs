using System.Globalization;

namespace Migrate.Executor.Copy.Throttle;

/// <summary>
/// The rate that a datastore can bear: a sample over the bound halves what the copies take, every good one gives a fixed step back
/// (additive increase, multiplicative decrease), until they take less than they may. Where no sample comes any more nothing is held back: nobody could tell for how long.
/// </summary>
internal sealed class LatencyGuard(ISourceLatency source, ThrottleKey key, LatencyGuardOptions options, TimeProvider time)
{
    /// <summary>Without a read for so long nothing is copied.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private DateTimeOffset _seen = time.GetUtcNow();
    private long _heardAt = time.GetTimestamp();
    private long _lookedAt = time.GetTimestamp();
    private long _takenAt = time.GetTimestamp();
    private double _taken;
    private TimeSpan _bound;
    private TimeSpan _last;
    private TimeSpan _worst;

    /// <summary>Bytes per second; null while nothing has to be held back.</summary>
    public double? Ceiling { get; private set; }

    /// <summary>Why copies are held back.</summary>
    public string Says
    {
        get
        {
            lock (_lock)
            {
                return _last > _bound
                    ? $"the source's latency: {Milliseconds(_last)} > {Milliseconds(_bound)}"
                    : $"the source's latency, which was {Milliseconds(_worst)} > {Milliseconds(_bound)} and is {Milliseconds(_last)}";
            }
        }
    }

    /// <summary>Notes that bytes are about to be taken, and looks whether there is a new sample.</summary>
    /// <param name="bytes">To be taken.</param>
    /// <param name="bound">Over this a datastore counts as hurt; null for none, and then nothing is held back.</param>
    public double? Take(long bytes, TimeSpan? bound)
    {
        lock (_lock)
        {
            if (bound is null)
            {
                return Ceiling = null;
            }
            _bound = bound.Value;
            if (time.GetElapsedTime(_takenAt) > Idle)
            {
                // What was not taken while nothing was copied says nothing about the rate that hurts now, nor does a sample of that time.
                (_lookedAt, _taken, _seen) = (time.GetTimestamp(), 0, source.Latest(key)?.At ?? _seen);
            }

            if (source.Latest(key) is { } sample && sample.At > _seen && time.GetUtcNow() - sample.At < options.OldestSample)
            {
                var seconds = time.GetElapsedTime(_lookedAt).TotalSeconds;
                Judge(sample.Latency, seconds > 0 ? _taken / seconds : 0);
                (_seen, _lookedAt, _taken, _last) = (sample.At, time.GetTimestamp(), 0, sample.Latency);
                _heardAt = _lookedAt;
            }
            else if (Ceiling is not null && time.GetElapsedTime(_heardAt) > options.OldestSample)
            {
                Ceiling = null;
            }

            _taken += bytes;
            _takenAt = time.GetTimestamp();
            return Ceiling;
        }
    }

    private void Judge(TimeSpan latency, double rate)
    {
        var processes = Math.Max(1, options.Processes());
        var (floor, step) = (options.FloorBytesPerSecond / processes, options.StepBytesPerSecond / processes);
        if (latency > _bound)
        {
            Ceiling = Math.Max(floor, Math.Min(rate, Ceiling ?? rate) * options.Backoff);
            _worst = latency;
        }
        else if (Ceiling is { } ceiling)
        {
            // With room to spare it is not the ceiling any more that holds the copies.
            Ceiling = rate < ceiling / 2 && ceiling > 2 * step ? null : ceiling + step;
        }
    }

    private static string Milliseconds(TimeSpan time) => $"{time.TotalMilliseconds.ToString(time.TotalMilliseconds < 10 ? "0.#" : "0", CultureInfo.InvariantCulture)} ms";
}
