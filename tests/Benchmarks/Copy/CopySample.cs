using System.Diagnostics;

namespace Migrate.Benchmarks.Copy;

/// <summary>One run of something: its time, and the CPU time of those who did it.</summary>
internal sealed record CopySample(double Seconds, double CpuSeconds)
{
    /// <summary>Measures work of this process.</summary>
    public static async Task<CopySample> MeasureAsync(Func<Task> work)
    {
        using var process = Process.GetCurrentProcess();
        var (cpu, started) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
        await work();
        process.Refresh();
        return new CopySample(Stopwatch.GetElapsedTime(started).TotalSeconds, (process.TotalProcessorTime - cpu).TotalSeconds);
    }
}

/// <summary>The samples of all that is compared for one shape of disk and one kind of source.</summary>
internal sealed class CopyTable(string title, long bytes)
{
    private readonly List<(string Name, List<CopySample> Samples)> _rows = [];

    public void Add(string name, CopySample sample)
    {
        if (_rows.Find(r => r.Name == name) is not { Samples: { } samples })
        {
            _rows.Add((name, samples = []));
        }
        samples.Add(sample);
    }

    public double Seconds(string name) => Median(name, s => s.Seconds);

    public void Print(string ours)
    {
        Console.WriteLine($"\n{title}");
        foreach (var (name, samples) in _rows)
        {
            var (seconds, gib) = (Seconds(name), bytes / (double)(1L << 30));
            Console.WriteLine($"  {name,-34} {gib * 1024 / seconds,7:0} MiB/s  {Median(name, s => s.CpuSeconds) / gib,6:0.00} CPU s/GiB  ours is {seconds / Seconds(ours),5:0.00} x as fast"
                + $"  ({string.Join(' ', samples.Select(s => s.Seconds.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture)))} s)");
        }
    }

    private double Median(string name, Func<CopySample, double> of)
    {
        var samples = _rows.Find(r => r.Name == name).Samples;
        return samples.Select(of).Order().ElementAt(samples.Count / 2);
    }
}
