using System.Globalization;
using System.Xml.Linq;
using Migrate.Planner.Baselines.Series;
using Migrate.Vim25;

namespace Migrate.Planner.VSphere.Storage;

/// <summary>
/// Reads what vSAN's performance service keeps of virtual disks: means of five minutes, for months, where it is switched on. Of its
/// entities "vscsi" carries the load of a virtual disk; "virtual-disk" has only its limit.
/// </summary>
internal sealed class VsanPerformanceReader(VSphereSession session)
{
    /// <summary>Entities that one query may name.</summary>
    private const int MostSpecs = 100;
    private const string EntityType = "vscsi";
    private static readonly ManagedObjectReference Manager = new("VsanPerformanceManager", "vsan-performance-manager");

    private readonly SoapService _service = new(session, "/vsanHealth", "urn:vsan", "6.8.7");
    private IReadOnlyDictionary<string, string>? _units;

    /// <summary>Its documentation names a disk vscsi0:1, vim25 scsi0:1: which of both a release knows shows in its first answer.</summary>
    private string _prefix = "";

    /// <summary>Each disk's samples inside its own span, which must be shorter than a day. What the service does not know is left out.</summary>
    /// <exception cref="MigrateException">
    /// source.vsan-performance: the service is off or says nothing that can be understood; source.service-absent; what a lost connection is.
    /// </exception>
    public async Task<VsanReading> ReadAsync(string clusterKey, IReadOnlyList<VsanSampleQuery> queries, CancellationToken cancellationToken)
    {
        var cluster = _service.Reference("cluster", new ManagedObjectReference("ClusterComputeResource", clusterKey));
        var calls = 0;
        var found = new List<(VsanSampleQuery Query, SampleSeries Samples)>();
        var problems = new Dictionary<string, string>(StringComparer.Ordinal);
        var disks = queries.ToLookup(Name, StringComparer.OrdinalIgnoreCase);
        // VMs that are copied files share an instance UUID: an answer is about one of them, and nobody knows which.
        foreach (var query in disks.Where(same => same.Count() > 1).SelectMany(same => same))
        {
            problems[query.VmKey] = $"Several collected VMs have the instance UUID {query.InstanceUuid}, by which vSAN names their disks: its figures cannot be told apart.";
        }

        try
        {
            if (_units is null)
            {
                calls++;
                _units = (await _service.CallAsync("VsanPerfGetSupportedEntityTypes", Manager, [cluster], cancellationToken))
                    .Where(type => type.Text("name") == EntityType).Select(VsanPerformanceRows.UnitsOf).FirstOrDefault() ?? new Dictionary<string, string>();
            }

            if (!VsanPerformanceRows.Labels.Keys.All(_units.ContainsKey))
            {
                throw Unusable(clusterKey, "does not say in which units it measures virtual disks", "Use a vCenter of 6.7 or later; PerformanceManager's counters are collected all the same.");
            }

            foreach (var chunk in disks.Where(same => same.Count() == 1).Select(same => same.First()).Chunk(MostSpecs))
            {
                var answers = await AskAsync(_prefix);
                if (answers.Count == 0 && found.Count == 0)
                {
                    var other = _prefix.Length == 0 ? "v" : "";
                    answers = await AskAsync(other);
                    _prefix = answers.Count > 0 ? other : _prefix;
                }

                var asked = chunk.ToDictionary(Name, StringComparer.OrdinalIgnoreCase);
                foreach (var answer in answers)
                {
                    if (asked.TryGetValue(NameIn(answer.Text("entityRefId") ?? ""), out var query))
                    {
                        var (series, problem) = VsanPerformanceRows.Read(answer, _units, query.After, query.Until);
                        found.Add((query, series));
                        if (problem is not null)
                        {
                            problems[query.VmKey] = $"{query.Instance}: {problem}";
                        }
                    }
                }

                async Task<IReadOnlyList<XElement>> AskAsync(string prefix)
                {
                    calls++;
                    return await _service.CallAsync("VsanPerfQueryPerf", Manager, [.. chunk.Select(query => Spec(query, prefix)), cluster], cancellationToken);
                }
            }
        }
        catch (VSphereFault fault) when (fault.Type is "NotFound" or "NotSupported")
        {
            throw Unusable(clusterKey, $"gives nothing ({fault.Type})", "Switch vSAN's performance service on for the cluster (Monitor, vSAN, Performance).");
        }

        return new VsanReading([.. found.Where(x => x.Samples.Count > 0)], problems, calls);
    }

    private XElement Spec(VsanSampleQuery query, string prefix) => _service.Argument(
        "querySpecs",
        [
            _service.Argument("entityRefId", $"{EntityType}:{query.InstanceUuid}|{prefix}{query.Instance}"),
            _service.Argument("startTime", Time(query.After)),
            _service.Argument("endTime", Time(query.Until)),
            .. VsanPerformanceRows.Labels.Keys.Select(label => _service.Argument("labels", label)),
        ]);

    private static string Name(VsanSampleQuery query) => $"{query.InstanceUuid}|{query.Instance}";

    /// <summary>"vscsi:UUID|vscsi0:1" and "vscsi:UUID|scsi0:1" as "UUID|scsi0:1".</summary>
    private static string NameIn(string entity)
    {
        var name = entity[(entity.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var bar = name.IndexOf('|', StringComparison.Ordinal);
        return bar >= 0 && name.AsSpan(bar + 1) is ['v', 's' or 'n' or 'i', ..] ? name[..(bar + 1)] + name[(bar + 2)..] : name;
    }

    private static string Time(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static MigrateException Unusable(string cluster, string what, string remedy) =>
        new("source.vsan-performance", $"vSAN's performance service of cluster {cluster} {what}.", remedy);
}
