using System.Data;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Plans;

/// <summary>
/// Makes a plan out of a request, or refuses it with everything that is wrong. What is wrong with the request (a name, a mapping) is a
/// problem and refuses the plan; what is wrong with a VM is a concern: it is stored with the plan and, if Critical,
/// blocks the start of its wave.
/// </summary>
public sealed partial class PlanMaker(IDbContextFactory<MigrateDb> factory, InventoryStore inventories, ReaderMeans means, TimeProvider time)
{
    private const int MaxNameLength = 100;

    /// <exception cref="PlanRefusedException">With all problems; nothing was stored.</exception>
    public async Task<Plan> CreateAsync(PlanRequest request, CancellationToken cancellationToken)
    {
        var problems = new List<PlanProblem>();
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        await CheckNameAsync(db, request, problems, cancellationToken);
        KvmHost? host = await FindHostAsync(db, request, problems, cancellationToken);
        Source? source = await FindSourceAsync(db, request, problems, cancellationToken);
        InventoryVersion? version = source is null ? null : await FindVersionAsync(db, source, problems, cancellationToken);
        SourceInventory? inventory = version is null ? null : await inventories.LoadAsync(source!.Id, version.Number, cancellationToken);
        List<(string Asked, Vm Vm)> chosen = [];
        if (inventory is not null)
        {
            chosen = new VmChoice(inventory).Choose(request.Name, request.VmNames, problems);
            problems.AddRange(PolicyCheck.Check(request.Policy, inventory, chosen));
            problems.AddRange(chosen.SelectMany(one => IdentityProblems(one.Vm)));
            problems.AddRange(WarmProblems(request, inventory, chosen));
            await CheckClaimsAsync(db, source!.Id, chosen, problems, cancellationToken);
        }
        problems.AddRange(WaveProblems(request, chosen));
        if (problems.Count > 0)
        {
            throw new PlanRefusedException(request.Name, problems);
        }
        return await StoreAsync(db, request, host!, version!, inventory!, chosen, cancellationToken);
    }

    private async Task<Plan> StoreAsync(
        MigrateDb db, PlanRequest request, KvmHost host, InventoryVersion version, SourceInventory inventory,
        List<(string Asked, Vm Vm)> chosen, CancellationToken cancellationToken)
    {
        var plan = new Plan
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()),
            Name = request.Name,
            SourceId = version.SourceId,
            InventoryVersion = version.Number,
            KvmHostId = host.Id,
            Mode = request.Mode,
            Policy = JsonSerializer.Serialize(request.Policy, PlannerJson.Default.PlanPolicy),
            CreatedAt = time.GetUtcNow().UtcDateTime,
        };
        Surroundings surroundings = await PlanSurroundings.LoadAsync(db, version.SourceId, inventory, [.. chosen.Select(one => one.Vm)], host, means, time, cancellationToken);
        db.Plans.Add(plan);
        db.PlanVms.AddRange(chosen.Select((one, position) =>
            PlannedVm(plan.Id, one.Vm, request.Waves.GetValueOrDefault(one.Asked, request.Waves.GetValueOrDefault(one.Vm.Name, 1)), position, request, surroundings)));
        // Serializable: the host may be removed while VMs are judged.
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.Serializable, cancellationToken);
        if (!await db.KvmHosts.AnyAsync(x => x.Id == host.Id, cancellationToken))
        {
            throw new MigrateException("host.unknown", $"The KVM host '{host.Name}' was removed while the plan was made.", "See 'migrate host list'.");
        }
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        catch (DbUpdateException) when (!cancellationToken.IsCancellationRequested && NameIsTaken(request.Name))
        {
            // Somebody stored a plan of this name since the check above.
            throw new PlanRefusedException(request.Name, [NameTaken(request.Name)]);
        }
        return plan;
    }

    private bool NameIsTaken(string name)
    {
        using MigrateDb db = factory.CreateDbContext();
        return db.Plans.Any(plan => plan.Name == name);
    }

    private PlanVm PlannedVm(Guid planId, Vm vm, int wave, int position, PlanRequest request, Surroundings surroundings)
    {
        IReadOnlyList<Concern> concerns = surroundings.Judge(vm, request.Policy.ModeOf(vm.Name, request.Mode), request.Policy);
        return new PlanVm
        {
            Id = Guid.CreateVersion7(),
            PlanId = planId,
            VmKey = vm.Key,
            VmName = vm.Name,
            Wave = wave,
            Mode = request.Policy.ModeOf(vm.Name, request.Mode),
            Position = position,
            CriticalCount = concerns.Count(concern => concern.Severity == ConcernSeverity.Critical),
            WarningCount = concerns.Count(concern => concern.Severity == ConcernSeverity.Warning),
            InformationCount = concerns.Count(concern => concern.Severity == ConcernSeverity.Information),
            Concerns = JsonSerializer.Serialize(concerns, PlannerJson.Default.IReadOnlyListConcern),
            Disks = JsonSerializer.Serialize(Disks(vm, surroundings), PlannerJson.Default.IReadOnlyListPlannedDisk),
        };
    }

    private IReadOnlyList<PlannedDisk> Disks(Vm vm, Surroundings surroundings) => [.. vm.Disks.Select(disk =>
    {
        ReaderChoice choice = ReaderChoice.For(vm, disk, surroundings.Datastores, surroundings.Hosts, means);
        return new PlannedDisk
        {
            Key = disk.Key,
            Label = disk.Label,
            CapacityBytes = disk.CapacityBytes,
            FileName = disk.FileName,
            DatastoreKey = disk.DatastoreKey,
            Reader = choice.Reader,
            Why = choice.Why,
            ExpectedBytesPerSecond = choice.ExpectedBytesPerSecond,
            RateFrom = choice.RateFrom,
            LocalFile = disk.LocalFile,
            LocalFiles = disk.LocalFiles,
            NamespaceUuid = NamespaceUuid.For(vm, disk),
        };
    })];
}
