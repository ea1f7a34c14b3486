using Microsoft.Extensions.Logging.Abstractions;
using Migrate.EndToEnd.Tests.Runs;
using Migrate.EndToEnd.Tests.Serve;
using Migrate.Executor;
using Migrate.Executor.Destinations;
using Migrate.Executor.Validation.Observation;
using Migrate.Planner.Persistence;

namespace Migrate.EndToEnd.Tests.Kvm;

/// <summary>What is observed of a real QEMU, whose I/O is known, and what virsh does to it meanwhile.</summary>
[UsesDatabase]
public sealed class ObservationTests
{
    private const string Device = "ua-disk-2000";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_write_is_in_one_interval_and_what_forbids_trust_is_noticed()
    {
        var (directory, name) = (LibvirtFixture.NewDirectory(), Guests.NewName());
        await using var connection = await LibvirtFixture.ConnectAsync();
        try
        {
            var design = await Guests.DesignAsync(connection, Guests.Vm(name), await Estates.PlainDiskAsync(directory), Path.Combine(directory, "console.log"));
            await connection.DefineAndStartAsync(name, design.Xml, Cancellation);
            var observer = await OpenAsync(directory);
            var run = Guid.NewGuid();
            await observer.BeginAsync(run, connection, name, design.Disks, TimeSpan.FromHours(1), TimeSpan.FromHours(1), null, Cancellation);

            await WriteAsync(name, 7);
            (await NewAsync(observer, run, connection)).ShouldBe((7, 7 * 4096, 7), "operations, bytes and the sum of the bins");
            await WriteAsync(name, 5);
            (await NewAsync(observer, run, connection)).ShouldBe((5, 5 * 4096, 5));
            (await NotesAsync(observer, run, connection)).ShouldBeEmpty();
            var (observation, intervals) = await observer.StoreNowAsync(run, connection, Cancellation);
            var qemu = await QemuWrites.StatsAsync(name, Device);
            (observation.Operations, intervals.Sum(x => x.Disks[0]!.Write.Nanoseconds)).ShouldBe((12 + intervals.Sum(x => x.Disks[0]!.Read.Operations), qemu["wr_total_time_ns"]!.GetValue<long>()));
            qemu["wr_operations"]!.GetValue<long>().ShouldBe(12, "its own count");

            await VirshAsync("suspend", name);
            (await NotesAsync(observer, run, connection)).ShouldBe([NoteKind.Paused]);
            await VirshAsync("resume", name);

            // Throttled, QEMU's own writes would hold up its monitor: what is compared with the limit was written before it was set.
            await observer.StoreNowAsync(run, connection, Cancellation);
            await WriteAsync(name, 40);
            await Task.Delay(TimeSpan.FromSeconds(1), Cancellation); // Rates are of a second or more.
            await VirshAsync("blkdeviotune", name, design.Disks[0].Target, "--total-iops-sec", "1", "--live");
            (await NotesAsync(observer, run, connection)).ShouldBe([NoteKind.Paused, NoteKind.Throttled]);
            await VirshAsync("blkdeviotune", name, design.Disks[0].Target, "--total-iops-sec", "0", "--live");

            await VirshAsync("blockcopy", name, design.Disks[0].Target, Path.Combine(directory, "mirror.raw"), "--transient-job", "--bytes", "--bandwidth", "1048576");
            (await NotesAsync(observer, run, connection)).ShouldBe([NoteKind.Paused, NoteKind.Throttled, NoteKind.BlockJob]);
            await VirshAsync("blockjob", name, design.Disks[0].Target, "--abort");

            // Another QEMU, which has not written yet what the one before has: counted from its beginning on, and no count of before is lost.
            await connection.DestroyAsync(name, Cancellation);
            await connection.StartAsync(name, Cancellation);
            (await NotesAsync(observer, run, connection)).ShouldBe([NoteKind.Paused, NoteKind.Throttled, NoteKind.BlockJob, NoteKind.Restarted]);
            await WriteAsync(name, 3);
            (await NewAsync(observer, run, connection)).ShouldBe((3, 3 * 4096, 3));

            await VirshAsync("snapshot-create-as", name, "--disk-only", "--no-metadata", "--diskspec", $"{design.Disks[0].Target},file={Path.Combine(directory, "overlay.qcow2")}");
            (await NotesAsync(observer, run, connection)).ShouldBe([NoteKind.Paused, NoteKind.Throttled, NoteKind.BlockJob, NoteKind.Restarted, NoteKind.Snapshot]);

            // And off.
            await connection.DestroyAsync(name, Cancellation);
            (await NotesAsync(observer, run, connection)).ShouldContain(NoteKind.Off);
            (observation, intervals) = await observer.StoreNowAsync(run, connection, Cancellation);
            intervals.Sum(x => x.Disks[0]!.Write.Operations).ShouldBe(12 + 40 + 3);
            foreach (var refusal in ObservedEvidence.Of(ObservationState.Read(observation.State), intervals, observation.StartedAt, null).Latencies[0].Write.Refusals)
            {
                TestContext.Current.TestOutputHelper!.WriteLine(refusal);
            }
        }
        finally
        {
            await connection.DestroyAsync(name, CancellationToken.None);
            await connection.UndefineAsync(name, removeNvram: true, CancellationToken.None);
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<StorageObserver> OpenAsync(string directory)
    {
        var database = await DatabaseOf.InstallationAsync(directory);
        var factory = MigrateDatabase.CreateFactory(database);
        await new MigrateDatabase(factory, database, TimeProvider.System, NullLogger<MigrateDatabase>.Instance).MigrateAsync(Cancellation);
        var options = new ExecutorOptions { DataDirectory = directory };
        return new StorageObserver(new ObservationStore(factory, options, TimeProvider.System), options, TimeProvider.System, NullLogger<StorageObserver>.Instance);
    }

    private static Task WriteAsync(string name, int writes) => QemuWrites.MakeAsync(name, Device, writes);

    /// <summary>What is new in the last interval of writes.</summary>
    private static async Task<(long Operations, long Bytes, long InBins)> NewAsync(StorageObserver observer, Guid run, LibvirtConnection connection)
    {
        var write = (await observer.StoreNowAsync(run, connection, Cancellation)).Intervals[^1].Disks[0]!.Write;
        return (write.Operations, write.Bytes, write.Bins.Sum());
    }

    private static async Task<IReadOnlyList<NoteKind>> NotesAsync(StorageObserver observer, Guid run, LibvirtConnection connection) =>
        [.. ObservationState.Read((await observer.StoreNowAsync(run, connection, Cancellation)).Observation.State).Notes.OrderBy(x => x.First).Select(x => x.Kind)];

    private static Task<string> VirshAsync(params string[] arguments) => Programs.OutputOfAsync("virsh", ["-c", LibvirtFixture.Uri, .. arguments]);
}
