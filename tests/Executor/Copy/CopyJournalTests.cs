using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Migrate.Executor.Copy;
using Migrate.Executor.Jobs;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Tests.Copy;

/// <summary>The journal in both databases: a real PostgreSQL, and a SQLite file.</summary>
public sealed class CopyJournalTests(PostgresCluster postgres) : IDisposable
{
    private const long Capacity = (3000L * Extent.Size) + 512;
    private readonly TemporaryFolder _folder = new();
    private readonly RunDisk _disk = new()
    {
        Id = Guid.NewGuid(),
        RunId = Guid.NewGuid(),
        Label = "disk",
        Reader = "test",
        NamespaceUuid = Guid.Parse("2b6c5a30-5f35-4c11-8a8e-0b6fd2f4f6a7"),
        CapacityBytes = Capacity,
    };

    private IDbContextFactory<MigrateDb> _databases = null!;
    private JournalStore _store = null!;
    private LeaseClaim _claim;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory, InlineData(false), InlineData(true)]
    public async Task What_was_appended_is_there_when_another_worker_opens_it(bool onPostgres)
    {
        await PrepareAsync(onPostgres);
        await using (var journal = await OpenAsync())
        {
            journal.IsFresh.ShouldBeTrue();
            await journal.AppendAsync([Data(3), new JournalRecord(1000, 2001, default), Data(2), Data(1500)], Cancel);
        }

        await TakeOverAsync();
        await using var again = await OpenAsync();
        again.IsFresh.ShouldBeFalse();
        again.DurableBytes.ShouldBe((2002L * Extent.Size) + 512);
        again.Hashes.FirstGap().ShouldBe(0);
        (again.Hashes.IsZero(3000), again.Hashes.IsZero(3), again.Hashes.IsZero(1500)).ShouldBe((true, false, false));
        foreach (var index in new long[] { 3, 2, 1500 })
        {
            HashOf(again, index).ShouldBe(Data(index).Hash.ToArray());
        }
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task What_was_struck_out_is_unknown_and_what_is_appended_again_is_new(bool onPostgres)
    {
        await PrepareAsync(onPostgres);
        await using (var journal = await OpenAsync())
        {
            await journal.AppendAsync([Data(5), Data(6), new JournalRecord(7, 1, default)], Cancel);
            await journal.AppendAsync([JournalRecord.Forgotten(5), JournalRecord.Forgotten(7)], Cancel);
            journal.Hashes.KnownCount.ShouldBe(1);
        }

        await using var again = await OpenAsync();
        (again.Hashes.IsKnown(5), again.Hashes.IsKnown(6), again.Hashes.IsKnown(7), again.Hashes.KnownCount).ShouldBe((false, true, false, 1L));
        await again.AppendAsync([new JournalRecord(5, 1, SHA256.HashData("other"u8)), Data(7)], Cancel);
        HashOf(again, 5).ShouldBe(SHA256.HashData("other"u8));
        HashOf(again, 6).ShouldBe(Data(6).Hash.ToArray());
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_worker_that_was_overtaken_can_neither_add_nor_open_nor_delete(bool onPostgres)
    {
        await PrepareAsync(onPostgres);
        await using var old = await OpenAsync();
        await old.AppendAsync([Data(0)], Cancel);
        var before = _claim;
        await TakeOverAsync();

        await Should.ThrowAsync<LeaseLostException>(() => old.AppendAsync([Data(1)], Cancel));
        old.Hashes.IsKnown(1).ShouldBeFalse();
        await Should.ThrowAsync<LeaseLostException>(() => _store.OpenAsync(before, _disk, Cancel));
        await Should.ThrowAsync<LeaseLostException>(() => _store.DeleteAsync(before, Cancel));

        await using var now = await OpenAsync();
        now.Hashes.KnownCount.ShouldBe(1);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Nobody_takes_a_run_over_while_its_worker_writes_and_nobody_writes_after(bool onPostgres)
    {
        await PrepareAsync(onPostgres);
        await using var old = await OpenAsync();
        var added = 0L;
        var overtaken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writing = Task.Run(async () =>
        {
            for (; added < Capacity / Extent.Size; added++)
            {
                if (added == (Capacity / Extent.Size) - 1)
                {
                    await overtaken.Task; // There is something left to add, however late it is overtaken.
                }

                await old.AppendAsync([Data(added)], Cancel);
            }
        }, Cancel);
        while (Volatile.Read(ref added) < 3)
        {
            await Task.Delay(1, Cancel);
        }

        await TakeOverAsync();
        overtaken.SetResult();
        await using var now = await OpenAsync();
        await Should.ThrowAsync<LeaseLostException>(() => writing);

        now.Hashes.KnownCount.ShouldBe(added, "what the old one was told is stored, and no more");
        await using var later = await OpenAsync();
        later.Hashes.KnownCount.ShouldBe(added);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Deleted_it_is_fresh_again(bool onPostgres)
    {
        await PrepareAsync(onPostgres);
        await using (var journal = await OpenAsync())
        {
            await journal.AppendAsync([Data(0)], Cancel);
        }

        await _store.DeleteAsync(_claim, Guid.NewGuid(), Cancel);
        await using (var kept = await OpenAsync())
        {
            kept.IsFresh.ShouldBeFalse();
        }

        await _store.DeleteAsync(_claim, _disk.NamespaceUuid, Cancel);
        await using (var journal = await OpenAsync())
        {
            (journal.IsFresh, journal.DurableBytes).ShouldBe((true, 0L));
        }

        await _store.DeleteAsync(_claim, Cancel);
        await using var db = await _databases.CreateDbContextAsync(Cancel);
        (await db.Journals.CountAsync(Cancel), await db.JournalSegments.CountAsync(Cancel)).ShouldBe((0, 0));
    }

    [Fact]
    public async Task One_of_another_namespace_or_size_is_refused_with_a_remedy()
    {
        await PrepareAsync(onPostgres: false);
        await (await OpenAsync()).DisposeAsync();

        _disk.NamespaceUuid = Guid.NewGuid();
        var other = await Should.ThrowAsync<MigrateException>(OpenAsync);
        other.Code.ShouldBe("copy.journal-mismatch");
        other.Remedy.ShouldContain("Roll the run back");
    }

    [Fact]
    public async Task A_flipped_bit_in_the_states_is_noticed_and_the_segment_not_believed()
    {
        await PrepareAsync(onPostgres: false);
        await using (var journal = await OpenAsync())
        {
            await journal.AppendAsync([Data(0), Data(1), new JournalRecord(1024, 1024, default)], Cancel);
        }

        await using (var db = await _databases.CreateDbContextAsync(Cancel))
        {
            var segment = await db.JournalSegments.SingleAsync(x => x.Number == 0, Cancel);
            segment.States[1] ^= 0x80; // Extent 7 as known, and so as something that is there.
            db.Entry(segment).Property(x => x.States).IsModified = true;
            await db.SaveChangesAsync(Cancel);
        }

        await using var again = await OpenAsync();
        again.Hashes.KnownCount.ShouldBe(1024);
        again.Hashes.FirstGap().ShouldBe(0);
    }

    [Fact]
    public async Task Damaged_hashes_are_noticed_and_their_extents_are_copied_again()
    {
        await PrepareAsync(onPostgres: false);
        await using (var journal = await OpenAsync())
        {
            await journal.AppendAsync([Data(0), Data(1), Data(1024)], Cancel);
        }

        await using (var db = await _databases.CreateDbContextAsync(Cancel))
        {
            var segment = await db.JournalSegments.SingleAsync(x => x.Number == 0, Cancel);
            segment.Hashes[40] ^= 1;
            db.Entry(segment).Property(x => x.Hashes).IsModified = true;
            await db.SaveChangesAsync(Cancel);
        }

        await using (var again = await OpenAsync())
        {
            HashOf(again, 1024).ShouldBe(Data(1024).Hash.ToArray());
            var damaged = Should.Throw<MigrateException>(() => HashOf(again, 0));
            (damaged.Code, damaged.IsTransient).ShouldBe(("copy.journal-damaged", true));
        }

        await using var retried = await OpenAsync();
        (retried.Hashes.IsKnown(0), retried.Hashes.IsKnown(1), retried.Hashes.IsKnown(1024)).ShouldBe((false, false, true));
    }

    private static JournalRecord Data(long index) => new(index, 1, SHA256.HashData(BitConverter.GetBytes(index)));

    private static byte[] HashOf(CopyJournal journal, long index)
    {
        var found = new byte[32];
        journal.Hashes.CopyHash(index, found);
        return found;
    }

    private Task<CopyJournal> OpenAsync() => _store.OpenAsync(_claim, _disk, Cancel);

    private async Task PrepareAsync(bool onPostgres)
    {
        if (onPostgres)
        {
            var options = DatabaseOptions.Postgres(await postgres.NewDatabaseAsync(Cancel));
            _databases = MigrateDatabase.CreateFactory(options);
            await new MigrateDatabase(_databases, options, TimeProvider.System, NullLogger<MigrateDatabase>.Instance).MigrateAsync(Cancel);
            await using var db = await _databases.CreateDbContextAsync(Cancel);
            db.Runs.Add(new Run { Id = _disk.RunId, VmKey = "vm-1", VmName = "web01", CreatedAt = DateTime.UnixEpoch });
            await db.SaveChangesAsync(Cancel);
        }
        else
        {
            _databases = await JournalFile.DatabaseAsync(_folder.File("db"), Cancel);
            await using var db = await _databases.CreateDbContextAsync(Cancel);
            _disk.RunId = await db.Runs.Select(x => x.Id).SingleAsync(Cancel);
        }

        _store = new JournalStore(_databases, TimeProvider.System);
        await TakeOverAsync();
    }

    private async Task TakeOverAsync()
    {
        var owner = $"test/{Guid.NewGuid():N}";
        await using var db = await _databases.CreateDbContextAsync(Cancel);
        await db.Runs.ExecuteUpdateAsync(set => set.SetProperty(x => x.LeaseOwner, owner).SetProperty(x => x.LeaseEpoch, x => x.LeaseEpoch + 1), Cancel);
        _claim = new LeaseClaim(_disk.RunId, owner, await db.Runs.Select(x => x.LeaseEpoch).SingleAsync(Cancel));
    }
}
