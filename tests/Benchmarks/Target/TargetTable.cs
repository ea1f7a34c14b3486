using System.Globalization;

namespace Migrate.Benchmarks.Target;

/// <summary>Rows to be measured in turn, round by round, so that a noisy minute meets all of them, and printed as medians.</summary>
internal sealed class TargetTable(int rounds, TimeSpan duration, string only)
{
    private readonly List<Row> _rows = [];
    private readonly List<Row> _waiting = [];

    public TimeSpan Duration { get; } = duration;

    /// <param name="name">As printed.</param>
    /// <param name="bytes">Per command.</param>
    /// <param name="measure">Measures once.</param>
    /// <param name="ofCase">A row that this one is compared with.</param>
    public void Add(string name, int bytes, Func<LoadResult> measure, string? ofCase = null)
    {
        if (name.Contains(only, StringComparison.Ordinal))
        {
            _waiting.Add(new Row(name, bytes, measure, ofCase));
        }
    }

    /// <summary>Measures what was added since.</summary>
    public void Measure()
    {
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var row in _waiting)
            {
                var result = row.Measure();
                if (round > 0) // the first warms up
                {
                    row.Results.Add(result);
                }
            }
        }

        _rows.AddRange(_waiting);
        _waiting.Clear();
    }

    public void Print()
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"medians of {rounds} rounds of {Duration.TotalSeconds} s; cpu: of the target's process, in cores, polling included"));
        Console.WriteLine($"{"case",-24}{"per s",10}{"MiB/s",8}{"avg us",9}{"p99 us",9}{"spread",8}{"cpu",6}  ratio");
        foreach (var row in _rows)
        {
            var median = LoadResult.Median(row.Results);
            var other = _rows.FirstOrDefault(r => r.Name == row.ComparedWith);
            var ratio = other is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{median.PerSecond / LoadResult.Median(other.Results).PerSecond:N2} of {other.Name}");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{row.Name,-24}{median.PerSecond,10:N0}{median.PerSecond * row.Bytes / 1048576,8:N0}{median.AverageUs,9:N1}{median.P99Us,9:N1}{median.Spread,8:P0}{median.ServerCpu,6:N2}  {ratio}"));
        }
    }

    private sealed record Row(string Name, int Bytes, Func<LoadResult> Measure, string? ComparedWith)
    {
        public List<LoadResult> Results { get; } = [];
    }
}
