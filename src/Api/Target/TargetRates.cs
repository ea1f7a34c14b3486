using Migrate.Target.AdminApi;
using Migrate.Target.Statistics;

namespace Migrate.Api.Target;

/// <summary>What happened between two readings of a target's sums. A sum that has become smaller began anew in between: all of it happened since.</summary>
internal sealed class TargetRates
{
    private static readonly string[] Order = ["read", "write", "flush", "deallocate", "other"];

    private readonly Dictionary<string, Change> _classes = [];
    private readonly Dictionary<string, (long Commands, long New)> _errors = [];

    public void Add(StatisticsView? before, StatisticsView now)
    {
        foreach (var (word, sums) in now.Classes)
        {
            var change = _classes.TryGetValue(word, out var known) ? known : _classes[word] = new Change();
            change.Add(before?.Classes.GetValueOrDefault(word) is { } earlier && earlier.Commands <= sums.Commands ? earlier : null, sums);
        }

        foreach (var (status, count) in now.Errors)
        {
            var earlier = before?.Errors.GetValueOrDefault(status) ?? 0;
            var (commands, added) = _errors.GetValueOrDefault(status);
            _errors[status] = (commands + count, added + count - (earlier <= count ? earlier : 0));
        }
    }

    /// <param name="seconds">Between the two readings; 0: there is only one, and nothing is known of rates.</param>
    public ActivityView View(double seconds) => new(
        _classes.Values.Sum(x => x.Iops(seconds)), _classes.Values.Sum(x => x.BytesPerSecond(seconds)),
        [.. _classes.OrderBy(x => Array.IndexOf(Order, x.Key)).Select(x => new ClassActivityView(x.Key, x.Value.All, x.Value.Iops(seconds), x.Value.BytesPerSecond(seconds), x.Value.Latency(seconds)))],
        [.. _errors.OrderBy(x => x.Key, StringComparer.Ordinal).Select(x => new StatusCountView(x.Key, x.Value.Commands, seconds > 0 ? x.Value.New / seconds : 0))]);

    private sealed class Change
    {
        private readonly long[] _latencies = new long[LatencyBuckets.Count];
        private long _commands;
        private long _bytes;
        private double _time;

        public long All { get; private set; }

        public void Add(ClassView? before, ClassView now)
        {
            All += now.Commands;
            _commands += now.Commands - (before?.Commands ?? 0);
            _bytes += now.Bytes - (before?.Bytes ?? 0);
            _time += now.Seconds - (before?.Seconds ?? 0);
            for (var bucket = 0; bucket < Math.Min(_latencies.Length, now.Latencies?.Count ?? 0); bucket++)
            {
                _latencies[bucket] += now.Latencies![bucket] - (before?.Latencies is { } earlier && bucket < earlier.Count ? earlier[bucket] : 0);
            }
        }

        public double Iops(double seconds) => seconds > 0 ? _commands / seconds : 0;

        public double BytesPerSecond(double seconds) => seconds > 0 ? _bytes / seconds : 0;

        public LatencyView? Latency(double seconds) => seconds <= 0 || _commands == 0 ? null : new(_time / _commands * 1e6, Percentile(0.5), Percentile(0.99), Percentile(0.999), Bands());

        private double? Percentile(double part) => LatencyBuckets.PercentileNanoseconds(_latencies, part) is { } bound ? Microseconds(bound) : null;

        private List<LatencyBandView> Bands()
        {
            var counts = new long[OctaveOf(_latencies.Length - 1) + 1];
            for (var bucket = 0; bucket < _latencies.Length; bucket++)
            {
                counts[OctaveOf(bucket)] += _latencies[bucket];
            }

            var first = Array.FindIndex(counts, x => x > 0);
            var last = Array.FindLastIndex(counts, x => x > 0);
            return first < 0 ? [] : [.. Enumerable.Range(first, last - first + 1).Select(x => new LatencyBandView(Microseconds(LatencyBuckets.UpperBoundNanoseconds(Math.Min(x * LatencyBuckets.PerOctave, _latencies.Length - 1))), counts[x]))];
        }

        private static int OctaveOf(int bucket) => (bucket + LatencyBuckets.PerOctave - 1) / LatencyBuckets.PerOctave;

        private static double? Microseconds(long bound) => bound == long.MaxValue ? null : bound / 1e3;
    }
}
