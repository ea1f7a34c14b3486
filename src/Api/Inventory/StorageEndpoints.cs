using System.ComponentModel;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text.Json;
using Migrate.Api.Problems;
using Migrate.Api.Security;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Iser;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Inventory;

/// <summary>What lies under datastores, and whether iSER has what it needs.</summary>
internal static class StorageEndpoints
{
    private const int LongestEvidence = 1 << 20;

    public static readonly ListOrders<InventoryObject> HostOrders = new ListOrders<InventoryObject>("host").Last(o => o.Key).By("host", o => o.Name);

    public static void MapStorage(this RouteGroupBuilder api)
    {
        var inventory = api.MapGroup("sources/{source}").WithTags("Inventory");
        inventory.MapGet("topology", TopologyAsync).OrderedBy(InventoryReader.Orders).WithName("ListTopology")
            .Produces<Page<DatastoreTopology>>()
            .WithSummary("Datastores with the way over extents, LUNs and paths down to HBAs and NVMe controllers, and what is weak about it.").ProducesProblem(404);
        inventory.MapGet("iser", IserAsync).OrderedBy(HostOrders).WithName("ListIser").Produces<Page<HostIser>>().WithSummary("Hosts with their iSER adapters: what carries each, and every requirement of iSER.").ProducesProblem(404);
        inventory.MapPost("iser", GiveEvidenceAsync).Needs(Role.Operator).WithName("GiveIserEvidence")
            .WithSummary("Keeps what is given as evidence of flow control, with who and when, and judges the hosts that it is of.").ProducesProblem(404).ProducesProblem(422);
    }

    private static async Task<RawPage> TopologyAsync(
        string source,
        [Description("Name or key of one datastore; all when absent.")] string? datastore,
        [Description("Part of the name.")] string? filter,
        [Description("Inventory version; the newest when absent.")] int? version,
        [AsParameters] Paging paging,
        SourceRegister register,
        InventoryReader reader,
        CancellationToken cancellationToken) =>
        await reader.ListTopologyAsync((await register.FindAsync(source, cancellationToken)).Id, version, datastore, filter, paging, cancellationToken);

    private static async Task<RawPage> IserAsync(
        string source,
        [Description("Part of the name.")] string? filter,
        [Description("Inventory version; the newest when absent.")] int? version,
        [AsParameters] Paging paging,
        SourceRegister register,
        InventoryReader reader,
        FlowControlEvidenceStore evidences,
        CancellationToken cancellationToken)
    {
        var sourceId = (await register.FindAsync(source, cancellationToken)).Id;
        var known = await evidences.LoadAsync(sourceId, cancellationToken);
        return await reader.ListRawAsync(
            sourceId, version, InventoryKind.Host, PlannerJson.Default.EsxHost, $"iser {HashOf(known)}", h => ViewOf(h, known.GetValueOrDefault(h.Name)), HostOrders, filter, paging, cancellationToken);
    }

    private static string HashOf(IReadOnlyDictionary<string, HostFlowControl> known) =>
        Convert.ToHexString(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(known.OrderBy(x => x.Key, StringComparer.Ordinal), Json.Options)));

    private static async Task<IReadOnlyList<HostIser>> GiveEvidenceAsync(
        string source,
        IReadOnlyList<FlowControlEvidence> evidence,
        [Description("Inventory version whose hosts are shown; the newest when absent.")] int? version,
        [Description("Who gives it, kept beside the authenticated name.")] string? by,
        ClaimsPrincipal user,
        SourceRegister register,
        InventoryReader reader,
        FlowControlEvidenceStore evidences,
        CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        if (evidence.Count is 0 or > Paging.Largest)
        {
            errors.Add($"evidence: of 1 to {Paging.Largest} hosts.");
        }

        if (evidence.Any(e => e?.Host is null))
        {
            throw new InvalidRequestException("iser.evidence-invalid", "The evidence cannot be used: 1 problem.", ["evidence: each entry names its host."]);
        }

        foreach (var host in evidence.GroupBy(e => e.Host).Where(g => g.Count() > 1))
        {
            errors.Add($"evidence: host '{host.Key}' is there {host.Count()} times; put its outputs into one text.");
        }

        var given = evidence.GroupBy(e => e.Host).ToDictionary(g => g.Key, g => (Nics: NicsOf(g.First()), Kind: g.First().Switch, Note: (g.First().SwitchNote ?? "").Trim()));
        var sourceId = (await register.FindAsync(source, cancellationToken)).Id;
        var hosts = errors.Count > 0 ? [] : await reader.HostsByNameAsync(sourceId, version, [.. given.Keys], cancellationToken);
        // A host that is not there comes first: what was given for it matters no more.
        HashSet<string> absent = errors.Count > 0 ? [] : [.. given.Keys.Except(hosts.Select(h => h.Name))];
        errors.AddRange(absent.Select(name => $"evidence: there is no host '{name}' in that inventory."));
        errors.AddRange(evidence.Where(e => !absent.Contains(e.Host) && (e.Esxcli is null ? e.Switch is null : given[e.Host].Nics.Count == 0))
            .Select(e => $"evidence: what was given for host '{e.Host}' shows the flow control of no NIC; give the output of 'esxcli network nic pauseParams list', or say what the switch does."));
        errors.AddRange(given.Where(g => g.Value.Note.Length > FlowControlEvidenceStore.LongestNote).Select(g => $"evidence: the note on the switch of host '{g.Key}' is longer than {FlowControlEvidenceStore.LongestNote} characters."));
        errors.AddRange(given.Where(g => g.Value is { Note.Length: > 0, Kind: null }).Select(g => $"evidence: the note on the switch of host '{g.Key}' comes without what its ports do: Pfc, Pause or None."));
        if (errors.Count > 0)
        {
            throw new InvalidRequestException("iser.evidence-invalid", $"The evidence cannot be used: {Text.Count(errors.Count, "problem")}.", errors);
        }

        await evidences.GiveAsync(sourceId, given, Caller.Name(user, by), cancellationToken);
        var known = await evidences.LoadAsync(sourceId, cancellationToken);
        return [.. hosts.Select(h => ViewOf(h, known.GetValueOrDefault(h.Name)))];
    }

    private static IReadOnlyDictionary<string, FlowControl> NicsOf(FlowControlEvidence evidence) =>
        evidence.Esxcli is { Length: <= LongestEvidence } text ? FlowControl.Parse(text) : HostFlowControl.Unknown.Nics;

    private static HostIser ViewOf(EsxHost host, HostFlowControl? flowControl) => new(
        host.Name,
        [.. IserChecks.Of(host, flowControl).Select(r => new IserAdapter(
            r.Adapter, r.Chain.Adapter.Confidence, r.Chain.Adapter.Reason, r.Chain.ToString(), r.Chain.SpeedMbps, r.Chain.Device?.Flavour ?? "", r.Checks))]);
}
