using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans;

public sealed partial class PlanMaker
{
    private static async Task CheckNameAsync(MigrateDb db, PlanRequest request, List<PlanProblem> problems, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > MaxNameLength || request.Name.Any(char.IsControl) || request.Name.Trim() != request.Name)
        {
            problems.Add(new PlanProblem("plan.bad-name", request.Name, $"'{request.Name}' cannot be a plan's name.",
                $"Use 1 to {MaxNameLength} printable characters without blanks at the ends."));
        }
        else if (await db.Plans.AnyAsync(plan => plan.Name == request.Name, cancellationToken))
        {
            problems.Add(NameTaken(request.Name));
        }
    }

    private static PlanProblem NameTaken(string name) =>
        new("plan.name-taken", name, $"There is a plan called '{name}' already.", "Choose another name.");

    private static async Task<KvmHost?> FindHostAsync(MigrateDb db, PlanRequest request, List<PlanProblem> problems, CancellationToken cancellationToken)
    {
        List<KvmHost> hosts = await db.KvmHosts.AsNoTracking().ToListAsync(cancellationToken);
        KvmHost? host = hosts.Find(host => host.Name == request.KvmHostName);
        if (host is null)
        {
            problems.Add(Unknown("plan.unknown-kvm-host", request.KvmHostName, "KVM host", hosts.Select(known => known.Name)));
        }
        return host;
    }

    private static async Task<Source?> FindSourceAsync(MigrateDb db, PlanRequest request, List<PlanProblem> problems, CancellationToken cancellationToken)
    {
        List<Source> sources = await db.Sources.AsNoTracking().ToListAsync(cancellationToken);
        Source? source = sources.Find(source => source.Name == request.SourceName);
        if (source is null)
        {
            problems.Add(Unknown("plan.unknown-source", request.SourceName, "source", sources.Select(known => known.Name)));
        }
        return source;
    }

    private static async Task<InventoryVersion?> FindVersionAsync(MigrateDb db, Source source, List<PlanProblem> problems, CancellationToken cancellationToken)
    {
        InventoryVersion? version = await db.InventoryVersions.AsNoTracking().Where(version => version.SourceId == source.Id)
            .OrderByDescending(version => version.Number).FirstOrDefaultAsync(cancellationToken);
        if (version is null)
        {
            problems.Add(new PlanProblem("plan.no-inventory", source.Name, $"The source '{source.Name}' was never synchronised.", "Synchronise it first."));
        }
        return version;
    }

    private static PlanProblem Unknown(string code, string name, string what, IEnumerable<string> known) =>
        new(code, name, $"There is no {what} '{name}'.",
            Suggestion.For(name, known) is { } near ? $"Did you mean '{near}'?" : $"Add the {what}, or name one that exists.");

    private static IEnumerable<PlanProblem> WaveProblems(PlanRequest request, List<(string Asked, Vm Vm)> chosen)
    {
        HashSet<string> known = [.. request.VmNames, .. chosen.Select(one => one.Vm.Name)];
        foreach ((string name, int wave) in request.Waves)
        {
            if (!known.Contains(name))
            {
                yield return new PlanProblem("plan.wave-for-unknown-vm", name, $"A wave is given for '{name}', which the plan does not name.",
                    Suggestion.For(name, known) is { } near ? $"Did you mean '{near}'?" : "Give waves for the plan's own VMs, by name or as it names them.");
            }
            if (wave < 1)
            {
                yield return new PlanProblem("plan.bad-wave", name, $"'{name}' is in wave {wave}.", "Waves count from 1.");
            }
        }
    }

    /// <summary>A pass reads here and there in a disk: only some readers can.</summary>
    private IEnumerable<PlanProblem> WarmProblems(PlanRequest request, SourceInventory inventory, List<(string Asked, Vm Vm)> chosen)
    {
        if (inventory.About.IsFiles)
        {
            return chosen.Select(one => one.Vm).Where(vm => request.Policy.ModeOf(vm.Name, request.Mode) == MigrationMode.Warm).Select(vm => new PlanProblem("plan.warm-unreadable", vm.Name,
                $"'{vm.Name}' cannot be moved warm: it lies in files and runs nowhere, so that nothing changes on its disks while they are copied.",
                "Move this VM cold (--mode-of VM=cold): its service is not away any longer for that."));
        }
        var datastores = inventory.Datastores.ToDictionary(datastore => datastore.Key);
        var hosts = inventory.Hosts.ToDictionary(host => host.Key);
        return from vm in chosen.Select(one => one.Vm)
               where request.Policy.ModeOf(vm.Name, request.Mode) == MigrationMode.Warm
               from disk in vm.Disks
               let choice = ReaderChoice.For(vm, disk, datastores, hosts, means)
               where choice.Reader is not (ReaderChoice.HttpsFolder or ReaderChoice.Vddk)
               select new PlanProblem("plan.warm-unreadable", vm.Name,
                   $"{disk.Label} of '{vm.Name}' cannot be moved warm: it is read by {choice.Reader} ({choice.Why}), and passes need a reader that gives any range.",
                   choice.Reader == ReaderChoice.None
                       ? "No reader can read the disk, warm or cold: see the concern disk.unreadable or disk.rdm-physical, or leave the VM out."
                       : "Start the server with VDDK (--vddk DIRECTORY), or move this VM cold (--mode-of VM=cold).");
    }

    private static IEnumerable<PlanProblem> IdentityProblems(Vm vm)
    {
        if (!Guid.TryParse(vm.InstanceUuid, out _))
        {
            yield return new PlanProblem("plan.vm-without-identity", vm.Name, $"vSphere gives no instance UUID for '{vm.Name}', from which its namespaces are named.",
                "Make the VM accessible in vSphere and synchronise.");
        }
        foreach (string uuid in vm.Disks.Where(disk => disk.Uuid is not null).GroupBy(disk => disk.Uuid!, StringComparer.OrdinalIgnoreCase)
            .Where(same => same.Count() > 1).Select(same => same.Key))
        {
            yield return new PlanProblem("plan.duplicate-disk-uuid", vm.Name, $"Two disks of '{vm.Name}' have the same UUID {uuid}: one is a copied file of the other.",
                "Give one of them a new UUID (vmkfstools -J setuuid) and synchronise.");
        }
    }

    private static async Task CheckClaimsAsync(
        MigrateDb db, Guid sourceId, List<(string Asked, Vm Vm)> chosen, List<PlanProblem> problems, CancellationToken cancellationToken)
    {
        foreach (VmClaim claim in await VmClaims.FindAsync(db, sourceId, [.. chosen.Select(one => ClaimOf(one.Vm))], cancellationToken))
        {
            problems.Add(claim.Phase == RunPhase.Completed
                ? new PlanProblem("plan.vm-already-moved", claim.VmName, $"'{claim.VmName}' was moved by plan '{claim.PlanName}'{claim.Whose}.",
                    "Roll that run back if the VM is to be moved again.")
                : new PlanProblem("plan.vm-in-active-run", claim.VmName, $"'{claim.VmName}' is being moved by plan '{claim.PlanName}'{claim.Whose} (phase {claim.Phase}).",
                    "Let that run end, or retry it or roll it back."));
        }
    }

    // Without an identity it has no namespaces yet: that is a problem of its own.
    private static ClaimedVm ClaimOf(Vm vm) =>
        new(vm.Key, Guid.TryParse(vm.InstanceUuid, out _) ? [.. vm.Disks.Select(disk => NamespaceUuid.For(vm, disk))] : []);
}
