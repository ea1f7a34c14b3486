using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Baselines;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Executor.Deployment;

/// <summary>
/// Designs the domains of a plan from what is stored: the plan's inventory, the newest baseline, the facts of the host's last probe. A run
/// designs with the host's facts of its own moment, and beside the domains that are there then.
/// </summary>
public sealed class PlannedDomains(IDbContextFactory<MigrateDb> databases, InventoryStore inventories, BaselineStore baselines, ITargetControl target)
{
    /// <summary>As the row of a host begins.</summary>
    private const string NeverRead = "{}";

    /// <param name="plan">Name of the plan.</param>
    /// <param name="vm">Name or key of one of its VMs.</param>
    /// <param name="attachment">backing | nvme-tcp; null: as the host attaches.</param>
    /// <param name="cancellationToken">Of the caller.</param>
    /// <exception cref="MigrateException">plan.unknown, vm.unknown, vm.ambiguous, vm.gone, host.removed, host.not-probed, domain.design.</exception>
    public async Task<PlannedDomain> FindAsync(string plan, string vm, string? attachment, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var row = await db.Plans.AsNoTracking().SingleOrDefaultAsync(p => p.Name == plan, cancellationToken)
            ?? throw new MigrateException("plan.unknown", $"There is no plan named '{plan}'.", "See 'migrate plan list'.");
        var planned = await ChooseAsync(db, row, vm, cancellationToken);
        var host = await db.KvmHosts.AsNoTracking().SingleOrDefaultAsync(h => h.Id == row.KvmHostId, cancellationToken)
            ?? throw new MigrateException("host.removed", $"The KVM host of the plan '{plan}' was removed.", "Make a plan for a host that there is.");
        var found = await inventories.FindVmAsync(row.SourceId, planned.VmKey, row.InventoryVersion, cancellationToken)
            ?? throw new MigrateException("vm.gone", $"The plan's inventory has no VM '{planned.VmName}' ({planned.VmKey}).", "Synchronise the source and make the plan anew.");
        var disks = JsonSerializer.Deserialize(planned.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk)!;
        var place = await target.PlaceAsync(cancellationToken);
        var request = new DomainRequest
        {
            Vm = found,
            Disks = await AttachmentsAsync(disks, attachment ?? host.EffectiveAttachment, place, cancellationToken),
            Host = FactsOf(host),
            Policy = PlannerJson.Read(row.Policy, PlannerJson.Default.PlanPolicy),
            DomainType = RunDomains.DomainTypeOf(host),
            // libvirt keeps its own logs there, on every host.
            ConsoleLogPath = $"/var/log/libvirt/qemu/{planned.Id:N}-console.log",
            RunId = planned.Id,
            MeanIops = DiskLoads.MeanIops(await baselines.LoadLatestAsync(row.SourceId, planned.VmKey, cancellationToken)),
        };
        return new PlannedDomain(request, DomainDesign.For(request), host.Name, place, disks.ToDictionary(d => d.Key, d => d.NamespaceUuid));
    }

    private static async Task<PlanVm> ChooseAsync(MigrateDb db, Plan plan, string vm, CancellationToken cancellationToken)
    {
        var found = await db.PlanVms.AsNoTracking().Where(v => v.PlanId == plan.Id && (v.VmKey == vm || v.VmName == vm)).Take(2).ToListAsync(cancellationToken);
        return found switch
        {
            [var one] => one,
            [] => throw new MigrateException("vm.unknown", $"The plan '{plan.Name}' has no VM '{vm}'.", $"See 'migrate plan show {plan.Name}'."),
            _ => found.SingleOrDefault(v => v.VmKey == vm) ?? throw new MigrateException(
                "vm.ambiguous", $"The plan '{plan.Name}' has several VMs named '{vm}'.", "Give the VM's key, e.g. vm-42."),
        };
    }

    private static KvmHostFacts FactsOf(KvmHost host)
    {
        if (host.Facts == NeverRead)
        {
            throw new MigrateException(
                "host.not-probed",
                $"The KVM host '{host.Name}' was never probed: a domain is designed for what its host offers, and nothing is known of this one.",
                $"Probe it on its page, or by 'migrate host probe {host.Name}'; then ask again.");
        }

        try
        {
            return StoredFacts.Read(host);
        }
        catch (JsonException incomplete)
        {
            throw new MigrateException(
                "host.not-probed",
                $"What is stored of the KVM host '{host.Name}' is less than a domain's design needs: an earlier release probed it.",
                $"Probe it on its page, or by 'migrate host probe {host.Name}'; then ask again.",
                incomplete);
        }
    }

    private async Task<IReadOnlyList<DiskAttachment>> AttachmentsAsync(
        IReadOnlyList<PlannedDisk> disks, string attachment, TargetPlace place, CancellationToken cancellationToken)
    {
        var attachments = new List<DiskAttachment>();
        foreach (var disk in disks)
        {
            if (attachment == "nvme-tcp")
            {
                attachments.Add(DiskAttachment.NvmeTcp(disk.Key, disk.NamespaceUuid));
                continue;
            }
            // Before its run there is no namespace yet; the target will make its file there.
            var path = (await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken))?.BackingPath ?? Path.Combine(place.Directory, $"{disk.NamespaceUuid:D}.raw");
            var isHere = target.Local is not null;
            attachments.Add(DiskAttachment.Backing(disk.Key, path, isHere ? HostProbe.IsRotational(path) : null, isHere ? HostProbe.FileSystemOf(path) : null));
        }
        return attachments;
    }
}
