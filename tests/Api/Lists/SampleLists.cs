using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Migrate.Api.Security;
using Migrate.Api.Security.Accounts;
using Migrate.Api.Security.Keys;
using Migrate.Api.Tests.Reports;
using Migrate.Executor.Validation;
using Migrate.Executor.Validation.Latency;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Target.Admin;

namespace Migrate.Api.Tests.Lists;

/// <summary>Some of everything that a server lists, with other values in each row.</summary>
internal static class SampleLists
{
    private static readonly DateTime Start = SamplePlan.Start;
    private static readonly string[] Powers = ["poweredOn", "poweredOff", "suspended"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <returns>What the parameters of paths and queries of lists are to be.</returns>
    public static async Task<Dictionary<string, string>> AddAsync(RunningServer server)
    {
        var sample = await SamplePlan.AddAsync(server, 12);
        await SamplePlan.AddAsync(server, 2, i => $"other{i}"); // A second source, host and plan; its VMs have the same keys.
        await server.Services.GetRequiredService<InventoryStore>().SaveAsync(sample.Plan.SourceId, Inventory(), Cancel);
        using var http = server.Client();
        for (var i = 0; i < 3; i++)
        {
            var file = Path.Combine(server.Directory, $"disk{i}.raw");
            await File.WriteAllBytesAsync(file, new byte[i << 16], Cancel);
            await using (var sparse = File.OpenWrite(file))
            {
                sparse.SetLength((i + 1) << 20);
            }

            await server.Services.GetRequiredService<NvmeTarget>().CreateNamespaceAsync(new NamespaceSpec(new Guid(3 - i, 0, 0, new byte[8]), (i + 1) << 20) { BackingPath = file }, Cancel);
            // A host on a subsystem's list is known, connected or not.
            await server.Services.GetRequiredService<NvmeTarget>().PutSubsystemAsync(new SubsystemSpec($"nqn.2026-02.org.example:subsystem{i}") { AllowedHosts = [$"nqn.2026-02.org.example:host{i}"] }, Cancel);
            await server.Services.GetRequiredService<ApiKeys>().CreateAsync($"key{i}", Role.Viewer, TimeSpan.FromDays(9 - i), [], [], "test", Cancel);
            // By a call, so that the audit log has lines, too.
            (await http.PostAsJsonAsync("/api/v1/users", new AddUser($"user{i}", (Role)(2 - i), null), Json.Options, Cancel)).EnsureSuccessStatusCode();
        }

        await using var db = await server.DatabaseAsync();
        var source = await db.Sources.AsNoTracking().SingleAsync(x => x.Id == sample.Plan.SourceId, Cancel);
        var run = await AddRunsAsync(db, sample.Plan);
        var another = new Plan { Id = Guid.NewGuid(), Name = "another", SourceId = source.Id, KvmHostId = sample.Plan.KvmHostId, InventoryVersion = 1, Policy = "{}", CreatedAt = Start.AddDays(1) };
        db.AddRange(
            new Source { Id = Guid.NewGuid(), Name = "files", Kind = SourceKind.Ova, Url = "", UserName = "", ProtectedPassword = "", CreatedAt = Start.AddDays(-1) },
            new KvmHost { Id = Guid.NewGuid(), Name = "another", Uri = "qemu+ssh://kvm/system" },
            another,
            new PlanVm { Id = Guid.NewGuid(), PlanId = another.Id, VmKey = "vm-1", VmName = "vm1", Wave = 2, Concerns = "[]", Disks = "[]" },
            new PlanVm { Id = Guid.NewGuid(), PlanId = another.Id, VmKey = "vm-5", VmName = "vm5", Wave = 2, Concerns = "[]", Disks = "[]" },
            new PlanVm { Id = Guid.NewGuid(), PlanId = another.Id, VmKey = "vm-2", VmName = "vm2", Wave = 1, Concerns = "[]", Disks = "[]" },
            new WaveVersion { Id = Guid.NewGuid(), PlanId = sample.Plan.Id, Number = 2, MadeAt = Start.AddHours(1), MadeBy = "ann", Rules = "{}", Assumptions = "[]", Schedule = (await db.WaveVersions.AsNoTracking().FirstAsync(x => x.PlanId == sample.Plan.Id, Cancel)).Schedule },
            new ConcernOverride
            {
                Id = Guid.NewGuid(),
                PlanId = sample.Plan.Id,
                VmKey = "vm-1",
                VmName = "vm1",
                ConcernId = "disk.shared",
                InventoryVersion = 1,
                Findings = "[]",
                Fingerprint = "",
                Reason = "known",
                GivenBy = "ann",
                GivenAt = Start.AddHours(1),
            });
        var operation = Guid.NewGuid();
        for (var i = 0; i < 3; i++)
        {
            db.Add(new Operation
            {
                Id = i == 1 ? operation : Guid.NewGuid(),
                Kind = (OperationKind)i,
                Subject = $"sources/vc{i}",
                State = i == 1 ? OperationState.Failed : OperationState.Succeeded,
                StartedBy = "ann",
                CreatedAt = Start.AddHours(i * 7 % 5),
                Problem = i == 1 ? """{"type":"urn:migrate:problem:a","title":"t","status":422,"code":"a","remedy":"r","errors":["e"],"leftBehind":[]}""" : null,
            });
            db.Add(new Notification { Id = Guid.NewGuid(), Key = $"sample {i}", Event = i == 1 ? "failed" : "ready", Receiver = "ops@example.org", Subject = "s", Body = "{}", CreatedAt = Start.AddHours(i), SentAt = Start });
            db.Add(new SavedView { Id = Guid.NewGuid(), Owner = Account.AdminName, List = i == 0 ? "runs" : "inventory", Name = $"view{i}", Query = "", SavedAt = Start.AddHours(-i) });
            db.Add(new BaselineWatch { SourceId = source.Id, VmKey = $"vm-{i}", VmName = $"vm{i}", StartedAt = Start.AddHours(-i) });
            db.Add(new Worker { Id = Guid.NewGuid(), Name = $"worker{i}", Owner = $"worker{i}/1", Machine = "m", Version = "1", Queues = "{}", StartedAt = Start.AddHours(-i), LastSeenAt = Start.AddMinutes(i) });
            db.Add(new RunPass { Id = Guid.NewGuid(), RunId = run, Number = i + 1, StartedAt = Start.AddHours(i) });
        }

        await db.SaveChangesAsync(Cancel);
        return new Dictionary<string, string>
        {
            ["source"] = source.Name,
            ["name"] = sample.Plan.Name,
            ["plan"] = sample.Plan.Name,
            ["vm"] = "vm-1",
            ["version"] = "1",
            ["id"] = run.ToString(),
            ["operation"] = operation.ToString(),
        };
    }

    private static async Task<Guid> AddRunsAsync(MigrateDb db, Plan plan)
    {
        var vms = await db.PlanVms.AsNoTracking().Where(x => x.PlanId == plan.Id).OrderBy(x => x.Position).ToListAsync(Cancel);
        List<Run> runs = [.. vms.Take(6).Concat(vms.Skip(10)).Select((vm, i) => new Run
        {
            Id = Guid.NewGuid(), PlanId = plan.Id, PlanVmId = vm.Id, VmKey = vm.VmKey, VmName = vm.VmName, Wave = vm.Wave,
            Phase = i % 2 == 0 ? RunPhase.Paused : RunPhase.Failed, ResumePhase = RunPhase.Seeding, CreatedAt = Start.AddMinutes(i * 7 % 5), DueAt = i < 3 ? Start.AddDays(7 - i) : null,
        })];
        runs[0].Verdict = JsonSerializer.Serialize(
            new Verdict
            {
                VmName = runs[0].VmName,
                JudgedAt = Start.AddDays(2),
                Outcome = Outcome.Inconclusive,
                Aspects = [new AspectVerdict(Aspect.Data, Outcome.Pass, "All disks are what was sent.", ["read back"]), new AspectVerdict(Aspect.Latency, Outcome.Inconclusive, "One disk is open.", ["too few hours"])],
                Latencies = [new LatencyComparison { DiskKey = 2000, Label = "Hard disk 1", Direction = "read", Outcome = Outcome.Inconclusive, Statement = "Open.", Missing = ["a day"], Before = new LatencySide { Intervals = 3, MeanUs = 300 } }],
            },
            ValidationJson.Default.Verdict);
        var earlier = vms.Single(x => x.VmKey == "vm-1");
        runs.Add(new Run { Id = Guid.NewGuid(), PlanId = plan.Id, PlanVmId = earlier.Id, VmKey = earlier.VmKey, VmName = earlier.VmName, Wave = earlier.Wave + 1, Phase = RunPhase.RolledBack, CreatedAt = Start.AddDays(-1) });
        db.AddRange(runs);
        db.AddRange(Enumerable.Range(0, 2).Select(i => new RunEvent { RunId = runs[1].Id, At = Start.AddSeconds(-i), Phase = RunPhase.Seeding, Message = $"another line {i}" }));
        db.AddRange(Enumerable.Range(0, 4).Select(i => new RunEvent { RunId = runs[0].Id, At = Start.AddSeconds(i), Phase = RunPhase.Seeding, Level = i == 0 ? "warning" : "info", Message = $"line {i}" }));
        await db.SaveChangesAsync(Cancel);
        return runs[0].Id;
    }

    private static SourceInventory Inventory() => new()
    {
        About = new SourceAbout("VMware vCenter Server 8.0.1", "VirtualCenter", "8.0.1.0", "uuid"),
        TakenAt = Start.AddDays(1),
        Datastores = [.. Three(i => new Datastore { Key = $"ds-{3 - i}", Name = $"store{i}", Type = "VMFS", Url = $"ds:///{i}", Accessible = true })],
        Hosts = [.. Three(i => new EsxHost { Key = $"host-{3 - i}", Name = $"esx{i}", ClusterKey = i == 0 ? null : $"domain-c{i}" })],
        Clusters = [.. Three(i => new Cluster($"domain-c{3 - i}", $"cluster{i}", "dc", true, true, false))],
        Networks = [.. Three(i => new Network($"network-{3 - i}", $"net{i}", "Network"))],
        Vms =
        [
            .. Enumerable.Range(0, 12).Select(i => new Vm
            {
                Key = $"vm-{i}", Name = $"vm{i}", PowerState = Powers[i % 3], HostKey = $"host-{1 + (i * 5 % 3)}", Folder = $"/f{i * 7 % 5}", GuestFullName = $"Debian GNU/Linux {12 - (i % 4)}", Datacenter = $"dc{i * 3 % 4}", DatastoreKeys = [$"ds-{1 + (i % 3)}"], Storage = new VmStorage { CommittedBytes = (1 + (i * 7 % 12)) << 20 }, CpuCount = 1 + i, MemoryBytes = i << 30,
                Disks = [new VirtualDisk { Key = 2000, Label = "Hard disk 1", CapacityBytes = (i * 5 % 12) << 30, DatastoreKey = "ds-1" }],
            }),
        ],
    };

    private static IEnumerable<T> Three<T>(Func<int, T> make) => Enumerable.Range(0, 3).Select(make);
}
