using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Migrate.Planner.Baselines.Histograms;

/// <summary>
/// Latencies of a run of fio, from its JSON: all jobs of the file together. With --output-format=json+ the bins are fio's own, else
/// the bins between the percentiles that it printed.
/// </summary>
public static class FioResult
{
    /// <summary>fio counts in 64 bins per power of two; below 128 ns each nanosecond has one of its own.</summary>
    private const int BitsPerPower = 6;

    private static readonly string[] Latencies = ["lat_ns", "clat_ns"];

    /// <exception cref="MigrateException">baseline.import-unknown, baseline.import-damaged.</exception>
    public static IReadOnlyList<IoHistogram> Parse(string text)
    {
        // fio writes its warnings before the JSON, into the same file.
        var start = text.IndexOf('{', StringComparison.Ordinal);
        try
        {
            using var document = JsonDocument.Parse(start < 0 ? "" : text[start..]);
            if (!document.RootElement.TryGetProperty("fio version", out _) || !document.RootElement.TryGetProperty("jobs", out var jobs) || jobs.ValueKind != JsonValueKind.Array)
            {
                throw Unknown("it has no 'fio version' and 'jobs'", null);
            }

            List<IoHistogram> histograms = [.. new[] { ("read", IoDirection.Read), ("write", IoDirection.Write) }.Select(d => Latency(jobs, d.Item1, d.Item2)).OfType<IoHistogram>()];
            return histograms.Count > 0
                ? histograms
                : throw new MigrateException(
                    "baseline.import-damaged", "The result of fio holds no latency of a read or write: no job did one, or its latencies were switched off.", "Run fio without disable_lat, disable_clat and gtod_reduce.");
        }
        catch (JsonException e)
        {
            throw Unknown(start < 0 ? "it holds no JSON" : $"its JSON breaks off or is damaged ({e.Message})", e);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException or KeyNotFoundException)
        {
            throw new MigrateException("baseline.import-damaged", $"The result of fio lacks a figure or has one of a wrong kind: {e.Message}", "Take it again with --output-format=json+.", e);
        }
    }

    private static MigrateException Unknown(string why, Exception? e) => new(
        "baseline.import-unknown", $"The file is no result of fio in JSON: {why}.", "Run fio with --output-format=json+ --output=FILE.", e);

    private static IoHistogram? Latency(JsonElement jobs, string member, IoDirection direction)
    {
        var counts = new SortedDictionary<long, long>(); // By upper limit in ns.
        double min = double.MaxValue, max = 0, sum = 0, operations = 0;
        foreach (var latency in jobs.EnumerateArray().Select(job => LatencyOf(job, member)).OfType<JsonElement>())
        {
            var n = latency.GetProperty("N").GetDouble();
            operations += n;
            sum += n * latency.GetProperty("mean").GetDouble();
            min = Math.Min(min, latency.GetProperty("min").GetDouble());
            max = Math.Max(max, latency.GetProperty("max").GetDouble());
            foreach (var (limit, count) in BinsOf(latency, (long)n))
            {
                counts[limit] = counts.GetValueOrDefault(limit) + count;
            }
        }

        return operations == 0 || counts.Count == 0
            ? null
            : new IoHistogram(HistogramMetric.Latency, direction, min / 1000, max / 1000, sum / operations / 1000, counts.Values.Sum(), [.. WithEmptyBins(counts)]);
    }

    /// <summary>The whole latency where it was counted, else that from submission to completion; null for a direction without I/O.</summary>
    private static JsonElement? LatencyOf(JsonElement job, string member)
    {
        if (!job.TryGetProperty(member, out var direction))
        {
            return null;
        }

        var known = Latencies
            .Select(name => direction.TryGetProperty(name, out var latency) && latency.TryGetProperty("N", out var n) && n.GetDouble() > 0 ? latency : (JsonElement?)null)
            .OfType<JsonElement>().ToList();
        return known.Where(HasBins).Concat(known.Where(latency => latency.TryGetProperty("percentile", out _))).Select(latency => (JsonElement?)latency).FirstOrDefault();
    }

    private static bool HasBins(JsonElement latency) => latency.TryGetProperty("bins", out var bins) && bins.EnumerateObject().Any();

    private static IEnumerable<(long Limit, long Count)> BinsOf(JsonElement latency, long n)
    {
        if (HasBins(latency))
        {
            return latency.GetProperty("bins").EnumerateObject().Select(bin => (UpperLimit(long.Parse(bin.Name, CultureInfo.InvariantCulture)), bin.Value.GetInt64()));
        }

        var bins = new List<(long, long)>();
        long below = 0;
        foreach (var (share, value) in latency.GetProperty("percentile").EnumerateObject()
            .Select(p => (double.Parse(p.Name, CultureInfo.InvariantCulture) / 100, p.Value.GetInt64())).OrderBy(p => p.Item1))
        {
            var upTo = (long)Math.Round(share * n);
            bins.Add((UpperLimit(value), upTo - below));
            below = upTo;
        }

        // A percentile names the middle of a bin of fio, whose end may lie above the slowest I/O there was.
        bins.Add((Math.Max((long)latency.GetProperty("max").GetDouble(), bins.Select(bin => bin.Item1).DefaultIfEmpty().Max()), n - below));
        return bins;
    }

    /// <summary>fio names a bin by the middle of its range; this is the range's last nanosecond.</summary>
    internal static long UpperLimit(long middle) => Width(middle) is var width ? (middle / width * width) + width - 1 : 0;

    private static long Width(long value) => value < 1 << (BitsPerPower + 1) ? 1 : 1L << (BitOperations.Log2((ulong)value) - BitsPerPower);

    /// <summary>fio leaves empty bins out; without them a bin would seem to begin where the one before ended.</summary>
    private static IEnumerable<HistogramBin> WithEmptyBins(SortedDictionary<long, long> counts)
    {
        long before = -1;
        foreach (var (limit, count) in counts)
        {
            var from = limit / Width(limit) * Width(limit);
            if (from - 1 > before)
            {
                yield return new HistogramBin((from - 1) / 1000.0, 0);
            }

            yield return new HistogramBin(limit / 1000.0, count);
            before = limit;
        }
    }
}
