using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans.Mappings;

/// <summary>Reads what a plan's VMs use at the source, and what becomes of it.</summary>
public sealed class PlanMappings(IDbContextFactory<MigrateDb> factory)
{
    private const int MostNamed = 20;
    // VMs per query: providers limit the parameters of one.
    private const int VmsAtOnce = 500;

    /// <exception cref="MigrateException">plan.unknown.</exception>
    public async Task<MappingUse> ReadAsync(string nameOrId, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        Plan plan = await PlanMaker.FindPlanAsync(db, nameOrId, cancellationToken);
        List<PlanVm> planned = await db.PlanVms.AsNoTracking().Where(vm => vm.PlanId == plan.Id).OrderBy(vm => vm.Wave).ThenBy(vm => vm.Position).ToListAsync(cancellationToken);
        Dictionary<string, Run> runs = await db.Runs.AsNoTracking().Where(run => run.PlanId == plan.Id && run.Phase != RunPhase.RolledBack).ToDictionaryAsync(run => run.VmKey, cancellationToken);
        int newest = await db.InventoryVersions.Where(version => version.SourceId == plan.SourceId).MaxAsync(version => (int?)version.Number, cancellationToken) ?? plan.InventoryVersion;
        KvmHost? row = await db.KvmHosts.AsNoTracking().SingleOrDefaultAsync(known => known.Id == plan.KvmHostId, cancellationToken);
        TargetHost? host = row is null ? null : TargetHost.Of(row);
        ILookup<string, SeenCard> cards = await CardsAsync(db, plan, planned, cancellationToken);
        PlanPolicy policy = PlannerJson.Read(plan.Policy, PlannerJson.Default.PlanPolicy);
        return new MappingUse(
            plan.Name,
            newest,
            NetworksOf(policy, planned, cards, runs, await BodiesAsync(db, plan, InventoryKind.Network, PlannerJson.Default.Network, cancellationToken), host),
            DatastoresOf(planned, await BodiesAsync(db, plan, InventoryKind.Datastore, PlannerJson.Default.Datastore, cancellationToken)),
            host,
            row?.EffectiveAttachment);
    }

    private static List<NetworkUse> NetworksOf(
        PlanPolicy policy, List<PlanVm> planned, ILookup<string, SeenCard> seen, Dictionary<string, Run> runs, List<Network> known, TargetHost? host)
    {
        ILookup<string, Network> byName = known.ToLookup(network => network.Name);
        ILookup<string, (PlanVm Vm, SeenCard Card)> cards = planned.SelectMany(vm => seen[vm.VmKey].Select(card => (vm, card))).ToLookup(use => use.card.Nic.NetworkName);
        var concerns = new ConcernBook(planned);
        return
        [
            .. cards.Select(use => use.Key).Union(policy.Networks.Keys).Select(name =>
            {
                NetworkMapping? target = policy.Networks.GetValueOrDefault(name);
                List<PlanVm> users = [.. cards[name].Select(use => use.Vm).Distinct()];
                List<(PlanVm Vm, string? Why)> begun = [.. users.Where(vm => runs.ContainsKey(vm.VmKey) && runs[vm.VmKey].Phase != RunPhase.Completed).Select(vm => (vm, PlanMapper.WhyFixed(runs[vm.VmKey])))];
                return new NetworkUse(
                    name,
                    [.. byName[name].Select(network => network.Type).Distinct()],
                    [.. byName[name].Select(network => network.Switch).OfType<string>().Distinct()],
                    [.. byName[name].Select(network => network.Vlan).OfType<string>().Distinct()],
                    users.Count,
                    cards[name].Count(),
                    [.. users.Take(MostNamed).Select(vm => vm.VmName)],
                    target,
                    target is null ? null : HostNetworks.Has(host, target),
                    begun.Count(one => one.Why is null),
                    [.. begun.Where(one => one.Why is not null).Take(MostNamed).Select(one => $"'{one.Vm.VmName}' {one.Why}.")],
                    concerns.Of(cards[name].Where(use => use.Card.IsPlanned).Select(use => (use.Vm, use.Card.Nic.Label)), name));
            })
            .OrderBy(use => use switch { { Vms: 0 } => 3, { Target: null } => 0, { IsThere: false } => 1, _ => 2 }).ThenBy(use => use.Network, StringComparer.OrdinalIgnoreCase),
        ];
    }

    private static List<DatastoreUse> DatastoresOf(List<PlanVm> planned, List<Datastore> known)
    {
        Dictionary<string, Datastore> byKey = known.ToDictionary(datastore => datastore.Key);
        ILookup<string, (PlanVm Vm, PlannedDisk Disk)> disks = planned
            .SelectMany(vm => JsonSerializer.Deserialize(vm.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk)!.Select(disk => (vm, disk))).ToLookup(use => use.disk.DatastoreKey ?? "");
        var concerns = new ConcernBook(planned);
        return
        [
            .. disks.Select(use =>
            {
                Datastore? datastore = byKey.GetValueOrDefault(use.Key);
                string name = datastore?.Name ?? (use.Key.Length == 0 ? "files of this machine" : use.Key);
                return new DatastoreUse(
                    name, use.Key, datastore?.Type ?? "", use.Select(one => one.Vm).Distinct().Count(), use.Count(), use.Sum(one => one.Disk.CapacityBytes),
                    [.. use.CountBy(one => one.Disk.Reader).OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => new ReaderUse(one.Key, one.Value))],
                    concerns.Of(use.Select(one => (one.Vm, one.Disk.Label)), name));
            })
            .OrderBy(use => use.Readers.Any(reader => reader.Reader == ReaderChoice.None) ? 0 : 1).ThenBy(use => use.Datastore, StringComparer.OrdinalIgnoreCase),
        ];
    }

    /// <summary>Network cards by VM, as they were when the plan was made and as they are now: the domain is previewed by the ones, and a wave's start is judged by the others.</summary>
    private static async Task<ILookup<string, SeenCard>> CardsAsync(MigrateDb db, Plan plan, List<PlanVm> planned, CancellationToken cancellationToken)
    {
        int version = plan.InventoryVersion;
        var cards = new List<SeenCard>();
        foreach (string[] some in planned.Select(vm => vm.VmKey).Chunk(VmsAtOnce))
        {
            var rows = await db.InventoryObjects.AsNoTracking()
                .Where(row => row.SourceId == plan.SourceId && row.Kind == InventoryKind.Vm && some.Contains(row.Key)
                    && (row.ToVersion == null || (row.FromVersion <= version && row.ToVersion > version)))
                .OrderBy(row => row.FromVersion).Select(row => new { row.Key, row.Body, IsPlanned = row.FromVersion <= version && (row.ToVersion == null || row.ToVersion > version) }).ToListAsync(cancellationToken);
            cards.AddRange(rows.SelectMany(row => PlannerJson.Read(row.Body, PlannerJson.Default.Vm).Nics.Select(nic => new SeenCard(row.Key, nic, row.IsPlanned)))
                .DistinctBy(card => (card.VmKey, card.Nic.Key, card.Nic.NetworkName)));
        }
        return cards.ToLookup(card => card.VmKey);
    }

    /// <summary>The source's newest, and what only the plan's version has.</summary>
    private static async Task<List<T>> BodiesAsync<T>(MigrateDb db, Plan plan, InventoryKind kind, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        int version = plan.InventoryVersion;
        var rows = await db.InventoryObjects.AsNoTracking()
            .Where(row => row.SourceId == plan.SourceId && row.Kind == kind && (row.ToVersion == null || (row.FromVersion <= version && row.ToVersion > version)))
            .Select(row => new { row.Key, row.ToVersion, row.Body }).ToListAsync(cancellationToken);
        return [.. rows.GroupBy(row => row.Key).Select(states => PlannerJson.Read((states.FirstOrDefault(row => row.ToVersion == null) ?? states.First()).Body, type))];
    }

    /// <summary>A card; <paramref name="IsPlanned"/>: it was so when the plan was made, as concerns are told by.</summary>
    private sealed record SeenCard(string VmKey, Nic Nic, bool IsPlanned);

    /// <summary>Concerns of a plan's VMs, by what they are about.</summary>
    private sealed class ConcernBook(List<PlanVm> planned)
    {
        private readonly Dictionary<Guid, IReadOnlyList<Concern>> _concerns = planned.ToDictionary(vm => vm.Id, vm => JsonSerializer.Deserialize(vm.Concerns, PlannerJson.Default.IReadOnlyListConcern)!);

        /// <param name="devices">VMs with the labels of their cards or disks.</param>
        /// <param name="place">The network or datastore.</param>
        public IReadOnlyList<ConcernUse> Of(IEnumerable<(PlanVm Vm, string Label)> devices, string place) =>
        [
            .. devices.GroupBy(device => device.Vm)
                .SelectMany(own => _concerns[own.Key.Id].Where(concern => concern.Subject == place || own.Any(device => device.Label == concern.Subject)).Select(concern => (own.Key, Concern: concern)))
                .GroupBy(found => found.Concern.Id)
                .Select(found => new ConcernUse(found.Key, found.Max(one => one.Concern.Severity), found.First().Concern.Label, found.Select(one => one.Key).Distinct().Count()))
                .OrderByDescending(use => use.Severity).ThenBy(use => use.Id, StringComparer.Ordinal),
        ];
    }
}
