using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Jobs;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Copy;

/// <summary>The journals of all runs' disks in the database. Whoever changes one shows the run's lease in the same transaction.</summary>
public sealed class JournalStore(IDbContextFactory<MigrateDb> databases, TimeProvider time)
{
    private const int RowsPerStatement = 32;

    /// <summary>Opens or begins the journal of the disk.</summary>
    /// <exception cref="MigrateException"><c>copy.journal-mismatch</c>: it was written for another namespace or capacity.</exception>
    /// <exception cref="LeaseLostException">Another worker has the run.</exception>
    public Task<CopyJournal> OpenAsync(LeaseClaim claim, RunDisk disk, CancellationToken cancellationToken) =>
        CopyJournal.OpenAsync(this, claim, disk, cancellationToken);

    public async Task<bool> ExistsAsync(Guid runDiskId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.Journals.AnyAsync(x => x.RunDiskId == runDiskId, cancellationToken);
    }

    /// <summary>Durably forgets what was copied of all disks of the lease's run: their namespaces are about to be changed by others, or deleted.</summary>
    public Task DeleteAsync(LeaseClaim claim, CancellationToken cancellationToken) => ChangeAsync(claim, async db =>
    {
        await db.JournalSegments.Where(x => db.Journals.Any(j => j.RunDiskId == x.RunDiskId && j.RunId == claim.RunId)).ExecuteDeleteAsync(cancellationToken);
        await db.Journals.Where(x => x.RunId == claim.RunId).ExecuteDeleteAsync(cancellationToken);
    }, cancellationToken);

    /// <summary>Durably forgets what was copied into the namespace.</summary>
    public Task DeleteAsync(LeaseClaim claim, Guid namespaceUuid, CancellationToken cancellationToken) => ChangeAsync(claim, async db =>
    {
        var disks = db.Journals.Where(x => x.RunId == claim.RunId && x.NamespaceUuid == namespaceUuid);
        await db.JournalSegments.Where(x => disks.Any(j => j.RunDiskId == x.RunDiskId)).ExecuteDeleteAsync(cancellationToken);
        await disks.ExecuteDeleteAsync(cancellationToken);
    }, cancellationToken);

    /// <summary>True when the journal is new.</summary>
    internal async Task<bool> BeginAsync(LeaseClaim claim, RunDisk disk, CancellationToken cancellationToken)
    {
        var isFresh = false;
        await ChangeAsync(claim, async db =>
        {
            var found = await db.Journals.AsNoTracking().SingleOrDefaultAsync(x => x.RunDiskId == disk.Id, cancellationToken);
            isFresh = found is null;
            if (found is null)
            {
                db.Journals.Add(new JournalRow
                {
                    RunDiskId = disk.Id,
                    RunId = claim.RunId,
                    NamespaceUuid = disk.NamespaceUuid,
                    CapacityBytes = disk.CapacityBytes,
                    StartedAt = time.GetUtcNow().UtcDateTime,
                });
                await db.SaveChangesAsync(cancellationToken);
            }
            else if (found.NamespaceUuid != disk.NamespaceUuid || found.CapacityBytes != disk.CapacityBytes)
            {
                throw new MigrateException(
                    "copy.journal-mismatch",
                    $"The copy journal was written for namespace {found.NamespaceUuid} and {found.CapacityBytes} bytes (wanted: {disk.NamespaceUuid}, {disk.CapacityBytes} bytes).",
                    "Roll the run back with its data deleted, and start it again: the disk is copied from the start.");
            }
        }, cancellationToken);
        return isFresh;
    }

    internal async IAsyncEnumerable<(int Number, byte[] States)> StatesAsync(Guid runDiskId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var rows = db.JournalSegments.Where(x => x.RunDiskId == runDiskId).Select(x => new { x.Number, x.States });
        await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            yield return (row.Number, row.States);
        }
    }

    internal IReadOnlyList<(int Number, byte[] Hashes)> LoadHashes(Guid runDiskId, int first, int count)
    {
        using var db = databases.CreateDbContext();
        var end = (long)first + count;
        return
        [
            .. db.JournalSegments.Where(x => x.RunDiskId == runDiskId && x.Number >= first && x.Number < end).OrderBy(x => x.Number)
                .Select(x => new { x.Number, x.Hashes }).AsEnumerable().Select(x => (x.Number, x.Hashes)),
        ];
    }

    internal Task SaveAsync(
        LeaseClaim claim, Guid runDiskId, IEnumerable<(int Number, byte[] States, byte[] Hashes)> segments, CancellationToken cancellationToken) => ChangeAsync(claim, async db =>
    {
        foreach (var rows in segments.Chunk(RowsPerStatement))
        {
            var statement = new StringBuilder("INSERT INTO journal_segments (\"RunDiskId\", \"Number\", \"States\", \"Hashes\") VALUES ");
            statement.AppendJoin(", ", rows.Select((_, i) => $"({{0}}, {{{(3 * i) + 1}}}, {{{(3 * i) + 2}}}, {{{(3 * i) + 3}}})"));
            statement.Append(" ON CONFLICT (\"RunDiskId\", \"Number\") DO UPDATE SET \"States\" = excluded.\"States\", \"Hashes\" = excluded.\"Hashes\"");
            object[] values = [runDiskId, .. rows.SelectMany(x => (object[])[x.Number, x.States, x.Hashes])];
            await db.Database.ExecuteSqlRawAsync(statement.ToString(), values, cancellationToken);
        }
    }, cancellationToken);

    internal void Forget(LeaseClaim claim, Guid runDiskId, int number)
    {
        using var db = databases.CreateDbContext();
        db.JournalSegments.Where(x => x.RunDiskId == runDiskId && x.Number == number && db.Runs.HeldBy(claim).Any()).ExecuteDelete();
    }

    /// <summary>The run's row is locked by the first statement until the commit: nobody can take the run over in between.</summary>
    private async Task ChangeAsync(LeaseClaim claim, Func<MigrateDb, Task> change, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.BeginDurablyAsync(cancellationToken);
        if (await db.Runs.HeldBy(claim).ExecuteUpdateAsync(set => set.SetProperty(x => x.LeaseEpoch, x => x.LeaseEpoch), cancellationToken) == 0)
        {
            throw new LeaseLostException(claim.RunId, claim.Epoch);
        }

        await change(db);
        await transaction.CommitAsync(cancellationToken);
    }
}
