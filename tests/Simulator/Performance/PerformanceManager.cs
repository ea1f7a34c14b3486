using System.Globalization;
using System.Xml.Linq;
using Migrate.Simulator.Hosts;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.Performance;

/// <summary>Counters and realtime samples. History is not simulated: queries for it find nothing.</summary>
public sealed class PerformanceManager(Vcenter vcenter) : ManagedObject("PerformanceManager", "PerfMgr")
{
    private readonly PerfSamples _samples = new(vcenter.Estate.Seed);

    /// <summary>From the next interval on; null for what the load makes of it.</summary>
    internal void TellLatency(string datastoreUuid, double? milliseconds) => _samples.Tell(datastoreUuid, milliseconds, vcenter.Now);

    public override Task<Reply> InvokeAsync(SoapCall call, CancellationToken cancellationToken) => call.Method switch
    {
        "QueryPerfProviderSummary" => Task.FromResult(new Reply(Provider(Entity(call.Arguments)), "PerfProviderSummary")),
        "QueryAvailablePerfMetric" => Task.FromResult(new Reply(Available(call), "PerfMetricId")),
        "QueryPerfCounter" => Task.FromResult(new Reply(Counters(call), "PerfCounterInfo")),
        "QueryPerfCounterByLevel" => Task.FromResult(new Reply(PerfCounter.All.Where(c => c.Level <= call.Number("level")).Select(c => c.ToInfo()).ToList(), "PerfCounterInfo")),
        "QueryPerf" => Task.FromResult(new Reply(QueryAll([.. call.Arguments.Children("querySpec")]), "PerfEntityMetricBase")),
        _ => base.InvokeAsync(call, cancellationToken),
    };

    protected override object? Property(string name) => name switch
    {
        "perfCounter" => PerfCounter.All.Select(c => c.ToInfo()).ToList(),
        "historicalInterval" => new[] { Interval(1, 300, "Past day", 86400), Interval(2, 1800, "Past week", 604800), Interval(3, 7200, "Past month", 2592000), Interval(4, 86400, "Past year", 31536000) },
        _ => null,
    };

    private static DataObject Interval(int key, int period, string name, int length) => DataObject.Of(
        "PerfInterval", ("key", key), ("samplingPeriod", period), ("name", name), ("length", length), ("level", 1), ("enabled", true));

    private ManagedObject Entity(XElement arguments)
    {
        var reference = arguments.Child("entity")?.AsReference() ?? throw VimFaultException.InvalidArgument("entity", "A specified parameter was not correct: entity");
        return vcenter.Find(reference) ?? throw VimFaultException.NotFound(reference);
    }

    private static DataObject Provider(ManagedObject entity)
    {
        var realtime = entity is VirtualMachine or HostSystem;
        return DataObject.Of(
            "PerfProviderSummary",
            ("entity", entity.Ref),
            ("currentSupported", realtime),
            ("summarySupported", true),
            ("refreshRate", realtime ? PerfSamples.IntervalSeconds : null));
    }

    private List<DataObject> Available(SoapCall call)
    {
        if (call.Number("intervalId") is { } interval and not PerfSamples.IntervalSeconds)
        {
            return [];
        }

        return [.. PerfInstance.Of(Entity(call.Arguments)).SelectMany(instance => PerfCounter.All.Where(c => c.Group == instance.Group).Select(c => Id(c, instance.Instance)))];
    }

    private static List<DataObject> Counters(SoapCall call) => [.. call.Arguments.Children("counterId").Select(e => CounterOf(e.Value.Trim()).ToInfo())];

    private static PerfCounter CounterOf(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && PerfCounter.Find(id) is { } counter
            ? counter
            : throw VimFaultException.InvalidArgument("counterId", $"A specified parameter was not correct: counterId ({text})");

    /// <summary>Refused as a whole, as vCenter does, when it asks for more metrics than the setting allows.</summary>
    private List<DataObject> QueryAll(List<XElement> specs)
    {
        vcenter.Faults.CountPerformanceQuery();
        var limit = vcenter.Estate.MaxQueryMetrics;
        if (limit > 0 && specs.Sum(spec => Wanted(spec, PerfInstance.Of(Entity(spec)).ToList()).Count()) > limit)
        {
            throw new VimFaultException(
                DataObject.Of("RestrictedByAdministrator", ("details", "vpxd.stats.maxQueryMetrics")),
                "This operation is restricted by the administrator - 'vpxd.stats.maxQueryMetrics'. Contact your system administrator.");
        }

        return [.. specs.Select(Query).OfType<DataObject>()];
    }

    private DataObject? Query(XElement spec)
    {
        var entity = Entity(spec);
        var times = spec.Int("intervalId") is null or PerfSamples.IntervalSeconds
            ? PerfSamples.Times(vcenter.Now, spec.Time("startTime"), spec.Time("endTime"), spec.Int("maxSample"))
            : [];
        var series = Wanted(spec, PerfInstance.Of(entity).ToList()).Where(s => s.Counter.Level <= vcenter.Estate.StatisticsLevel).ToList();
        if (times.Count == 0 || series.Count == 0)
        {
            return null;
        }

        return spec.ChildText("format") == "csv" ? Csv(entity, times, series) : Normal(entity, times, series);
    }

    /// <summary>Instance "*" means every one, "" the aggregate; no metricId at all means everything.</summary>
    private static IEnumerable<(PerfCounter Counter, PerfInstance Instance)> Wanted(XElement spec, List<PerfInstance> instances)
    {
        var ids = spec.Children("metricId").Select(e => (Counter: CounterOf(e.ChildText("counterId") ?? ""), Instance: e.ChildText("instance") ?? "")).ToList();
        if (ids.Count == 0)
        {
            return instances.SelectMany(i => PerfCounter.All.Where(c => c.Group == i.Group).Select(c => (c, i)));
        }

        return ids.SelectMany(id => instances.Where(i => i.Group == id.Counter.Group && (id.Instance == "*" || i.Instance == id.Instance)).Select(i => (id.Counter, i)));
    }

    private DataObject Normal(ManagedObject entity, List<DateTime> times, List<(PerfCounter Counter, PerfInstance Instance)> series) => DataObject.Of(
        "PerfEntityMetric",
        ("entity", entity.Ref),
        ("sampleInfo", times.Select(t => DataObject.Of("PerfSampleInfo", ("timestamp", t), ("interval", PerfSamples.IntervalSeconds))).ToList()),
        ("value", series.Select(s => DataObject.Of(
            "PerfMetricIntSeries",
            ("id", Id(s.Counter, s.Instance.Instance)),
            ("value", times.Select(t => _samples.Value(s.Counter, s.Instance, t)).ToList()))).ToList()));

    private DataObject Csv(ManagedObject entity, List<DateTime> times, List<(PerfCounter Counter, PerfInstance Instance)> series) => DataObject.Of(
        "PerfEntityMetricCSV",
        ("entity", entity.Ref),
        ("sampleInfoCSV", string.Join(',', times.Select(t => string.Create(CultureInfo.InvariantCulture, $"{PerfSamples.IntervalSeconds},{t:yyyy-MM-dd'T'HH:mm:ss'Z'}")))),
        ("value", series.Select(s => DataObject.Of(
            "PerfMetricSeriesCSV",
            ("id", Id(s.Counter, s.Instance.Instance)),
            ("value", string.Join(',', times.Select(t => _samples.Value(s.Counter, s.Instance, t).ToString(CultureInfo.InvariantCulture)))))).ToList()));

    private static DataObject Id(PerfCounter counter, string instance) => DataObject.Of("PerfMetricId", ("counterId", counter.Id), ("instance", instance));
}
