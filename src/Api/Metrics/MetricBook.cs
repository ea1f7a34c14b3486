using System.Diagnostics.Metrics;
using System.Text;

namespace Migrate.Api.Metrics;

/// <summary>
/// Listens to the meters of this product, of its web server and of the runtime, and keeps what they say for whoever reads <c>/metrics</c>. Instruments with the
/// same name in Prometheus are one.
/// </summary>
internal sealed class MetricBook : IDisposable
{
    private static readonly string[] Others = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];

    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();
    private readonly Lock _reading = new();
    private readonly SortedDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);

    public MetricBook()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (IsWanted(instrument.Meter.Name))
            {
                listener.EnableMeasurementEvents(instrument, FamilyOf(instrument));
            }
        };
        _listener.SetMeasurementEventCallback<double>(Take);
        _listener.SetMeasurementEventCallback<float>((i, value, tags, state) => Take(i, value, tags, state));
        _listener.SetMeasurementEventCallback<long>((i, value, tags, state) => Take(i, value, tags, state));
        _listener.SetMeasurementEventCallback<int>((i, value, tags, state) => Take(i, value, tags, state));
        _listener.Start();
    }

    public static bool IsWanted(string meter) => meter.StartsWith("Migrate.", StringComparison.Ordinal) || Others.Contains(meter);

    /// <summary>Asks what is observed now, and writes everything. One reader after the other: each forgets what is observed and asks anew.</summary>
    public void Write(StringBuilder text)
    {
        lock (_reading)
        {
            lock (_gate)
            {
                foreach (var family in _families.Values.Where(x => x.IsObserved))
                {
                    family.Clear(); // What is gone must not be shown as it was.
                }
            }

            _listener.RecordObservableInstruments();
            List<MetricFamily> families;
            lock (_gate)
            {
                families = [.. _families.Values];
            }

            foreach (var family in families)
            {
                family.Write(text);
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    private MetricFamily FamilyOf(Instrument instrument)
    {
        var made = MetricFamily.Of(instrument);
        lock (_gate)
        {
            if (!_families.TryGetValue(made.Name, out var family))
            {
                _families[made.Name] = family = made;
            }

            return family;
        }
    }

    private static void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
        ((MetricFamily)state!).Record(value, tags, instrument.IsObservable);
}
