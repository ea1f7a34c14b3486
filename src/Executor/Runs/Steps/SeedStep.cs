using Migrate.Executor.Copy;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
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
    WarmPasses passes,
    CopyLimits limits,
    JournalStore journals,
    DiskProgressWriter progress,
    CopyThrottles throttles,
    ExecutorOptions options,
    TimeProvider time) : IRunStep
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
        await SourceVm.MustBeOffAsync(vm, work, journals, cancellationToken);
        var resources = DisksInParallel.ResourcesOf(work, vm, work.PlannedDisks.Where(x => left.Any(y => y.DiskKey == x.Key)));
        using var place = await limits.EnterAsync(resources, cancellationToken);
        await using var host = await destinations.ConnectAsync(work, left.Select(x => x.NamespaceUuid), cancellationToken);
        using var turn = new CopyTurn(options.CopySlice, time);
        await DisksInParallel.ForEachAsync(left, limits, resources, options.CopyLimits.PerVm, (disk, ct) => SeedAsync(session, vm, work, disk, host, turn, ct), cancellationToken);
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
    }

    /// <summary>One disk, to its end or until the turn is over; the journal knows how far it got.</summary>
    private async Task SeedAsync(SourceSession session, Vm vm, RunWork work, RunDisk disk, NvmeHost host, CopyTurn turn, CancellationToken cancellationToken)
    {
        if (turn.TimeIsUp)
        {
            return;
        }

        var destination = await host.OpenAsync(disk.NamespaceUuid, cancellationToken);
        var planned = work.PlannedDisks.Single(x => x.Key == disk.DiskKey);
        if ((disk.SourceHash ?? await CopyAsync(session, vm, work, disk, planned, destination, turn, cancellationToken)) is { } sourceHash)
        {
            await VerifyAsync(work, disk, sourceHash, destination, cancellationToken);
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
        var copyOptions = new CopyOptions
        {
            DestinationIsZero = await destinations.IsUntouchedAsync(disk.NamespaceUuid, cancellationToken),
            Throttle = throttles.For(CopyUses.Of(session.Server?.Login.Host ?? work.Source.Name, planned, await destinations.AddressAsync(cancellationToken))),
        };
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, reader.CanStartAnywhere ? turn.Over : default);
        var safeBefore = journal.DurableBytes;
        CopyResult result;
        try
        {
            result = await DiskCopy.RunAsync(
                reader, destination, journal, copyOptions, Reporter(disk, DiskActivity.Copy, () => turn.Look(journal, safeBefore)), time, limited.Token);
        }
        catch (OperationCanceledException) when (limited.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }

        await work.UpdateDiskAsync(
            disk.Id,
            set => set
                .SetProperty(x => x.SourceHash, result.SourceHash)
                .SetProperty(x => x.BytesDone, x => x.CapacityBytes)
                .SetProperty(x => x.BytesRead, x => x.BytesRead + result.BytesRead)
                .SetProperty(x => x.BytesWritten, x => x.BytesWritten + result.BytesWritten)
                .SetProperty(x => x.BytesZero, x => x.BytesZero + result.BytesZero)
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

    private async Task VerifyAsync(RunWork work, RunDisk disk, string sourceHash, NvmeDisk destination, CancellationToken cancellationToken)
    {
        var found = await DiskVerify.HashAsync(destination, Reporter(disk, DiskActivity.Verify), time, cancellationToken);
        if (found != sourceHash)
        {
            await ForgetCopyAsync(work, disk, found, cancellationToken);
            throw new MigrateException(
                "copy.hash-mismatch",
                $"{disk.Label} of '{work.Run.VmName}' reads back differently from what the source sent: source {sourceHash}, destination {found}.",
                "Check the target's storage and this machine's memory: data was changed between writing and reading. A retry copies this disk anew.");
        }

        await work.UpdateDiskAsync(
            disk.Id,
            set => set
                .SetProperty(x => x.DestinationHash, found)
                .SetProperty(x => x.BytesVerified, x => x.CapacityBytes)
                .SetProperty(x => x.VerifiedAt, time.GetUtcNow().UtcDateTime),
            cancellationToken);
        await work.LogAsync(RunLog.Info, $"{disk.Label} is verified: what the namespace gives back has the same hash.", cancellationToken);
    }

    /// <summary>The journal would vouch for extents of which at least one is not what it says.</summary>
    private async Task ForgetCopyAsync(RunWork work, RunDisk disk, string found, CancellationToken cancellationToken)
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

    private Reporting<CopyProgress> Reporter(RunDisk disk, DiskActivity activity, Action? also = null) => new(x =>
    {
        progress.Report(disk.Id, activity, x);
        also?.Invoke();
    });
}
