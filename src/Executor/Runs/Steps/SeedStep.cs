using Microsoft.Extensions.Logging;
using Migrate.Executor.Copy;
using Migrate.Executor.Sources;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere;
using Migrate.Target.Host;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// Pass 0: copies each disk into its namespace and reads it back. Works a turn of some minutes, then lets others have the worker; a
/// disk whose source can only be read from the start is copied to its end instead.
/// </summary>
public sealed class SeedStep(
    SourceAccess sources,
    HostBudgets budgets,
    ITargetControl target,
    TargetFence fence,
    JournalStore journals,
    DiskProgressWriter progress,
    ExecutorOptions options,
    TimeProvider time,
    ILoggerFactory loggers) : IRunStep
{
    public RunPhase Phase => RunPhase.Seeding;

    public bool StopsForRequests => true;

    public async Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken)
    {
        var left = (await work.DisksAsync(cancellationToken)).Where(x => x.VerifiedAt is null).ToList();
        if (left.Count == 0)
        {
            return RunPhase.Syncing;
        }

        await using var session = await sources.OpenAsync(work.Source, cancellationToken);
        var vm = await SourceVm.ReadAsPlannedAsync(session, work, cancellationToken);
        await SourceVm.MustBeOffAsync(vm, work, journals, cancellationToken);
        foreach (var disk in left)
        {
            await fence.GrantAsync(work.Lease, disk.NamespaceUuid, cancellationToken);
        }

        await using var host = await ConnectAsync(work, cancellationToken);
        using var turn = new CopyTurn(options.CopySlice, time);
        foreach (var disk in left)
        {
            var destination = await host.OpenAsync(disk.NamespaceUuid, cancellationToken);
            var planned = work.PlannedDisks.Single(x => x.Key == disk.DiskKey);
            var sourceHash = disk.SourceHash ?? await CopyAsync(session, vm, work, disk, planned, destination, turn, cancellationToken);
            if (sourceHash is null)
            {
                return RunPhase.Seeding; // The turn is over; the journal knows how far it got.
            }

            await VerifyAsync(work, disk, sourceHash, destination, cancellationToken);
            if (turn.TimeIsUp)
            {
                return RunPhase.Seeding;
            }
        }

        return RunPhase.Syncing;
    }

    /// <summary>The hash of what the source sent; null when the turn was over first.</summary>
    private async Task<string?> CopyAsync(
        VSphereSession session, Vm vm, RunWork work, RunDisk disk, PlannedDisk planned, NvmeDisk destination, CopyTurn turn,
        CancellationToken cancellationToken)
    {
        var readers = new DiskReaders(session, budgets, options.Vddk, time);
        await using var reader = await readers.OpenAsync(vm, planned, cancellationToken);
        await using var journal = await journals.OpenAsync(work.Lease.Claim, disk, cancellationToken);
        await NoteStartAsync(work, disk, reader, journal, cancellationToken);
        var copyOptions = new CopyOptions { DestinationIsZero = await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken) is { AllocatedBytes: 0 } };
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
                + $"Hash of what the source sent: {result.SourceHash}.",
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

    private async Task<NvmeHost> ConnectAsync(RunWork work, CancellationToken cancellationToken)
    {
        var place = await target.PlaceAsync(cancellationToken);
        return await NvmeHost.ConnectAsync(
            new NvmeHostOptions
            {
                EndPoint = place.EndPoint,
                SubsystemNqn = place.SubsystemNqn,
                HostNqn = work.Lease.HostNqn,
                HostId = work.Lease.HostId,
                LossTimeout = options.TargetLossTimeout,
            },
            time,
            loggers,
            cancellationToken);
    }

    private Reporting Reporter(RunDisk disk, DiskActivity activity, Action? also = null) => new(x =>
    {
        progress.Report(disk.Id, activity, x.BytesDone);
        also?.Invoke();
    });

    /// <summary>Reports on the caller's thread: Progress of the framework would reorder reports through the thread pool.</summary>
    private sealed class Reporting(Action<CopyProgress> report) : IProgress<CopyProgress>
    {
        public void Report(CopyProgress value) => report(value);
    }
}
