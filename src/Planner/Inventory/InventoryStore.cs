using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Migrate.Planner.Persistence;

namespace Migrate.Planner.Inventory;

/// <summary>
/// The versions of each source's inventory. A row holds one state of one object and the versions for which it was true, so
/// a version is a question (which rows were valid then) and history grows with change and not with time.
/// </summary>
public sealed partial class InventoryStore(IDbContextFactory<MigrateDb> factory, TimeProvider time)
{
    // Rows per SaveChanges: large enough that round trips vanish, small enough that the change tracker stays small.
    private const int BatchSize = 500;

    /// <summary>
    /// Stores what was read as the source's next version, in one transaction: unchanged objects keep their row, a changed one's
    /// row is closed and a new one opened, a vanished one's row is closed. See <see cref="Lasting"/> for what counts as change.
    /// </summary>
    /// <exception cref="MigrateException">source.not-found, inventory.duplicate-key, inventory.concurrent-sync.</exception>
    public Task<InventoryVersion> SaveAsync(Guid sourceId, SourceInventory inventory, CancellationToken cancellationToken) =>
        SaveAsync(sourceId, InventoryUpdate.Whole(sourceId, inventory), cancellationToken);

    /// <summary>The same when only what may have changed was read.</summary>
    internal async Task<InventoryVersion> SaveAsync(Guid sourceId, InventoryUpdate update, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        db.ChangeTracker.AutoDetectChangesEnabled = false;
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (!await db.Sources.AnyAsync(source => source.Id == sourceId, cancellationToken))
        {
            throw new MigrateException("source.not-found", $"The source {sourceId} of this inventory does not exist (any more).", "Add the source again and synchronise it.");
        }
        int newest = await db.InventoryVersions.Where(version => version.SourceId == sourceId).MaxAsync(version => (int?)version.Number, cancellationToken) ?? 0;
        if (update.Against is { } against && against != newest)
        {
            throw ConcurrentSync(null);
        }
        InventoryVersion next = NewVersion(sourceId, newest + 1, update);
        db.InventoryVersions.Add(next);
        try
        {
            // First the version: its unique number is what a second synchronisation at the same time collides with.
            await db.SaveChangesAsync(cancellationToken);
            await SaveObjectsAsync(db, next, update, cancellationToken);
        }
        catch (Exception e) when (e is DbUpdateException { InnerException: Npgsql.PostgresException { SqlState: Npgsql.PostgresErrorCodes.UniqueViolation } } || DatabaseTrouble.IsLostRace(e))
        {
            throw ConcurrentSync(e);
        }
        await transaction.CommitAsync(cancellationToken);
        return next;
    }

    /// <summary>What the source's newest version has of each VM's fingerprint.</summary>
    internal async Task<InventoryFingerprints> FingerprintsAsync(Guid sourceId, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        InventoryVersion? newest = await FindVersionAsync(db, sourceId, null, cancellationToken);
        Dictionary<string, string> vms = await db.InventoryObjects.AsNoTracking()
            .Where(row => row.SourceId == sourceId && row.Kind == InventoryKind.Vm && row.ToVersion == null && row.Fingerprint != null)
            .Select(row => new { row.Key, row.Fingerprint }).ToDictionaryAsync(row => row.Key, row => row.Fingerprint!, cancellationToken);
        return new InventoryFingerprints(newest?.Number ?? 0, vms, newest?.TakenAt, newest is null ? [] : InventoryRows.Read(newest.Gaps, PlannerJson.Default.IReadOnlyListString));
    }

    /// <summary>The hosts of the source's newest version.</summary>
    internal async Task<IReadOnlyList<EsxHost>> HostsAsync(Guid sourceId, CancellationToken cancellationToken)
    {
        await using MigrateDb db = await factory.CreateDbContextAsync(cancellationToken);
        List<string> bodies = await db.InventoryObjects.AsNoTracking()
            .Where(row => row.SourceId == sourceId && row.Kind == InventoryKind.Host && row.ToVersion == null)
            .Select(row => row.Body).ToListAsync(cancellationToken);
        return [.. bodies.Select(body => InventoryRows.Read(body, PlannerJson.Default.EsxHost))];
    }

    private static MigrateException ConcurrentSync(Exception? inner) => new(
        "inventory.concurrent-sync", "Another synchronisation of the same source ended while this one was being stored.",
        "Use the other one's result, or synchronise again.", inner)
    { IsTransient = true };

    private InventoryVersion NewVersion(Guid sourceId, int number, InventoryUpdate update) => new()
    {
        Id = Guid.CreateVersion7(time.GetUtcNow()),
        SourceId = sourceId,
        Number = number,
        TakenAt = update.TakenAt,
        About = JsonSerializer.Serialize(update.About, PlannerJson.Default.SourceAbout),
        Gaps = JsonSerializer.Serialize(update.Gaps, PlannerJson.Default.IReadOnlyListString),
    };

    private static async Task SaveObjectsAsync(MigrateDb db, InventoryVersion version, InventoryUpdate update, CancellationToken cancellationToken)
    {
        var current = await db.InventoryObjects
            .Where(row => row.SourceId == version.SourceId && row.ToVersion == null)
            .Select(row => new { row.Id, row.Kind, row.Key, row.Hash, row.BodyHash, row.Fingerprint })
            .ToDictionaryAsync(row => (row.Kind, row.Key), cancellationToken);
        var seen = update.UnchangedVms.Select(key => (InventoryKind.Vm, key)).ToHashSet();
        // Batch by batch, so that never more than a batch of bodies is held.
        foreach (InventoryObject[] batch in update.Rows.Chunk(BatchSize))
        {
            var closed = new List<long>();
            var opened = new List<InventoryObject>();
            var moved = new List<InventoryObject>();
            foreach (InventoryObject row in batch)
            {
                if (!seen.Add((row.Kind, row.Key)))
                {
                    throw new MigrateException("inventory.duplicate-key", $"The source gave two objects of kind {row.Kind} with the key {row.Key} ('{row.Name}').",
                        "Synchronise again; if it comes back, the server's inventory is damaged.");
                }
                row.FromVersion = version.Number;
                if (!current.TryGetValue((row.Kind, row.Key), out var old))
                {
                    opened.Add(row);
                    version.Added++;
                }
                else if (old.Hash != row.Hash)
                {
                    closed.Add(old.Id);
                    opened.Add(row);
                    version.Changed++;
                }
                else if (old.BodyHash != row.BodyHash || old.Fingerprint != row.Fingerprint)
                {
                    row.Id = old.Id;
                    moved.Add(row);
                }
            }
            await CloseAsync(db, closed, version.Number, cancellationToken);
            await UpdateMovedAsync(db, moved, cancellationToken);
            await OpenAsync(db, opened, cancellationToken);
        }
        List<long> vanished = [.. current.Values.Where(old => !seen.Contains((old.Kind, old.Key))).Select(old => old.Id)];
        version.Removed = vanished.Count;
        version.VmCount = seen.Count(each => each.Item1 == InventoryKind.Vm);
        version.HostCount = seen.Count(each => each.Item1 == InventoryKind.Host);
        version.DatastoreCount = seen.Count(each => each.Item1 == InventoryKind.Datastore);
        await CloseAsync(db, vanished, version.Number, cancellationToken);
        db.Update(version);
        await db.SaveChangesAsync(cancellationToken);
    }

    private static async Task CloseAsync(MigrateDb db, List<long> ids, int version, CancellationToken cancellationToken)
    {
        foreach (long[] batch in ids.Chunk(BatchSize))
        {
            await db.InventoryObjects.Where(row => batch.Contains(row.Id))
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.ToVersion, version), cancellationToken);
            await db.InventoryVms.Where(row => batch.Contains(row.Id))
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.ToVersion, version), cancellationToken);
        }
    }

    /// <summary>Same state, other moving facts: the row stays and shows the newest of them.</summary>
    private static async Task UpdateMovedAsync(MigrateDb db, List<InventoryObject> rows, CancellationToken cancellationToken)
    {
        foreach (InventoryObject row in rows)
        {
            var entry = db.Attach(row);
            entry.Property(x => x.Body).IsModified = true;
            entry.Property(x => x.BodyHash).IsModified = true;
            entry.Property(x => x.HostKey).IsModified = true;
            entry.Property(x => x.Fingerprint).IsModified = true;
            if (row.Listed is { } listed)
            {
                listed.Id = row.Id;
                var narrow = db.Attach(listed);
                narrow.Property(x => x.HostKey).IsModified = true;
                narrow.Property(x => x.UsedBytes).IsModified = true;
            }
        }
        await db.SaveChangesAsync(cancellationToken);
        db.ChangeTracker.Clear();
    }

    private static async Task OpenAsync(MigrateDb db, List<InventoryObject> rows, CancellationToken cancellationToken)
    {
        db.InventoryObjects.AddRange(rows);
        await db.SaveChangesAsync(cancellationToken);
        foreach (InventoryObject row in rows)
        {
            if (row.Listed is { } listed)
            {
                (listed.Id, listed.FromVersion) = (row.Id, row.FromVersion);
                db.InventoryVms.Add(listed);
            }
        }
        await db.SaveChangesAsync(cancellationToken);
        db.ChangeTracker.Clear();
    }
}
