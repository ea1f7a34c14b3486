using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Migrate.Api.Metrics;

internal enum MetricType
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>One metric of the exposition with all its series.</summary>
internal sealed class MetricFamily
{
    /// <summary>Labels that grow without an end would fill the memory; what comes beyond is not kept.</summary>
    public const int MostSeries = 5000;

    private static readonly double[] UsualBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Cell> _cells = new(StringComparer.Ordinal);

    private MetricFamily(string name, MetricType type, string help, double[] bounds, bool isObserved) =>
        (Name, Type, Help, Bounds, IsObserved) = (name, type, help, bounds, isObserved);

    public string Name { get; }

    public MetricType Type { get; }

    public string Help { get; }

    public double[] Bounds { get; }

    public bool IsObserved { get; }

    public static MetricFamily Of(Instrument instrument)
    {
        var kind = instrument.GetType().Name;
        var type = kind.StartsWith("Histogram", StringComparison.Ordinal) ? MetricType.Histogram
            : kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal) ? MetricType.Counter
            : MetricType.Gauge;
        var bounds = instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } advised } ? [.. advised] : UsualBounds;
        return new MetricFamily(NameOf(instrument.Name, instrument.Unit, type), type, instrument.Description ?? instrument.Name, bounds, instrument.IsObservable);
    }

    /// <summary>As OpenTelemetry's rules for Prometheus have it: underscores, the unit in words, _total for counters.</summary>
    public static string NameOf(string name, string? unit, MetricType type)
    {
        var text = new StringBuilder();
        foreach (var c in name)
        {
            text.Append(char.IsAsciiLetterOrDigit(c) ? c : '_');
        }

        var words = unit switch { "s" => "seconds", "By" => "bytes", "1" when type == MetricType.Gauge => "ratio", _ => "" };
        if (words.Length > 0 && !text.ToString().EndsWith("_" + words, StringComparison.Ordinal))
        {
            text.Append('_').Append(words);
        }

        // _count is what a histogram's number of values is called; "dotnet.process.cpu.count" is none.
        var made = text.ToString();
        return type == MetricType.Counter ? made + "_total" : type == MetricType.Gauge && made.EndsWith("_count", StringComparison.Ordinal) ? made[..^6] + "_current" : made;
    }

    public void Clear()
    {
        lock (_gate)
        {
            _cells.Clear();
        }
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, bool isObserved)
    {
        var labels = LabelsOf(tags);
        lock (_gate)
        {
            if (!_cells.TryGetValue(labels, out var cell))
            {
                if (_cells.Count >= MostSeries)
                {
                    return;
                }

                _cells[labels] = cell = new Cell(Type == MetricType.Histogram ? Bounds.Length : 0);
            }

            if (Type == MetricType.Histogram)
            {
                cell.Observe(value, Bounds);
            }
            else
            {
                cell.Value = isObserved ? value : cell.Value + value;
            }
        }
    }

    /// <summary>Appends header and samples; a metric without any has its header all the same, so that it is known to exist.</summary>
    public void Write(StringBuilder text)
    {
        var type = Type.ToString().ToLowerInvariant();
        text.Append("# HELP ").Append(Name).Append(' ').Append(Help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
        text.Append("# TYPE ").Append(Name).Append(' ').Append(type).Append('\n');
        lock (_gate)
        {
            foreach (var (labels, cell) in _cells)
            {
                if (Type == MetricType.Histogram)
                {
                    WriteHistogram(text, labels, cell);
                }
                else
                {
                    Sample(text, Name, labels, cell.Value);
                }
            }
        }
    }

    private void WriteHistogram(StringBuilder text, string labels, Cell cell)
    {
        long below = 0;
        for (var i = 0; i <= Bounds.Length; i++)
        {
            below += cell.Counts[i];
            var bound = i == Bounds.Length ? "+Inf" : Number(Bounds[i]);
            Sample(text, $"{Name}_bucket", $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{bound}\"", below);
        }

        Sample(text, $"{Name}_sum", labels, cell.Value);
        Sample(text, $"{Name}_count", labels, below);
    }

    private static void Sample(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags)
        {
            var name = new string([.. key.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_')]);
            // "quantile" is what a summary's series are told apart by, and a gauge is none.
            labels[name == "quantile" ? "part" : char.IsAsciiDigit(name[0]) ? "_" + name : name] = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        }

        return string.Join(',', labels.Select(x => $"{x.Key}=\"{Escaped(x.Value)}\""));
    }

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private sealed class Cell(int bounds)
    {
        /// <summary>The value, or a histogram's sum.</summary>
        public double Value { get; set; }

        public long[] Counts { get; } = new long[bounds + 1];

        public void Observe(double value, double[] limits)
        {
            Value += value;
            var i = 0;
            while (i < limits.Length && value > limits[i])
            {
                i++;
            }

            Counts[i]++;
        }
    }
}
