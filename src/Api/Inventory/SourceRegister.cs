using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Migrate.Api.Hosting;
using Migrate.Api.Problems;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Offline;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.Privileges;
using Migrate.Planner.VSphere.Updates;

namespace Migrate.Api.Inventory;

/// <summary>Adds, removes and synchronises sources.</summary>
internal sealed partial class SourceRegister(
    IDbContextFactory<MigrateDb> databases,
    SourceAccess access,
    InventoryStore inventories,
    ServeOptions options,
    TimeProvider time,
    ILoggerFactory loggers) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Guid, bool> _synchronising = new();
    private readonly ILogger _logger = loggers.CreateLogger<SourceRegister>();

    /// <summary>Each stays logged in to its source, so that the next synchronisation is told what changed.</summary>
    private readonly ConcurrentDictionary<Guid, InventorySync> _syncs = new();

    /// <summary>Throws what can be said without asking the source.</summary>
    /// <exception cref="MigrateException">source.invalid, source.exists.</exception>
    public async Task RefuseAsync(AddSource request, CancellationToken cancellationToken)
    {
        SourceRequest.Check(request);
        if (await IsThereAsync(request.Name, cancellationToken))
        {
            throw new MigrateException("source.exists", $"There is already a source named '{request.Name}'.", "Choose another name; 'migrate source update' changes the login or thumbprint of that one.");
        }
    }

    /// <summary>Tries login and certificate before anything is stored, and finds out what the account may not do. Of one name, one at a time.</summary>
    public async Task<Source> AddAsync(AddSource request, CancellationToken cancellationToken)
    {
        await RefuseAsync(request, cancellationToken);
        var url = SourceRequest.Check(request);
        var thumbprint = SourceRequest.Thumbprint(request.Thumbprint);
        var privileges = await TryLoginAsync(new VSphereEndpoint(url, request.UserName, request.Password, thumbprint), cancellationToken);
        var source = new Source
        {
            Id = Guid.NewGuid(),
            Name = request.Name,
            Url = url.ToString(),
            UserName = request.UserName,
            ProtectedPassword = access.Protect(request.Password),
            Thumbprint = thumbprint,
            CreatedAt = time.GetUtcNow().UtcDateTime,
        };
        Keep(source, privileges, source.CreatedAt);
        await StoreAsync(source, cancellationToken);
        return source;
    }

    /// <summary>Throws what can be said before the files are read.</summary>
    /// <exception cref="MigrateException">source.invalid, source.exists.</exception>
    public async Task RefuseAsync(AddOfflineSource request, CancellationToken cancellationToken)
    {
        SourceRequest.Check(request);
        if (await IsThereAsync(request.Name, cancellationToken))
        {
            throw new MigrateException("source.exists", $"There is already a source named '{request.Name}'.", "Choose another name, or synchronise that one: its files are read again.");
        }
    }

    /// <summary>Reads the files before anything is stored: what cannot be read now will not be read later either. Of one name, one at a time.</summary>
    public async Task<Source> AddAsync(AddOfflineSource request, CancellationToken cancellationToken)
    {
        await RefuseAsync(request, cancellationToken);
        var source = OfflineSources.Create(request.Name, request.Kind, request.Paths, time);
        await OfflineSources.ReadAsync(source, time, cancellationToken);
        if (request.CheckDigests && await OfflineSources.CheckDigestsAsync(source, cancellationToken) is { Count: > 0 } differences)
        {
            throw new InvalidRequestException("source.digest-mismatch", $"The source was not added: {Text.Count(differences.Count, "file")} could not be confirmed by manifests.", differences);
        }

        await StoreAsync(source, cancellationToken);
        return source;
    }

    /// <summary>Throws what can be said without asking the source.</summary>
    /// <returns>The change, of the source as it is now.</returns>
    /// <exception cref="MigrateException">source.invalid, source.unknown, source.offline.</exception>
    public async Task<SourceChange> RefuseAsync(string name, UpdateSource request, CancellationToken cancellationToken)
    {
        SourceRequest.Check(request);
        var source = await FindAsync(name, cancellationToken);
        if (source.Kind != SourceKind.VSphere)
        {
            throw OfflineSources.NoServer(source);
        }

        var before = SourceLogin.Of(source);
        // A password that is replaced need not be readable: the key ring may be the very thing that was lost.
        var password = request.Password is { } given ? access.Protect(given) : before.ProtectedPassword;
        return new SourceChange(source.Id, source.Name, before, new SourceLogin(request.UserName ?? before.UserName, password, SourceRequest.Thumbprint(request.Thumbprint) ?? before.Thumbprint));
    }

    /// <summary>Tries the new login before it is stored; runs and synchronisations that begin afterwards use it.</summary>
    /// <exception cref="MigrateException">source.unknown, source.changed.busy; why the login does not work.</exception>
    public async Task<Source> UpdateAsync(SourceChange change, CancellationToken cancellationToken)
    {
        var source = await FindAsync(change.Name, cancellationToken);
        var (before, after) = (change.Before, change.After);
        if (source.Id != change.Id || SourceLogin.Of(source) != before)
        {
            throw ChangedMeanwhile(change.Name);
        }

        (source.UserName, source.ProtectedPassword, source.Thumbprint) = (after.UserName, after.ProtectedPassword, after.Thumbprint);
        await using (var session = await access.TryAsync(source, cancellationToken))
        {
            var asked = time.GetUtcNow().UtcDateTime;
            Keep(source, await PrivilegesOfAsync(session, cancellationToken), asked);
        }

        cancellationToken.ThrowIfCancellationRequested();
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var changed = await db.Sources
            .Where(s => s.Id == source.Id && s.UserName == before.UserName && s.ProtectedPassword == before.ProtectedPassword && s.Thumbprint == before.Thumbprint)
            .ExecuteUpdateAsync(
                set => set.SetProperty(s => s.UserName, after.UserName).SetProperty(s => s.ProtectedPassword, after.ProtectedPassword).SetProperty(s => s.Thumbprint, after.Thumbprint)
                    .SetProperty(s => s.Privileges, source.Privileges).SetProperty(s => s.PrivilegesAt, source.PrivilegesAt),
                CancellationToken.None); // It is changed or it is not: who stops it now is told that it is.
        if (changed == 0)
        {
            throw ChangedMeanwhile(change.Name);
        }

        if (_syncs.TryGetValue(source.Id, out var sync))
        {
            sync.LogInAnew();
        }

        return source;
    }

    /// <summary>Asks the source what its account may do, and keeps it.</summary>
    public async Task<PrivilegeReport> PrivilegesAsync(Source source, CancellationToken cancellationToken)
    {
        if (source.Kind != SourceKind.VSphere)
        {
            throw new MigrateException("source.offline", $"Source '{source.Name}' is files of this machine, for which there are no privileges.", "Ask for those of a vCenter or an ESXi host.");
        }

        var asked = time.GetUtcNow().UtcDateTime;
        PrivilegeReport report;
        await using (var session = await access.OpenAsync(source, cancellationToken))
        {
            report = await session.CheckPrivilegesAsync(cancellationToken);
        }

        Keep(source, report, asked);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        // Of another account that somebody gave the source meanwhile, it says nothing; and who was asked later knows better.
        await db.Sources.Where(s => s.Id == source.Id && s.UserName == source.UserName && (s.PrivilegesAt == null || s.PrivilegesAt < asked))
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.Privileges, source.Privileges).SetProperty(s => s.PrivilegesAt, source.PrivilegesAt), cancellationToken);
        return report;
    }

    private static void Keep(Source source, PrivilegeReport report, DateTime asked) => (source.Privileges, source.PrivilegesAt) = (KeptPrivileges.Write(report), asked);

    public async ValueTask DisposeAsync()
    {
        foreach (var source in _syncs.Keys)
        {
            await ForgetSyncAsync(source);
        }
    }

    public async Task<InventoryVersion> SynchroniseAsync(Source source, CancellationToken cancellationToken)
    {
        if (!_synchronising.TryAdd(source.Id, true))
        {
            throw new MigrateException("source.busy", $"Source '{source.Name}' is being synchronised.", "Wait for it to end and look at its versions.");
        }

        try
        {
            var version = source.Kind == SourceKind.VSphere
                ? await _syncs.GetOrAdd(source.Id, SyncOf).SyncAsync(cancellationToken)
                : await inventories.SaveAsync(source.Id, await OfflineSources.ReadAsync(source, time, cancellationToken), cancellationToken);
            await PruneAsync(source, cancellationToken);
            return version;
        }
        finally
        {
            _synchronising.TryRemove(source.Id, out _);
        }
    }

    /// <summary>The new version is stored already: that old ones stay for another while is no failure of it.</summary>
    private async Task PruneAsync(Source source, CancellationToken cancellationToken)
    {
        if (options.InventoryVersions == 0)
        {
            return;
        }

        try
        {
            var (versions, rows) = await inventories.PruneAsync(source.Id, options.InventoryVersions, cancellationToken);
            if (versions > 0)
            {
                LogPruned(_logger, source.Name, versions, rows);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogPruneFailed(_logger, source.Name, e);
        }
    }

    public async Task<Source> FindAsync(string name, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.Sources.AsNoTracking().SingleOrDefaultAsync(s => s.Name == name, cancellationToken)
            ?? throw Unknown(name);
    }

    private async Task<bool> IsThereAsync(string name, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.Sources.AnyAsync(s => s.Name == name, cancellationToken);
    }

    private async Task StoreAsync(Source source, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        db.Sources.Add(source);
        cancellationToken.ThrowIfCancellationRequested();
        await db.SaveChangesAsync(CancellationToken.None); // It is there or it is not: who stops it now is told that it is.
    }

    private static MigrateException ChangedMeanwhile(string name) => new("source.changed.busy", $"The source '{name}' was changed by somebody else while its login was tried.", "Look at it again, and say once more what is to be done.");

    private static MigrateException Unknown(string name) => new("source.unknown", $"There is no source named '{name}'.", "See 'migrate source list'.");

    public async Task RemoveAsync(Source source, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Plans.Where(p => p.SourceId == source.Id).Select(p => p.Name).FirstOrDefaultAsync(cancellationToken) is { } plan)
        {
            throw new MigrateException("source.in-use", $"Source '{source.Name}' is used by plan '{plan}', whose history would lose its meaning.", "Keep the source; change its login or thumbprint with 'migrate source update', or add another source under a new name.");
        }

        await db.InventoryObjects.Where(o => o.SourceId == source.Id).ExecuteDeleteAsync(cancellationToken);
        await db.InventoryVms.Where(o => o.SourceId == source.Id).ExecuteDeleteAsync(cancellationToken);
        await db.InventoryVersions.Where(v => v.SourceId == source.Id).ExecuteDeleteAsync(cancellationToken);
        await db.FlowControlStatements.Where(f => f.SourceId == source.Id).ExecuteDeleteAsync(cancellationToken);
        await db.Baselines.Where(b => b.SourceId == source.Id).ExecuteDeleteAsync(cancellationToken);
        await db.SampleBlocks.Where(b => b.SourceId == source.Id).ExecuteDeleteAsync(cancellationToken);
        await db.BaselineGaps.Where(b => b.SourceId == source.Id).ExecuteDeleteAsync(cancellationToken);
        await db.BaselineEvents.Where(b => b.SourceId == source.Id).ExecuteDeleteAsync(cancellationToken);
        await db.ImportedHistograms.Where(b => b.SourceId == source.Id).ExecuteDeleteAsync(cancellationToken);
        await db.BaselineWatches.Where(b => b.SourceId == source.Id).ExecuteDeleteAsync(cancellationToken);
        await db.Sources.Where(s => s.Id == source.Id).ExecuteDeleteAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await ForgetSyncAsync(source.Id);
    }

    private InventorySync SyncOf(Guid sourceId) => new(sourceId, async cancellationToken =>
    {
        // As it is stored now: a session that has to be opened again may need a password that was changed meanwhile.
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await access.OpenAsync(await db.Sources.AsNoTracking().SingleAsync(s => s.Id == sourceId, cancellationToken), cancellationToken);
    }, inventories, time, loggers.CreateLogger<InventorySync>());

    private async Task ForgetSyncAsync(Guid sourceId)
    {
        if (_syncs.TryRemove(sourceId, out var sync))
        {
            await sync.DisposeAsync();
        }
    }

    private async Task<PrivilegeReport> TryLoginAsync(VSphereEndpoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            await using var session = await access.TryAsync(endpoint, cancellationToken);
            return await PrivilegesOfAsync(session, cancellationToken);
        }
        catch (MigrateException e) when (e.Code == "source.certificate-untrusted")
        {
            var shown = await VSphereSession.ReadThumbprintAsync(endpoint.Url, options.SourceCalls.Addresses, cancellationToken);
            throw new MigrateException(
                e.Code,
                e.Message,
                $"Compare it with the one on the server's own console. If it is the same, add the source with --thumbprint {shown}",
                e);
        }
    }

    /// <summary>A login that works is worth keeping, also where the server does not tell what it may do.</summary>
    private static async Task<PrivilegeReport> PrivilegesOfAsync(VSphereSession session, CancellationToken cancellationToken)
    {
        try
        {
            return await session.CheckPrivilegesAsync(cancellationToken);
        }
        catch (MigrateException e)
        {
            return new PrivilegeReport(session.UserName, [], e.Message);
        }
    }
}
