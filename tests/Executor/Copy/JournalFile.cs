using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Copy;

/// <summary>
/// Journals for those who copy without a run: each in a database file of its own, with a run and a lease that exist for it. Opening one again is
/// what another worker does that takes the run over: the one before cannot write any more.
/// </summary>
internal static class JournalFile
{
    private static readonly SemaphoreSlim Making = new(1);
    private static byte[]? _empty;

    extension(CopyJournal)
    {
        public static async Task<CopyJournal> OpenAsync(string path, Guid diskId, long capacityBytes, CancellationToken cancellationToken)
        {
            var factory = await DatabaseAsync(path, cancellationToken);
            await using var db = await factory.CreateDbContextAsync(cancellationToken);
            var run = await db.Runs.SingleAsync(cancellationToken);
            run.LeaseEpoch++;
            run.LeaseOwner = $"test/{Guid.NewGuid():N}";
            var disk = await db.RunDisks.SingleOrDefaultAsync(cancellationToken)
                ?? db.Add(new RunDisk { Id = Guid.NewGuid(), RunId = run.Id, Label = "disk", Reader = "test", CapacityBytes = capacityBytes, NamespaceUuid = diskId }).Entity;
            await db.SaveChangesAsync(cancellationToken);
            disk.NamespaceUuid = diskId; // Not in the database: as a caller has it who mistakes the disk.
            disk.CapacityBytes = capacityBytes;
            return await new JournalStore(factory, TimeProvider.System).OpenAsync(new LeaseClaim(run.Id, run.LeaseOwner, run.LeaseEpoch), disk, cancellationToken);
        }
    }

    /// <summary>One file is all there is of it, so that it can be copied, deleted and looked at.</summary>
    internal static async Task<IDbContextFactory<MigrateDb>> DatabaseAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            await File.WriteAllBytesAsync(path, await EmptyAsync(cancellationToken), cancellationToken);
        }

        return new Factory(path);
    }

    private static async Task<byte[]> EmptyAsync(CancellationToken cancellationToken)
    {
        await Making.WaitAsync(cancellationToken);
        try
        {
            if (_empty is null)
            {
                var path = Path.GetTempFileName();
                await using (var db = new Factory(path).CreateDbContext())
                {
                    await db.Database.EnsureCreatedAsync(cancellationToken);
                    db.Runs.Add(new Run { Id = Guid.NewGuid(), VmKey = "vm-1", VmName = "web01", CreatedAt = DateTime.UnixEpoch });
                    await db.SaveChangesAsync(cancellationToken);
                    await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = DELETE", cancellationToken);
                }

                _empty = await File.ReadAllBytesAsync(path, cancellationToken);
                File.Delete(path);
            }

            return _empty;
        }
        finally
        {
            Making.Release();
        }
    }

    private sealed class Factory(string path) : IDbContextFactory<MigrateDb>
    {
        private readonly DbContextOptions<MigrateDb> _options = new DbContextOptionsBuilder<MigrateDb>().UseSqlite($"Data Source={path};Pooling=False").Options;

        public MigrateDb CreateDbContext() => new(_options);
    }
}
