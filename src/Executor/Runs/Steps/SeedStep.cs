using Microsoft.Extensions.Logging;
using Migrate.Executor.Copy;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere;
using Migrate.Target.Host;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// Copies each disk of a cold VM into its namespace and reads it back. Works a turn of some minutes, then lets others have the worker; a
/// disk whose source can only be read from the start is copied to its end instead. The seed of a warm run is its first pass, which is made in
/// one go, since its snapshot grows.
/// </summary>
public sealed class SeedStep(
    SourceAccess sources,
    HostBudgets budgets,
    RunDestination destinations,
    CopyOrigins origins,
    WarmPasses passes,
    PassHours hours,
    SourceAtRest atRest,
    FoundThere foundThere,
    CopyLimits limits,
    JournalStore journals,
    DiskProgressWriter progress,
    CopyThrottles throttles,
    ExecutorOptions options,
    TimeProvider time,
    ILogger<SeedStep> log) : IRunStep
{
    public RunPhase Phase => RunPhase.Seeding;

    public bool StopsForRequests => true;

    public async Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (work.IsWarm)
        {
            return await SeedWarmAsync(work, cancellationToken);
        }

        var left = (await work.DisksAsync(cancellationToken)).Where(x => x.VerifiedAt is null).ToList();
        if (left.Count == 0)
        {
            return RunPhase.Syncing;
        }

        await using var session = await sources.ConnectAsync(work.Source, cancellationToken);
        var vm = await SourceVm.ReadAsPlannedAsync(session, work, cancellationToken);
        await atRest.MustHaveHeldStillAsync(session, vm, work, cancellationToken);
        await SourceAtRest.NoteAsync(session, work, cancellationToken);
        var resources = DisksInParallel.ResourcesOf(
            work, vm, work.PlannedDisks.Where(x => left.Any(y => y.DiskKey == x.Key)), await destinations.AddressAsync(cancellationToken));
        using var place = await limits.EnterAsync(resources, cancellationToken);
        await using var host = await destinations.ConnectAsync(work, left.Select(x => x.NamespaceUuid), cancellationToken);
        using var turn = new CopyTurn(options.CopySlice, time);
        try
        {
            await DisksInParallel.ForEachAsync(left, limits, resources, options.CopyLimits.PerVm, (disk, ct) => SeedAsync(session, vm, work, disk, host, turn, ct), cancellationToken);
        }
        catch (MigrateException e) when (e.Code == ExportLease.BusyCode)
        {
            var due = time.GetUtcNow().UtcDateTime + options.BusySourcePoll;
            await work.LogAsync(RunLog.Warning, $"{e.Message} {e.Remedy} The run tries again at {due:u}.", cancellationToken);
            work.Next = Due.Later(due);
            return RunPhase.Seeding;
        }

        return (await work.DisksAsync(cancellationToken)).Any(x => x.VerifiedAt is null) ? RunPhase.Seeding : RunPhase.Syncing;
    }

    private async Task<RunPhase> SeedWarmAsync(RunWork work, CancellationToken cancellationToken)
    {
        try
        {
            await passes.MakeAsync(work, isLast: false, cancellationToken);
            return RunPhase.Syncing;
        }
        catch (MigrateException e) when (OtherSnapshots.IsMeant(e))
        {
            return await OtherSnapshots.WaitAsync(work, e, time.GetUtcNow().UtcDateTime, cancellationToken);
        }
        catch (MigrateException e) when (PassHours.IsMeant(e))
        {
            return await hours.WaitAsync(work, e, cancellationToken);
        }
    }

    /// <summary>One disk, to its end or until the turn is over; the journal knows how far it got.</summary>
    private async Task SeedAsync(SourceSession session, Vm vm, RunWork work, RunDisk disk, NvmeHost host, CopyTurn turn, CancellationToken cancellationToken)
    {
        if (turn.TimeIsUp)
        {
            return;
        }

        using var name = log.BeginDisk(disk);
        using var activity = ExecutorTelemetry.Activities.StartActivity("copy disk")?.SetTag("migrate.disk", disk.Label).SetTag("migrate.namespace", disk.NamespaceUuid);
        var destination = await host.OpenAsync(disk.NamespaceUuid, cancellationToken);
        var planned = work.PlannedDisks.Single(x => x.Key == disk.DiskKey);
        if ((disk.SourceHash ?? await CopyAsync(session, vm, work, disk, planned, destination, turn, cancellationToken)) is { } sourceHash)
        {
            await VerifyAsync(session, vm, work, disk, planned, sourceHash, destination, cancellationToken);
        }
    }

    /// <summary>The hash of what the source sent; null when the turn was over first.</summary>
    private async Task<string?> CopyAsync(
        SourceSession session, Vm vm, RunWork work, RunDisk disk, PlannedDisk planned, NvmeDisk destination, CopyTurn turn,
        CancellationToken cancellationToken)
    {
        var readers = new DiskReaders(session, budgets, options.Vddk, time);
        await using var reader = await readers.OpenAsync(vm, planned, cancellationToken);
        await using var journal = await journals.OpenAsync(work.Lease.Claim, disk, cancellationToken);
        await NoteStartAsync(work, disk, reader, journal, cancellationToken);
        var origin = await origins.OfAsync(work.Source, vm, cancellationToken);
        using var watched = throttles.Watch(CopyUses.Watched(work.Source, origin, planned));
        var isReadBack = work.Policy is { Verify: VerifyLevel.ReadBack, VerifyWhileCopying: true };
        var copyOptions = new CopyOptions
        {
            CheckpointBytes = options.CheckpointBytes,
            ReadBackBeforeJournal = isReadBack,
            FoundThere = isReadBack ? foundThere.Of(work.Lease.Claim, disk, journal.DurableBytes == 0) : null,
            DestinationIsZero = await destinations.IsUntouchedAsync(disk.NamespaceUuid, cancellationToken),
            Throttle = throttles.For(CopyUses.Of(origin, planned, await destinations.AddressAsync(cancellationToken))),
        };
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, reader.CanStartAnywhere ? turn.Over : default);
        var safeBefore = journal.DurableBytes;
        var moved = new MovedBytes(disk);
        CopyResult result;
        try
        {
            result = await DiskCopy.RunAsync(
                reader, destination, journal, copyOptions, Reporter(disk, DiskActivity.Copy, moved, () => turn.Look(journal, safeBefore)), time, limited.Token);
        }
        catch (OperationCanceledException) when (limited.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            await progress.StoreLastAsync();
            if (journal.DurableBytes > safeBefore)
            {
                work.HasProgressed = true;
            }
        }

        var all = moved.With(new CopyAmounts(0, result.BytesRead, result.BytesZero, result.BytesWritten));
        await work.UpdateDiskAsync(
            disk.Id,
            set => set
                .SetProperty(x => x.SourceHash, result.SourceHash)
                .SetProperty(x => x.BytesDone, x => x.CapacityBytes)
                .SetProperty(x => x.BytesRead, all.Allocated)
                .SetProperty(x => x.BytesWritten, all.Sent)
                .SetProperty(x => x.BytesZero, all.Zero)
                .SetProperty(x => x.CopyFinishedAt, time.GetUtcNow().UtcDateTime),
            cancellationToken);
        await work.LogAsync(
            RunLog.Info,
            $"{disk.Label} is copied in {result.Elapsed.TotalSeconds:0.0} s: {result.BytesWritten} bytes of data, {result.BytesZero} zero. "
                + $"Hash of what the source sent: {result.SourceHash}."
                + (result.Bottleneck is { } narrow ? $" What held it up: {narrow}." : ""),
            cancellationToken);
        return result.SourceHash;
    }

    private async Task NoteStartAsync(RunWork work, RunDisk disk, IDiskReader reader, CopyJournal journal, CancellationToken cancellationToken)
    {
        if (disk.CopyStartedAt is null)
        {
            await work.UpdateDiskAsync(disk.Id, set => set.SetProperty(x => x.CopyStartedAt, time.GetUtcNow().UtcDateTime), cancellationToken);
        }

        await work.LogAsync(
            RunLog.Info,
            journal.DurableBytes == 0
                ? $"Copying {disk.Label} by {reader.Kind}."
                : $"Copying {disk.Label} by {reader.Kind} goes on: {journal.DurableBytes} of {disk.CapacityBytes} bytes are safe already.",
            cancellationToken);
    }

    /// <summary>As the plan wants it: what of the destination was not read back while it was copied, both sides, or a sample of the destination.</summary>
    private async Task VerifyAsync(
        SourceSession session, Vm vm, RunWork work, RunDisk disk, PlannedDisk planned, string sourceHash, NvmeDisk destination, CancellationToken cancellationToken)
    {
        var (level, origin) = (work.Policy.Verify, await origins.OfAsync(work.Source, vm, cancellationToken));
        await using var journal = await journals.OpenAsync(work.Lease.Claim, disk, cancellationToken);
        await using var reader = level == VerifyLevel.Source ? await new DiskReaders(session, budgets, options.Vddk, time).OpenAsync(vm, planned, cancellationToken) : null;
        if (reader is not null and not IRangeReader)
        {
            throw new MigrateException(
                "source.reader-sequential", $"{disk.Label} of '{work.Run.VmName}' is read by {reader.Kind}, which can be read only once, and the plan wants the source read again.",
                "Make a plan that verifies by ReadBack, or start the server with VDDK (--vddk DIRECTORY) and plan the VM again.");
        }

        var found = foundThere.Take(work.Lease.Claim, disk);
        var verify = new VerifyOptions
        {
            Level = level,
            Only = level == VerifyLevel.ReadBack && found.Count > 0 ? ExtentSet.Except(null, found, disk.CapacityBytes) : null,
            Throttle = throttles.For(CopyUses.Of(origin, planned, await destinations.AddressAsync(cancellationToken))),
        };
        using var watched = reader is null ? null : throttles.Watch(CopyUses.Watched(work.Source, origin, planned));
        var result = await DiskVerify.RunAsync(
            new NvmeDiskWriter(destination), journal, reader as IRangeReader, verify, Reporter(disk, DiskActivity.Verify), time, cancellationToken);
        if (!result.Agrees)
        {
            var first = result.Differences[0];
            await ForgetCopyAsync(work, disk, null, cancellationToken);
            throw new MigrateException(
                "copy.hash-mismatch",
                $"{disk.Label} of '{work.Run.VmName}' is not what was copied: the {(first.Side == DiskSide.Source ? "source" : "destination")} differs, first at byte {first.Offset}.",
                first.Side == DiskSide.Source
                    ? "See that nobody starts the VM or writes to its disks. A retry copies this disk anew."
                    : "Check the target's storage and this machine's memory: data was changed between writing and reading. A retry copies this disk anew.");
        }

        var hash = level == VerifyLevel.Sample ? null : DiskHash.Of(journal.Hashes); // Of what a sample did not look at nothing is known.
        if (hash is not null && hash != sourceHash)
        {
            await ForgetCopyAsync(work, disk, hash, cancellationToken);
            throw new MigrateException(
                "copy.hash-mismatch", $"The journal of {disk.Label} of '{work.Run.VmName}' is not of what the source sent: {sourceHash}, and the journal's is {hash}.",
                "Check the database's storage and this machine's memory. A retry copies this disk anew.");
        }

        await work.UpdateDiskAsync(
            disk.Id,
            set => set
                .SetProperty(x => x.DestinationHash, hash)
                .SetProperty(x => x.ReadBackBy, verify.Only is null ? ReadBackKind.Sha256 : ReadBackKind.XxHash)
                .SetProperty(x => x.BytesVerified, x => x.CapacityBytes)
                .SetProperty(x => x.VerifiedAt, time.GetUtcNow().UtcDateTime),
            cancellationToken);
        await work.LogAsync(
            RunLog.Info,
            level switch
            {
                VerifyLevel.Sample => $"{disk.Label} is verified by a sample: {result.ExtentsRead} of {result.ExtentsOfDisk} extents read back as they were sent.",
                VerifyLevel.Source => $"{disk.Label} is verified: the source gave the same once more, and so does the namespace.",
                _ when verify.Only is null => $"{disk.Label} is verified: what the namespace gives back has the same hash.",
                _ => $"{disk.Label} is verified: {found.Count} extents were read back while it was copied and had the checksum (XXH128) of what was sent; of the rest {result.ExtentsRead} had to be read, and had the same hash.",
            },
            cancellationToken);
    }

    /// <summary>The journal would vouch for extents of which at least one is not what it says.</summary>
    private async Task ForgetCopyAsync(RunWork work, RunDisk disk, string? found, CancellationToken cancellationToken)
    {
        await work.UpdateDiskAsync(
            disk.Id,
            set => set
                .SetProperty(x => x.SourceHash, (string?)null)
                .SetProperty(x => x.DestinationHash, found)
                .SetProperty(x => x.BytesDone, 0)
                .SetProperty(x => x.BytesVerified, 0),
            cancellationToken);
        await journals.DeleteAsync(work.Lease.Claim, disk.NamespaceUuid, cancellationToken);
    }

    private Reporting<CopyProgress> Reporter(RunDisk disk, DiskActivity activity, MovedBytes? moved = null, Action? also = null) => new(x =>
    {
        progress.Report(disk.Id, activity, moved is null ? x : moved.AddTo(x));
        also?.Invoke();
    });
}
