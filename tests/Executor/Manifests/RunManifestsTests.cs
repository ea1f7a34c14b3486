using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy;
using Migrate.Executor.Jobs;
using Migrate.Executor.Manifests;
using Migrate.Executor.Runs;
using Migrate.Executor.Targets;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner;
using Migrate.Planner.Concerns;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Target.Admin;
using Migrate.Target.Host;

namespace Migrate.Executor.Tests.Manifests;

/// <summary>A run's manifest from its journal, and its namespace read against it while the target serves it.</summary>
[UsesDatabase]
public sealed class RunManifestsTests
{
    private const long Capacity = (5L * Extent.Size) + 4096;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_made_of_what_was_proven_and_finds_what_was_written_since()
    {
        await using var database = await RunsDatabase.CreateAsync();
        await using var target = await NvmeTarget.StartAsync(
            new TargetOptions { Directory = Path.Combine(database.Directory, "target"), Port = 0 }, TimeProvider.System, NullLoggerFactory.Instance, Cancel);
        var options = new ExecutorOptions { DataDirectory = database.Directory };
        var made = await target.CreateNamespaceAsync(new NamespaceSpec(Guid.NewGuid(), Capacity), Cancel);
        var run = await database.AddRunAsync(RunPhase.CuttingOver, TimeProvider.System.GetUtcNow());
        var (data, hash) = (new byte[Extent.Size], "");
        new Random(1).NextBytes(data);
        var disk = new RunDisk { Id = Guid.NewGuid(), RunId = run.Id, DiskKey = 2000, Label = "Hard disk 1", Reader = "test", CapacityBytes = Capacity, NamespaceUuid = made.Uuid };
        var journals = new JournalStore(database, TimeProvider.System);
        var leases = new LeaseStore(database, options, TimeProvider.System, NullLogger<LeaseStore>.Instance);
        await using var lease = (await leases.TryTakeAsync(run.Id, Cancel))!;
        await using (var journal = await journals.OpenAsync(lease.Claim, disk, Cancel))
        {
            await journal.AppendAsync([new JournalRecord(0, 6, default), new JournalRecord(2, 1, System.Security.Cryptography.SHA256.HashData(data))], Cancel);
            hash = DiskHash.Of(journal.Hashes);
        }

        disk.SourceHash = hash;
        await using (var db = database.CreateDbContext())
        {
            db.RunDisks.Add(disk);
            (await db.PlanVms.FindAsync([run.PlanVmId], Cancel))!.Mode = MigrationMode.Warm;
            (await db.Plans.FindAsync([run.PlanId], Cancel))!.Policy = JsonSerializer.Serialize(new PlanPolicy { Verify = VerifyLevel.Source }, PlannerJson.Default.PlanPolicy);
            await db.SaveChangesAsync(Cancel);
        }

        using var manifests = new RunManifests(journals, new RunStore(database), new InProcessTarget(target), options, TimeProvider.System);
        var work = await RunWork.LoadAsync(database, new RunLog(database, TimeProvider.System, NullLogger<RunLog>.Instance), lease, Cancel);
        await manifests.MakeAsync(work, Cancel);
        (await Should.ThrowAsync<MigrateException>(() => manifests.VerifyAsync(run.Id, 2000, Cancel))).Code.ShouldBe("manifest.none", "nothing was read back yet");

        await work.UpdateDiskAsync(disk.Id, set => set.SetProperty(x => x.DestinationHash, hash), Cancel);
        var directory = Path.GetDirectoryName(Path.GetDirectoryName(manifests.PathOf(run.Id, 2000)))!;
        await File.WriteAllTextAsync(directory, "in the way", Cancel);
        var unwritable = await Should.ThrowAsync<MigrateException>(() => manifests.FinishAsync(work, Cancel));
        (unwritable.Code, unwritable.IsTransient).ShouldBe(("manifest.unwritable", true));
        (await journals.ExistsAsync(disk.Id, Cancel)).ShouldBeTrue("of what else could it be made?");
        File.Delete(directory);
        await manifests.FinishAsync(work, Cancel);
        (await journals.ExistsAsync(disk.Id, Cancel)).ShouldBeFalse();
        using (var manifest = ManifestFile.Open(manifests.PathOf(run.Id, 2000)))
        {
            manifest.Manifest.Verify.ShouldBe("Source", "what its plan says, warm or cold");
        }

        await manifests.FinishAsync(work, Cancel); // As a second try of the cutover does, whose journals are gone.

        await using var host = await NvmeHost.ConnectAsync(
            new NvmeHostOptions { EndPoint = target.EndPoint, SubsystemNqn = target.SubsystemNqn, HostNqn = lease.HostNqn, HostId = lease.HostId }, TimeProvider.System, null, Cancel);
        var namespaceDisk = await host.OpenAsync(made.Uuid, Cancel);
        await namespaceDisk.WriteAsync(2L * Extent.Size, data, Cancel);
        (await manifests.VerifyAsync(run.Id, 2000, Cancel)).ShouldSatisfyAllConditions(x => x.Equal.ShouldBeTrue(), x => x.Extents.ShouldBe(6));

        await namespaceDisk.WriteAsync(Capacity - 4096, new byte[4096].Select(_ => (byte)7).ToArray(), Cancel);
        (await manifests.VerifyAsync(run.Id, 2000, Cancel)).FirstOffsets.ShouldBe([5L * Extent.Size]);
        (await Should.ThrowAsync<MigrateException>(() => manifests.VerifyAsync(Guid.NewGuid(), 2000, Cancel))).Code.ShouldBe("run.unknown");
    }
}
