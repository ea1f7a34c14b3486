using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Executor.Validation;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Convergence;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.Waves;

namespace Migrate.Api.Tests.Reports;

/// <summary>A plan with an inventory behind it as it lies in the server's database, of as many VMs as a test wants.</summary>
internal sealed class SamplePlan
{
    public const long GiB = 1L << 30;
    public static readonly DateTime Start = new(2026, 3, 1, 8, 0, 0, DateTimeKind.Utc);
    private static readonly Concern Rdm = new("disk.rdm-physical", ConcernSeverity.Critical, "Raw device mapping", "Hard disk 1", "Nobody can read it.", "Make it virtual.");
    private static readonly Concern Warned = new("guest.os-unlisted", ConcernSeverity.Warning, "Guest outside of the list", "", "It may run.", "Try one.");

    private SamplePlan(IServiceProvider services, Plan plan) => (Services, Plan) = (services, plan);

    public IServiceProvider Services { get; }

    public Plan Plan { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>VMs vm0, vm1, …; every fifth from vm1 on is blocked, and that of vm6, vm16, … was accepted. Waves of ten, planned and approved.</summary>
    public static Task<SamplePlan> AddAsync(RunningServer server, int vms, Func<int, string>? name = null, string datastore = "ds-1") => AddAsync(server.Services, vms, name, datastore);

    /// <inheritdoc cref="AddAsync(RunningServer, int, Func{int, string}, string)"/>
    public static async Task<SamplePlan> AddAsync(IServiceProvider services, int vms, Func<int, string>? name = null, string datastore = "ds-1")
    {
        var word = Guid.NewGuid().ToString("N")[..8];
        name ??= x => $"vm{x}";
        var source = new Source { Id = Guid.NewGuid(), Name = "src-" + word, Url = "https://127.0.0.1:1", UserName = "u", ProtectedPassword = "lost", CreatedAt = Start };
        var host = new KvmHost { Id = Guid.NewGuid(), Name = "kvm-" + word, Uri = "test:///default", DomainType = "qemu" };
        var plan = new Plan { Id = Guid.NewGuid(), Name = "plan-" + word, SourceId = source.Id, KvmHostId = host.Id, InventoryVersion = 1, Policy = JsonSerializer.Serialize(new PlanPolicy(), PlannerJson.Default.PlanPolicy), CreatedAt = Start };
        await using (var db = await DatabaseAsync(services))
        {
            db.AddRange(source, host, plan);
            await db.SaveChangesAsync(Cancel);
        }

        await services.GetRequiredService<InventoryStore>().SaveAsync(source.Id, new SourceInventory
        {
            About = new SourceAbout("VMware vCenter Server 8.0.1", "VirtualCenter", "8.0.1.0", "uuid"),
            TakenAt = Start,
            Datastores = [new Datastore { Key = "ds-1", Name = "iser-vmfs", Type = "VMFS", Url = "ds:///vmfs/1", Accessible = true }, new Datastore { Key = "ds-2", Name = "vsanDatastore", Type = "vsan", Url = "ds:///vmfs/2", Accessible = true }],
            Vms =
            [
                .. Enumerable.Range(0, vms).Select(i => new Vm
                {
                    Key = $"vm-{i}", Name = name(i), PowerState = "poweredOn", GuestFullName = "Debian GNU/Linux 12", CpuCount = 2, MemoryBytes = 4 * GiB,
                    Disks = [new VirtualDisk { Key = 2000, Label = "Hard disk 1", CapacityBytes = 8 * GiB, CommittedBytes = 3 * GiB, ThinProvisioned = true, DatastoreKey = datastore }],
                }),
            ],
        }, Cancel);
        await using (var db = await DatabaseAsync(services))
        {
            var version = new WaveVersion { Id = Guid.NewGuid(), PlanId = plan.Id, Number = 1, MadeAt = Start, MadeBy = "ann", Rules = "{}", Assumptions = "[\"Nothing was measured.\"]", Schedule = "", ApprovedAt = Start, ApprovedBy = "bob", ApprovedBecause = "change board" };
            List<VmMove> moves = [.. Enumerable.Range(0, vms).Select(i => MoveOf(i, name(i), host.Name))];
            version.Schedule = JsonSerializer.Serialize(
                new WaveSchedule
                {
                    Start = Start,
                    End = Start.AddDays(9),
                    BoundEnd = Start.AddDays(9),
                    Gap = 0,
                    SlotMinutes = 5,
                    Made = 1,
                    IsCutShort = false,
                    Vms = [],
                    Waves = [.. moves.GroupBy(x => x.Wave).Select(x => new PlannedWave(x.Key, "nights", x.Min(y => y.CopyStart), x.Min(y => y.CutoverStart), x.Max(y => y.CutoverEnd).AddHours(1), x.Min(y => y.CutoverStart), x.Max(y => y.CutoverEnd), x.Count(), x.Sum(y => y.CopyBytes)))],
                },
                PlannerJson.Default.WaveSchedule);
            db.Add(version);
            db.AddRange(moves.Select((x, i) => new WaveMove { VersionId = version.Id, Position = i, Wave = x.Wave, Body = JsonSerializer.Serialize(x, PlannerJson.Default.VmMove) }));
            db.AddRange(Enumerable.Range(0, vms).Select(i => new PlanVm
            {
                Id = Guid.NewGuid(),
                PlanId = plan.Id,
                VmKey = $"vm-{i}",
                VmName = name(i),
                Wave = moves[i].Wave,
                Position = i,
                Mode = MigrationMode.Warm,
                BeginAt = moves[i].CopyStart,
                CutOverAt = moves[i].CutoverStart,
                CutOverUntil = moves[i].CutoverEnd,
                CriticalCount = i % 5 == 1 ? 1 : 0,
                WarningCount = 1,
                Concerns = JsonSerializer.Serialize<IReadOnlyList<Concern>>(i % 5 == 1 ? [Rdm, Warned] : [Warned], PlannerJson.Default.IReadOnlyListConcern),
                Disks = JsonSerializer.Serialize<IReadOnlyList<PlannedDisk>>(
                    [new PlannedDisk { Key = 2000, Label = "Hard disk 1", CapacityBytes = 8 * GiB, FileName = $"[iser-vmfs] {name(i)}/disk.vmdk", DatastoreKey = "ds-1", Reader = "https-folder", Why = "VMFS", ExpectedBytesPerSecond = 200 << 20, RateFrom = "usual", NamespaceUuid = Guid.NewGuid() }],
                    PlannerJson.Default.IReadOnlyListPlannedDisk),
            }));
            db.AddRange(Enumerable.Range(0, vms).Where(i => i % 10 == 6).Select(i => new ConcernOverride
            {
                Id = Guid.NewGuid(),
                PlanId = plan.Id,
                VmKey = $"vm-{i}",
                VmName = name(i),
                ConcernId = Rdm.Id,
                InventoryVersion = 1,
                Findings = "[]",
                Fingerprint = ConcernOverrides.Fingerprint([Rdm]),
                Reason = "unused since March",
                GivenBy = "ann",
                GivenAt = Start,
            }));
            await db.SaveChangesAsync(Cancel);
        }

        return new SamplePlan(services, plan);
    }

    /// <summary>The VM moved: its copy took twice as long as planned, its guest was off for 40 s of 20 to 60 that were forecast.</summary>
    public async Task<Run> AddRunAsync(int vm, Outcome? outcome, Action<Run>? change = null)
    {
        await using var db = await DatabaseAsync(Services);
        var planned = await db.PlanVms.AsNoTracking().SingleAsync(x => x.PlanId == Plan.Id && x.VmKey == $"vm-{vm}", Cancel);
        var begin = planned.BeginAt!.Value;
        var down = planned.CutOverAt!.Value;
        var verdict = outcome is null ? null : new Verdict
        {
            VmName = planned.VmName,
            JudgedAt = down.AddMinutes(2),
            Outcome = outcome.Value,
            Aspects =
            [
                new(Aspect.Data, Outcome.Pass, "Every disk was read back.", ["Hard disk 1: abc"]), new(Aspect.Boot, Outcome.Pass, "The console showed it.", []),
                new(Aspect.Identity, outcome.Value, "An address is compared.", ["10.0.0.5"]), new(Aspect.Latency, outcome == Outcome.Pass ? Outcome.Pass : Outcome.Inconclusive, "Storage answers.", []),
            ],
        };
        var run = new Run
        {
            Id = Guid.NewGuid(),
            PlanId = Plan.Id,
            PlanVmId = planned.Id,
            VmKey = planned.VmKey,
            VmName = planned.VmName,
            Wave = planned.Wave,
            Phase = RunPhase.Completed,
            ResumePhase = RunPhase.Completed,
            CreatedAt = begin.AddMinutes(-1),
            StartedAt = begin,
            FinishedAt = down.AddMinutes(2),
            Outcome = outcome?.ToString(),
            DomainName = planned.VmName,
            DowntimeStartedAt = down,
            DowntimeEndedAt = down.AddSeconds(40),
            Downtime = JsonSerializer.Serialize(new[] { new { part = "shutting down", at = down }, new { part = "booting", at = down.AddSeconds(30) } }),
            DowntimeForecast = """{"low":20,"likely":32,"high":60}""",
            Verdict = verdict is null ? null : JsonSerializer.Serialize(verdict, ValidationJson.Default.Verdict),
        };
        change?.Invoke(run);
        db.Add(run);
        db.Add(new RunDisk
        {
            Id = Guid.NewGuid(),
            RunId = run.Id,
            DiskKey = 2000,
            Label = "Hard disk 1",
            CapacityBytes = 8 * GiB,
            Reader = "https-folder",
            NamespaceUuid = Guid.NewGuid(),
            BytesRead = 3 * GiB,
            BytesWritten = 2 * GiB,
            BytesZero = GiB,
            BytesDone = 8 * GiB,
            CopyStartedAt = begin,
            CopyFinishedAt = begin.AddSeconds(60),
            SourceHash = new string('a', 64),
            DestinationHash = new string('a', 64),
            VerifiedAt = begin.AddSeconds(60),
            ReadBackBy = "XXH128",
        });
        foreach (var (phase, at) in new[] { (RunPhase.Preparing, begin), (RunPhase.Seeding, begin.AddSeconds(10)), (RunPhase.Ready, begin.AddSeconds(70)), (RunPhase.CuttingOver, down), (RunPhase.Validating, down.AddSeconds(40)), (RunPhase.Completed, down.AddMinutes(2)) })
        {
            db.Add(new RunEvent { RunId = run.Id, At = at, Phase = phase, Message = $"now {phase}" });
        }

        await db.SaveChangesAsync(Cancel);
        return run;
    }

    /// <summary>How many commands the database got from <paramref name="work"/>, and from nobody else.</summary>
    public static async Task<int> CommandsOfAsync(Func<Task> work)
    {
        Counted.Value = new StrongCount();
        using var listeners = new Listeners();
        using var all = DiagnosticListener.AllListeners.Subscribe(listeners);
        var count = Counted.Value;
        await work();
        return count.Value;
    }

    private static Task<MigrateDb> DatabaseAsync(IServiceProvider services) => services.GetRequiredService<IDbContextFactory<MigrateDb>>().CreateDbContextAsync(Cancel);

    private static readonly AsyncLocal<StrongCount?> Counted = new();

    private static VmMove MoveOf(int i, string name, string host)
    {
        var wave = (i / 10) + 1;
        var copy = Start.AddDays(wave).AddMinutes(i % 10);
        var down = Start.AddDays(wave).AddHours(14).AddMinutes(10 * (i % 10));
        return new VmMove
        {
            Key = $"vm-{i}",
            Name = name,
            Wave = wave,
            Host = host,
            CopyStart = copy,
            CopyEnd = copy.AddSeconds(30),
            BytesPerSecond = 3 * GiB / 30.0,
            CopyBytes = 3 * GiB,
            CutoverStart = down,
            CutoverEnd = down.AddMinutes(10),
            DowntimeSeconds = new Band(10, 20, 60),
            Why = new WaveReason("window", "nights", "The window opens then."),
        };
    }

    private sealed class StrongCount
    {
        private int _value;

        public int Value => _value;

        public void Add() => Interlocked.Increment(ref _value);
    }

    private sealed class Listeners : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
    {
        private readonly List<IDisposable> _subscriptions = [];

        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == DbLoggerCategory.Name)
            {
                _subscriptions.Add(value.Subscribe(this));
            }
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value.Key == RelationalEventId.CommandExecuting.Name)
            {
                Counted.Value?.Add();
            }
        }

        public void Dispose() => _subscriptions.ForEach(x => x.Dispose());

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
