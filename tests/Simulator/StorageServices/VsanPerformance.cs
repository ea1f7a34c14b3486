using System.Globalization;
using System.Xml.Linq;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Performance;
using Migrate.Simulator.Soap;
using Migrate.Simulator.VirtualMachines;

namespace Migrate.Simulator.StorageServices;

/// <summary>
/// vSAN's performance service: what each virtual disk did in five-minute means, made of the same load as PerformanceManager's samples. Its
/// limits are those that its documentation names.
/// </summary>
internal sealed class VsanPerformance(Vcenter vcenter)
{
    private const int IntervalSeconds = 300;
    private const int MostSpecs = 100;
    private const string TimeFormat = "yyyy-MM-dd HH:mm:ss";
    private static readonly string[] Labels = ["iopsRead", "iopsWrite", "throughputRead", "throughputWrite", "latencyRead", "latencyWrite"];

    private readonly PerfSamples _samples = new(vcenter.Estate.Seed);

    public XElement Vscsi(XNamespace ns) => new(ns + "x",
        new XElement(ns + "name", "vscsi"),
        new XElement(ns + "id", "vscsi"),
        Graph(ns, "iops", "number", "iopsRead", "iopsWrite"),
        Graph(ns, "tput", "rate_bytes", "throughputRead", "throughputWrite"),
        Graph(ns, "lat", vcenter.Estate.Clusters.Select(c => c.VsanState.PerformanceLatencyUnit).FirstOrDefault() ?? "time_us", "latencyRead", "latencyWrite"));

    public IEnumerable<XElement> Query(XNamespace ns, Cluster cluster, List<XElement> specs)
    {
        if (!cluster.VsanState.PerformanceService)
        {
            throw new VimFaultException(new("NotFound"), "No ESXi host could be contacted to perform the operation.");
        }

        if (specs.Count is 0 or > MostSpecs)
        {
            throw VimFaultException.InvalidArgument("querySpecs", $"A specified parameter was not correct: querySpecs ({specs.Count})");
        }

        return [.. specs.Select(spec => One(ns, cluster, spec)).OfType<XElement>()];
    }

    /// <summary>Null for what this cluster does not have: such entities are left out of the answer.</summary>
    private XElement? One(XNamespace ns, Cluster cluster, XElement spec)
    {
        if (spec.Time("startTime") is not { } from || spec.Time("endTime") is not { } to || to - from > TimeSpan.FromHours(24))
        {
            throw VimFaultException.InvalidArgument("querySpecs", "A specified parameter was not correct: querySpecs (startTime and endTime less than 24 hours apart)");
        }

        var state = cluster.VsanState;
        var entity = spec.ChildText("entityRefId") ?? "";
        var parts = entity.Split(':', 2)[^1].Split('|');
        var vm = parts.Length == 2 ? vcenter.All<VirtualMachine>().FirstOrDefault(v => v.InstanceUuid == parts[0] && cluster.Hosts.Contains(v.Host)) : null;
        var disk = vm?.Disks.FirstOrDefault(d => (state.PerformanceNamesVscsi ? "v" : "") + d.Instance == parts[1] && d.Datastore.IsVsan);
        if (!entity.StartsWith("vscsi:", StringComparison.Ordinal) || disk is null || vm!.State.Power != "poweredOn")
        {
            return null;
        }

        var instance = new PerfInstance("virtualDisk", disk.Instance, disk.Uuid, disk.Source.Load ?? vm.Source.Load);
        var times = Times(from, to < vcenter.Now ? to : vcenter.Now);
        var labels = spec.Children("labels").Select(e => e.Value.Trim()).ToList();
        return new XElement(ns + "x",
            new XElement(ns + "entityRefId", entity),
            new XElement(ns + "sampleInfo", string.Join(',', times.Select(t => t.AddMinutes(state.PerformanceZoneMinutes).ToString(TimeFormat, CultureInfo.InvariantCulture)))),
            Labels.Where(label => labels.Count == 0 || labels.Contains(label)).Select(label => new XElement(ns + "value",
                new XElement(ns + "metricId", new XElement(ns + "label", label), new XElement(ns + "metricsCollectInterval", IntervalSeconds)),
                new XElement(ns + "values", string.Join(',', times.Select(t => Mean(label, instance, t, state.PerformanceLatencyUnit).ToString(CultureInfo.InvariantCulture)))))));
    }

    private static List<DateTime> Times(DateTime from, DateTime to)
    {
        var times = new List<DateTime>();
        for (var slot = (from.Ticks / TimeSpan.TicksPerSecond / IntervalSeconds) + 1; slot * IntervalSeconds * TimeSpan.TicksPerSecond <= to.Ticks; slot++)
        {
            times.Add(new DateTime(slot * IntervalSeconds * TimeSpan.TicksPerSecond, DateTimeKind.Utc));
        }

        return times;
    }

    /// <summary>Of every fifth sample of 20 s; latencies weigh with their I/Os.</summary>
    private long Mean(string label, PerfInstance disk, DateTime end, string latencyUnit)
    {
        var read = label.EndsWith("Read", StringComparison.Ordinal);
        var ends = Enumerable.Range(0, 3).Select(i => end.AddSeconds(-5 * PerfSamples.IntervalSeconds * i)).ToList();
        double Of(string counter, DateTime at) => Math.Max(0, _samples.Value(PerfCounter.All.First(c => c.Group == "virtualDisk" && c.Name == counter), disk, at));
        var (iops, us, rate) = read ? ("numberReadAveraged", "readLatencyUS", "read") : ("numberWriteAveraged", "writeLatencyUS", "write");
        var all = ends.Sum(t => Of(iops, t));
        return (long)Math.Round(label switch
        {
            "iopsRead" or "iopsWrite" => all / ends.Count,
            "throughputRead" or "throughputWrite" => ends.Average(t => Of(rate, t)) * 1024,
            _ => all == 0 ? 0 : ends.Sum(t => Of(iops, t) * Of(us, t)) / all / (latencyUnit == "time_ms" ? 1000 : 1),
        });
    }

    private static XElement Graph(XNamespace ns, string id, string unit, params string[] labels) => new(ns + "graphs",
        new XElement(ns + "id", id),
        labels.Select(label => new XElement(ns + "metrics", new XElement(ns + "label", label), new XElement(ns + "metricsCollectInterval", IntervalSeconds))),
        new XElement(ns + "unit", unit));
}
