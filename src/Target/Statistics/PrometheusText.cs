using System.Globalization;
using System.Text;
using Migrate.Target.Admin;

namespace Migrate.Target.Statistics;

/// <summary>The target's state and statistics in Prometheus' text format (version 0.0.4).</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly CommandClass[] Classes = Enum.GetValues<CommandClass>();

    public static string Of(NvmeTarget target)
    {
        var text = new StringBuilder();
        var statistics = target.ReadStatistics();
        var namespaces = target.ListNamespaces().Select(n => (Info: n, Labels: LabelsOf(n), Totals: statistics.Namespaces.GetValueOrDefault(n.Uuid))).ToList();

        Begin(text, "migrate_target_namespace_online", "gauge", "1 while hosts see the namespace");
        namespaces.ForEach(n => Sample(text, "migrate_target_namespace_online", n.Labels, n.Info.Online ? 1 : 0));
        Begin(text, "migrate_target_namespace_capacity_bytes", "gauge", "Size of the namespace");
        namespaces.ForEach(n => Sample(text, "migrate_target_namespace_capacity_bytes", n.Labels, n.Info.CapacityBytes));
        Begin(text, "migrate_target_namespace_allocated_bytes", "gauge", "What the namespace takes of its file system");
        namespaces.ForEach(n => Sample(text, "migrate_target_namespace_allocated_bytes", n.Labels, n.Info.AllocatedBytes));
        Begin(text, "migrate_target_subsystem_controllers", "gauge", "Controllers that hosts have on the subsystem");
        foreach (var subsystem in target.ListSubsystems())
        {
            Sample(text, "migrate_target_subsystem_controllers", $"subsystem=\"{Escaped(subsystem.Nqn)}\"", subsystem.Controllers);
        }

        Begin(text, "migrate_target_host_connections", "gauge", "TCP connections of the host");
        foreach (var host in target.ListHosts())
        {
            Sample(text, "migrate_target_host_connections", HostLabel(host.Nqn), host.Controllers.Sum(c => c.Connections.Count));
        }

        Totals(text, "migrate_target_namespace", [.. namespaces.Where(n => n.Totals is not null).Select(n => (n.Labels, n.Totals!))]);
        Totals(text, "migrate_target_host", [.. statistics.Hosts.Select(h => (HostLabel(h.Key), h.Value))]);
        return text.ToString();
    }

    private static void Totals(StringBuilder text, string prefix, IReadOnlyList<(string Labels, CommandTotals Totals)> all)
    {
        Begin(text, $"{prefix}_bytes_total", "counter", "Bytes moved or deallocated by answered commands");
        foreach (var (labels, totals, commandClass) in Used(all))
        {
            Sample(text, $"{prefix}_bytes_total", With(labels, commandClass), totals.Bytes(commandClass));
        }

        Begin(text, $"{prefix}_errors_total", "counter", "Commands answered with an error, by status");
        foreach (var (labels, totals) in all)
        {
            foreach (var (status, count) in totals.Errors)
            {
                Sample(text, $"{prefix}_errors_total", $"{labels},status=\"{TargetMeter.Code(status)}\"", count);
            }
        }

        Begin(text, $"{prefix}_latency_seconds", "histogram", "From the arrival of the whole command to its answer");
        foreach (var (labels, totals, commandClass) in Used(all))
        {
            Histogram(text, $"{prefix}_latency_seconds", With(labels, commandClass), totals, commandClass);
        }
    }

    private static IEnumerable<(string Labels, CommandTotals Totals, CommandClass Class)> Used(IEnumerable<(string Labels, CommandTotals Totals)> all) =>
        from one in all
        from commandClass in Classes
        where one.Totals.Commands(commandClass) > 0
        select (one.Labels, one.Totals, commandClass);

    // Every fourth bound, the powers of two: the finer ones would make the page four times as long.
    private static void Histogram(StringBuilder text, string name, string labels, CommandTotals totals, CommandClass commandClass)
    {
        long seen = 0;
        var latencies = totals.Latencies(commandClass);
        for (var bucket = 0; bucket < LatencyBuckets.Count - 1; bucket++)
        {
            seen += latencies[bucket];
            if (bucket % 4 == 0)
            {
                var bound = (LatencyBuckets.UpperBoundNanoseconds(bucket) / 1e9).ToString("R", CultureInfo.InvariantCulture);
                Sample(text, $"{name}_bucket", $"{labels},le=\"{bound}\"", seen);
            }
        }

        var all = totals.Commands(commandClass);
        Sample(text, $"{name}_bucket", $"{labels},le=\"+Inf\"", all);
        Sample(text, $"{name}_sum", labels, totals.Time(commandClass).TotalSeconds);
        Sample(text, $"{name}_count", labels, all);
    }

    private static void Begin(StringBuilder text, string name, string type, string help) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

    private static void Sample(StringBuilder text, string name, string labels, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}{{{labels}}} {value:R}\n");

    private static string LabelsOf(NamespaceInfo one) =>
        string.Create(CultureInfo.InvariantCulture, $"namespace=\"{one.Uuid}\",subsystem=\"{Escaped(one.SubsystemNqn)}\",nsid=\"{one.Nsid}\"");

    private static string HostLabel(string nqn) => $"host=\"{Escaped(nqn)}\"";

    private static string With(string labels, CommandClass commandClass) => $"{labels},command=\"{TargetMeter.Word(commandClass)}\"";

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
