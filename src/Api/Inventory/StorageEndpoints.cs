using System.ComponentModel;
using Migrate.Api.Problems;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Iser;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

/// <summary>What lies under datastores, and whether iSER has what it needs.</summary>
internal static class StorageEndpoints
{
    private const int LongestEvidence = 1 << 20;

    public static void MapStorage(this RouteGroupBuilder api)
    {
        var inventory = api.MapGroup("sources/{source}").WithTags("Inventory");
        inventory.MapGet("topology", TopologyAsync).WithName("ListTopology")
            .WithSummary("Datastores with the way over extents, LUNs and paths down to HBAs and NVMe controllers, and what is weak about it.").ProducesProblem(404);
        inventory.MapGet("iser", IserAsync).WithName("ListIser").WithSummary("Hosts with their iSER adapters: what carries each, and every requirement of iSER.").ProducesProblem(404);
        inventory.MapPost("iser", JudgeAsync).WithName("JudgeIser")
            .WithSummary("The same for hosts whose flow control is shown by the output of esxcli.").ProducesProblem(404).ProducesProblem(422);
    }

    private static async Task<Page<DatastoreTopology>> TopologyAsync(
        string source,
        [Description("Name or key of one datastore; all when absent.")] string? datastore,
        [Description("Inventory version; the newest when absent.")] int? version,
        [AsParameters] Paging paging,
        SourceRegister register,
        InventoryReader reader,
        CancellationToken cancellationToken) =>
        await reader.ListTopologyAsync((await register.FindAsync(source, cancellationToken)).Id, version, datastore, paging, cancellationToken);

    private static async Task<Page<HostIser>> IserAsync(
        string source,
        [Description("Inventory version; the newest when absent.")] int? version,
        [AsParameters] Paging paging,
        SourceRegister register,
        InventoryReader reader,
        CancellationToken cancellationToken)
    {
        var hosts = await reader.ListAsync(
            (await register.FindAsync(source, cancellationToken)).Id, version, InventoryKind.Host, PlannerJson.Default.EsxHost, paging, cancellationToken);
        return new Page<HostIser>([.. hosts.Items.Select(h => ViewOf(h, null))], hosts.Number, hosts.PageSize, hosts.Total);
    }

    private static async Task<IReadOnlyList<HostIser>> JudgeAsync(
        string source, IReadOnlyList<FlowControlEvidence> evidence, int? version, SourceRegister register, InventoryReader reader, CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        if (evidence.Count is 0 or > Paging.Largest)
        {
            errors.Add($"evidence: of 1 to {Paging.Largest} hosts.");
        }

        foreach (var host in evidence.GroupBy(e => e.Host).Where(g => g.Count() > 1))
        {
            errors.Add($"evidence: host '{host.Key}' is there {host.Count()} times; put its outputs into one text.");
        }

        var shown = evidence.GroupBy(e => e.Host).ToDictionary(g => g.Key, g => g.First().Esxcli is { Length: <= LongestEvidence } text ? FlowControl.Parse(text) : new Dictionary<string, FlowControl>());
        errors.AddRange(shown.Where(e => e.Value.Count == 0).Select(e => $"evidence: what was given for host '{e.Key}' shows the flow control of no NIC; give the output of 'esxcli network nic pauseParams list'."));
        var sourceId = (await register.FindAsync(source, cancellationToken)).Id;
        var hosts = errors.Count > 0 ? [] : await reader.HostsByNameAsync(sourceId, version, [.. shown.Keys], cancellationToken);
        errors.AddRange(errors.Count > 0 ? [] : shown.Keys.Except(hosts.Select(h => h.Name)).Select(name => $"evidence: there is no host '{name}' in that inventory."));
        return errors.Count == 0
            ? [.. hosts.Select(h => ViewOf(h, shown[h.Name]))]
            : throw new InvalidRequestException("iser.evidence-invalid", $"The evidence cannot be used: {Text.Count(errors.Count, "problem")}.", errors);
    }

    private static HostIser ViewOf(EsxHost host, IReadOnlyDictionary<string, FlowControl>? flowControl) => new(
        host.Name,
        [.. IserChecks.Of(host, flowControl).Select(r => new IserAdapter(
            r.Adapter, r.Chain.Adapter.Confidence, r.Chain.Adapter.Reason, r.Chain.ToString(), r.Chain.SpeedMbps, r.Chain.Device?.Flavour ?? "", r.Checks))]);
}
