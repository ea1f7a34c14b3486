using System.Text.Json;
using Migrate.Api.Runs;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Waves;

namespace Migrate.Api.Reports.Readiness;

/// <summary>What is known of a plan before it moves, as it was read, and what follows from it for each VM.</summary>
internal sealed class ReadinessFacts
{
    private readonly Dictionary<string, IReadOnlyList<Concern>> _concerns = [];
    private readonly Dictionary<string, IReadOnlyList<PlannedDisk>> _disks = [];

    public required DateTime Now { get; init; }
    public required PlanOfReport Plan { get; init; }
    public required SourceInventory Inventory { get; init; }
    public required List<PlanVm> Vms { get; init; }
    /// <summary>Of these what the plan's inventory has, by key.</summary>
    public required IReadOnlyDictionary<string, Vm> Present { get; init; }
    public required PlanCheck? Check { get; init; }
    public required IReadOnlyList<ProbeFinding> Found { get; init; }
    public required IReadOnlyList<ConcernOverride> Overrides { get; init; }
    public required BaselineKnowledge Known { get; init; }
    public required WaveVersion? Version { get; init; }
    public required IReadOnlyDictionary<string, VmMove> Moves { get; init; }
    /// <summary>Of the newest run of each VM that was not rolled back.</summary>
    public required IReadOnlyDictionary<string, RunPhase> Phases { get; init; }
    public required IReadOnlyList<FailedVerdict> Failed { get; init; }

    public IReadOnlyList<PlannedDisk> DisksOf(PlanVm vm) =>
        _disks.TryGetValue(vm.VmKey, out var known) ? known : _disks[vm.VmKey] = JsonSerializer.Deserialize(vm.Disks, PlannerJson.Default.IReadOnlyListPlannedDisk) ?? [];

    /// <summary>What rules found when the plan was made, and probes at its newest check.</summary>
    public IReadOnlyList<Concern> ConcernsOf(PlanVm vm) => _concerns.TryGetValue(vm.VmKey, out var known) ? known
        : _concerns[vm.VmKey] = [.. JsonSerializer.Deserialize(vm.Concerns, PlannerJson.Default.IReadOnlyListConcern) ?? [], .. PlanChecks.Of(Found, vm.VmKey)];

    public ReadinessVm VmOf(PlanVm vm)
    {
        var concerns = ConcernsOf(vm);
        var blocked = concerns.Where(x => IsBlocking(vm, x)).Select(x => x.Id).Distinct().ToList();
        var seen = Present.GetValueOrDefault(vm.VmKey);
        var disks = DisksOf(vm);
        var held = seen?.Disks.ToDictionary(x => x.Key, x => Held(seen, x)) ?? [];
        var baseline = Known.Facts.GetValueOrDefault(vm.VmKey);
        var move = Moves.GetValueOrDefault(vm.VmKey);
        return new ReadinessVm
        {
            Vm = vm.VmName,
            VmKey = vm.VmKey,
            Wave = move?.Wave ?? vm.Wave,
            Mode = vm.Mode,
            State = Phases.TryGetValue(vm.VmKey, out var phase) ? phase == RunPhase.Completed ? VmReadiness.Moved : VmReadiness.Begun : blocked.Count > 0 ? VmReadiness.Blocked : VmReadiness.Ready,
            BlockedBy = blocked,
            Critical = concerns.Count(x => x.Severity == ConcernSeverity.Critical),
            Accepted = concerns.Count(x => x.Severity == ConcernSeverity.Critical && !blocked.Contains(x.Id)),
            Warnings = concerns.Count(x => x.Severity == ConcernSeverity.Warning),
            Information = concerns.Count(x => x.Severity == ConcernSeverity.Information),
            PowerState = seen?.PowerState ?? "",
            Guest = seen?.GuestFullName ?? "",
            Cpus = seen?.CpuCount ?? 0,
            MemoryBytes = seen?.MemoryBytes ?? 0,
            Disks = disks.Count,
            CapacityBytes = disks.Sum(x => x.CapacityBytes),
            CopyBytes = disks.Sum(x => held.TryGetValue(x.Key, out var bytes) ? bytes : x.CapacityBytes),
            Datastores = [.. disks.Select(x => x.DatastoreKey).OfType<string>().Distinct().Select(NameOfDatastore)],
            BaselineTrust = baseline?.Trust.Level.ToString(),
            BaselineUntil = baseline?.CollectedAt,
            ChangeBytesPerSecond = baseline?.WriteBytesPerSecond,
            CopyStart = move?.CopyStart,
            CopyEnd = move?.CopyEnd,
            CutoverStart = move?.CutoverStart,
            DowntimeSeconds = BandView.Of(move?.DowntimeSeconds),
        };
    }

    public List<ReadinessConcern> Concerns()
    {
        // What a check found for all VMs is said once.
        var ofPlan = Found.Where(x => x.VmKey is null).Select(x => x.Concern).ToHashSet();
        var all = Vms.SelectMany(vm => ConcernsOf(vm).Select(x => (Vm: vm, Concern: x))).ToList();
        return
        [
            .. all.GroupBy(x => (x.Concern.Id, x.Concern.Severity)).OrderByDescending(x => x.Key.Severity).ThenByDescending(x => x.Count()).ThenBy(x => x.Key.Id, StringComparer.Ordinal).Select(x => new ReadinessConcern(
                x.Key.Id, x.Key.Severity, x.First().Concern.Label, x.Select(y => y.Vm.VmKey).Distinct().Count(),
                x.Where(y => !Phases.ContainsKey(y.Vm.VmKey) && IsBlocking(y.Vm, y.Concern)).Select(y => y.Vm.VmKey).Distinct().Count(), [.. x.Select(y => y.Concern.Remedy).Where(y => y.Length > 0).Distinct()],
                [.. x.Select(y => new ReadinessFinding(ofPlan.Contains(y.Concern) ? null : y.Vm.VmName, y.Concern.Subject, y.Concern.Assessment)).Distinct()])),
        ];
    }

    /// <summary>Of a disk on vSAN only its guest's file systems tell what it holds; where they do not, it is taken to be full.</summary>
    private long Held(Vm vm, VirtualDisk disk) =>
        Inventory.Datastores.FirstOrDefault(x => x.Key == disk.DatastoreKey)?.Type == "vsan" && !vm.Guest.Disks.Any(x => x.DiskKeys.Count == 1 && x.DiskKeys[0] == disk.Key)
            ? disk.CapacityBytes : TargetSpace.KnownBytes(vm, disk);

    private bool IsBlocking(PlanVm vm, Concern concern)
    {
        if (concern.Severity != ConcernSeverity.Critical)
        {
            return false;
        }

        var given = Overrides.FirstOrDefault(x => x.VmKey == vm.VmKey && x.ConcernId == concern.Id && x.LiftedAt is null);
        return given is null || !ConcernCatalogue.CanBeOverridden(concern.Id)
            || given.Fingerprint != ConcernOverrides.Fingerprint(ConcernsOf(vm).Where(x => x.Id == concern.Id && x.Severity == ConcernSeverity.Critical));
    }

    private string NameOfDatastore(string key) => Inventory.Datastores.FirstOrDefault(x => x.Key == key)?.Name ?? key;
}
