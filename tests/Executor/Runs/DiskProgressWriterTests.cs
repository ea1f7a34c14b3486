using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy;
using Migrate.Executor.Runs;
using Migrate.Executor.Tests.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Runs;

/// <summary>What of a copy's progress gets to those who watch: its end's band, what it moved, and that it stalls.</summary>
[UsesDatabase]
public sealed class DiskProgressWriterTests
{
    private const long MiB = 1 << 20;

    private readonly ManualTime _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stall_is_in_the_runs_log_when_it_begins_and_when_it_is_over_and_on_the_disk_in_between()
    {
        await using var database = await RunsDatabase.CreateAsync();
        var disk = await AddDiskAsync(database);
        using var writer = new DiskProgressWriter(database, _time, NullLogger<DiskProgressWriter>.Instance);
        var since = _time.GetUtcNow() - TimeSpan.FromSeconds(40);
        var stalled = Progress(10 * MiB) with { LastProgressAt = since, Stall = new CopyStall(since, CopyStage.SourceRead, "Nothing was settled for 40 s: the copy waits for reading at the source.") };

        await ReportAsync(writer, disk, Progress(10 * MiB));
        await ReportAsync(writer, disk, stalled);
        await ReportAsync(writer, disk, stalled);
        (await FindAsync(database, disk)).StalledSince.ShouldBe(since.UtcDateTime);
        await ReportAsync(writer, disk, Progress(11 * MiB));

        (await FindAsync(database, disk)).StalledSince.ShouldBeNull();
        await using var db = database.CreateDbContext();
        (await db.RunEvents.OrderBy(x => x.Id).Select(x => x.Level + " " + x.Message).ToListAsync(Cancellation)).ShouldBe(
        [
            "warning Hard disk 1 stalls. Nothing was settled for 40 s: the copy waits for reading at the source.",
            "info Hard disk 1 gets on again.",
        ]);
    }

    [Fact]
    public async Task The_band_of_the_end_and_what_was_moved_are_stored_and_no_late_report_takes_them_back()
    {
        await using var database = await RunsDatabase.CreateAsync();
        var disk = await AddDiskAsync(database);
        using var writer = new DiskProgressWriter(database, _time, NullLogger<DiskProgressWriter>.Instance);

        await ReportAsync(writer, disk, Progress(20 * MiB) with
        {
            EarliestEta = TimeSpan.FromSeconds(8),
            LatestEta = TimeSpan.FromSeconds(90),
            Amounts = new CopyAmounts(20 * MiB, 15 * MiB, 5 * MiB, 14 * MiB),
        });
        await ReportAsync(writer, disk, Progress(10 * MiB) with { Amounts = new CopyAmounts(10 * MiB, 7 * MiB, 3 * MiB, 7 * MiB) });

        var row = await FindAsync(database, disk);
        (row.BytesRead, row.BytesZero, row.BytesWritten, row.BytesDone).ShouldBe((15 * MiB, 5 * MiB, 14 * MiB, 20 * MiB));
        await ReportAsync(writer, disk, Progress(30 * MiB) with { EarliestEta = TimeSpan.FromSeconds(7), LatestEta = TimeSpan.FromSeconds(80) });
        row = await FindAsync(database, disk);
        (row.EarliestEtaSeconds, row.EtaSeconds, row.LatestEtaSeconds).ShouldBe((7, 30, 80));
        row.SettledAt.ShouldBe(_time.GetUtcNow().UtcDateTime);
    }

    private CopyProgress Progress(long done) => new(done, 100 * MiB, MiB, TimeSpan.FromSeconds(30)) { LastProgressAt = _time.GetUtcNow() };

    private static Task ReportAsync(DiskProgressWriter writer, Guid disk, CopyProgress progress)
    {
        writer.Report(disk, DiskActivity.Copy, progress);
        return writer.FlushAsync(Cancellation);
    }

    private static async Task<RunDisk> FindAsync(RunsDatabase database, Guid disk)
    {
        await using var db = database.CreateDbContext();
        return await db.RunDisks.AsNoTracking().SingleAsync(x => x.Id == disk, Cancellation);
    }

    private static async Task<Guid> AddDiskAsync(RunsDatabase database)
    {
        var run = await database.AddRunAsync(RunPhase.Seeding, null);
        await using var db = database.CreateDbContext();
        var disk = new RunDisk { Id = Guid.NewGuid(), RunId = run.Id, DiskKey = 2000, Label = "Hard disk 1", CapacityBytes = 100 * MiB, Reader = "https-folder", NamespaceUuid = Guid.NewGuid() };
        db.RunDisks.Add(disk);
        await db.SaveChangesAsync(Cancellation);
        return disk.Id;
    }
}
