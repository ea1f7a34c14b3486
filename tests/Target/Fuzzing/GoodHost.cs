using System.Diagnostics;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>The well-behaved host at work beside the hostile ones: one command at a time on its own namespace, each answer right, each timed.</summary>
internal sealed class GoodHost(FuzzTarget target)
{
    private const int Length = 4096;

    private readonly List<double> _milliseconds = [];

    public int Commands => _milliseconds.Count;

    public double LongestMs => _milliseconds.Max();

    /// <param name="part">0.5 for the median.</param>
    public double LatencyMs(double part) => _milliseconds.Order().ElementAt((int)((_milliseconds.Count - 1) * part));

    public async Task RunAsync(int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        var buffer = new byte[Length];
        while (!stop.IsCancellationRequested)
        {
            var at = random.Next(FuzzTarget.Capacity / Length) * Length;
            var since = Stopwatch.GetTimestamp();
            await target.Guarded.ReadAsync(at, buffer, CancellationToken.None);
            _milliseconds.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            for (var i = 0; i < Length; i += 8)
            {
                if (BitConverter.ToUInt64(buffer, i) != FuzzTarget.Secret(at + i))
                {
                    throw new InvalidDataException($"byte {at + i} of the guarded namespace is not what was written");
                }
            }

            since = Stopwatch.GetTimestamp();
            await target.Guarded.WriteAsync(at, buffer, CancellationToken.None);
            _milliseconds.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
        }
    }
}
