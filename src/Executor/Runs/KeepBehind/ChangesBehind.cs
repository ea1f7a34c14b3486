using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs.KeepBehind;

/// <summary>Counts what a domain's guest writes since its cutover, so that a roll-back can say what it loses. Only the database and the KVM host are asked.</summary>
public sealed class ChangesBehind(IDbContextFactory<MigrateDb> databases, TimeProvider time)
{
    /// <summary>The domain is started and its guest has not begun: from here on QEMU counts, then the guest runs. Done as often as a cutover is gone on with.</summary>
    public async Task BeginAsync(LibvirtConnection connection, RunWork work, DomainXml design, CancellationToken cancellationToken)
    {
        await DirtyBitmaps.AddAsync(connection, design.Name, design.Disks, cancellationToken);
        var now = Now;
        var record = BehindRecord.Read(work.Run.Behind) is { LostAt: null } begun ? begun : new BehindRecord(now, now, [.. design.Disks.Select(x => new BehindDisk(x.DiskKey, x.Label, 0, 0))]);
        await work.UpdateAsync(set => set.SetProperty(x => x.Behind, record.Write()), cancellationToken);
        await connection.ResumeAsync(design.Name, cancellationToken);
        await work.LogAsync(RunLog.Info, "QEMU counts what the guest changes on its disks from its first write on, so that a roll-back can say what it loses.", cancellationToken);
    }

    /// <summary>What is known now, written down with the run. Null: it is not counted.</summary>
    /// <exception cref="MigrateException">The KVM host cannot be asked.</exception>
    public async Task<BehindRecord?> ReadAsync(Guid runId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var run = await db.Runs.AsNoTracking().SingleOrDefaultAsync(x => x.Id == runId, cancellationToken)
            ?? throw new MigrateException("run.unknown", $"There is no run {runId}.", "List the runs and use one of their ids.");
        if (BehindRecord.Read(run.Behind) is not { LostAt: null } last || run.DomainName is not { } domain || run.Phase == RunPhase.RolledBack)
        {
            return BehindRecord.Read(run.Behind);
        }

        var uri = await db.Plans.Where(x => x.Id == run.PlanId).Join(db.KvmHosts, x => x.KvmHostId, x => x.Id, (_, host) => host.Uri).SingleAsync(cancellationToken);
        await using var connection = await LibvirtConnection.OpenAsync(uri, time, cancellationToken);
        var read = await ReadAsync(connection, domain, last, cancellationToken);
        // A worker's own record since then counts; this is only what somebody looked at.
        await db.Runs.Where(x => x.Id == runId && x.Behind == run.Behind).ExecuteUpdateAsync(set => set.SetProperty(x => x.Behind, read.Write()), cancellationToken);
        return read;
    }

    /// <summary>
    /// Stops the guest's processors for a last look and leaves them stopped if no more would be lost than was confirmed. Else the guest goes on, and the answer says why.
    /// </summary>
    internal async Task<string?> MayDiscardAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (work.Run.DiscardLimit is not { } limit || work.Run.DomainName is not { } domain || BehindRecord.Read(work.Run.Behind) is not { } last)
        {
            return null;
        }

        await using var connection = await LibvirtConnection.OpenAsync(work.KvmHost.Uri, time, cancellationToken);
        if (!await connection.ExistsAsync(domain, cancellationToken))
        {
            return null;
        }

        var wasRunning = await connection.StateAsync(domain, cancellationToken) is DomainState.Running or DomainState.Blocked;
        if (wasRunning)
        {
            await connection.SuspendAsync(domain, cancellationToken);
        }

        var read = await ReadAsync(connection, domain, last, cancellationToken);
        await work.UpdateAsync(set => set.SetProperty(x => x.Behind, read.Write()), cancellationToken);
        if (read is { LostAt: null } && read.Bytes <= limit)
        {
            await work.LogAsync(RunLog.Info, string.Create(CultureInfo.InvariantCulture, $"The guest is stopped; {read.Bytes} bytes that it changed since the cutover are discarded, up to {limit} were confirmed."), cancellationToken);
            return null;
        }

        if (wasRunning)
        {
            await connection.ResumeAsync(domain, cancellationToken);
        }

        return Says(read) + string.Create(CultureInfo.InvariantCulture, $" Only {limit} bytes were confirmed: nothing was rolled back, and the guest goes on.");
    }

    /// <summary>In a sentence: how much a roll-back loses.</summary>
    public static string Says(BehindRecord? record) => record switch
    {
        null => "How much the guest has changed since is not known: the plan does not count it (--keep-behind).",
        { LostAt: { } lost } => string.Create(
            CultureInfo.InvariantCulture,
            $"How much the guest has changed is unknown since {record.SeenAt:yyyy-MM-dd HH:mm:ss}Z, when it was {record.Bytes} bytes: by {lost:yyyy-MM-dd HH:mm:ss}Z its domain had been ended or started anew, and with it QEMU's count."),
        _ => string.Create(CultureInfo.InvariantCulture, $"The guest has changed {record.Bytes} bytes since {record.Since:yyyy-MM-dd HH:mm:ss}Z."),
    };

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    private async Task<BehindRecord> ReadAsync(LibvirtConnection connection, string domain, BehindRecord last, CancellationToken cancellationToken)
    {
        if (last.LostAt is not null)
        {
            return last;
        }

        var isOn = await connection.ExistsAsync(domain, cancellationToken)
            && await connection.StateAsync(domain, cancellationToken) is DomainState.Running or DomainState.Blocked or DomainState.Paused;
        try
        {
            return isOn && await DirtyBitmaps.ReadAsync(connection, domain, last.Disks, cancellationToken) is { } disks
                ? last with { SeenAt = Now, Disks = disks }
                : last with { LostAt = Now };
        }
        catch (MigrateException gone) when (gone.Code is "libvirt.failed" or "libvirt.no-domain")
        {
            return last with { LostAt = Now }; // It ended under the question.
        }
    }
}
