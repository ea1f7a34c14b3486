using Migrate.Executor.Copy;
using Migrate.Executor.Copy.Throttle;
using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;
using Migrate.Planner.VSphere;
using Migrate.Planner.VSphere.ChangeTracking;
using Migrate.Target.Host;

namespace Migrate.Executor.Runs.Warm;

/// <summary>
/// Copies one disk's part of a pass, and reads back what it wrote. Reading back is done apart, when the snapshot is gone: the source has
/// nothing more to say to it.
/// </summary>
public sealed class PassCopy(
    HostBudgets budgets, RunDestination destination, JournalStore journals, DiskProgressWriter progress, CopyThrottles throttles, ExecutorOptions options, TimeProvider time)
{
    /// <summary>What has to be read back: the extents that were written, or null for the whole disk.</summary>
    internal async Task<WrittenExtents> CopyAsync(
        VSphereSession session, Vm vm, RunWork work, RunDisk disk, TrackingPass pass, RunPassDisk row, NvmeHost host, CancellationToken cancellationToken)
    {
        var part = pass.Disks.Single(x => x.Disk.Key == disk.DiskKey);
        var planned = work.PlannedDisks.Single(x => x.Key == disk.DiskKey) with { FileName = part.Disk.FrozenFile! };
        await using var reader = await OpenAsync(session, vm, planned, pass.SnapshotKey, cancellationToken);
        await using var journal = await journals.OpenAsync(work.Lease.Claim, disk, cancellationToken);
        var untouched = await destination.IsUntouchedAsync(disk.NamespaceUuid, cancellationToken);
        var written = new WrittenExtents(new NvmeDiskWriter(await host.OpenAsync(disk.NamespaceUuid, cancellationToken)));
        await work.UpdateDiskAsync(
            disk.Id,
            set => set
                .SetProperty(x => x.BytesDone, 0)
                .SetProperty(x => x.VerifiedAt, (DateTime?)null)
                .SetProperty(x => x.CopyStartedAt, x => x.CopyStartedAt ?? row.StartedAt),
            cancellationToken);
        var throttle = throttles.For(CopyUses.Of(session.Login.Host, planned, await destination.AddressAsync(cancellationToken)));
        var copyOptions = new ChangeCopyOptions { DestinationIsZero = untouched, Engine = new CopyOptions { Throttle = throttle } };
        var result = await ChangeCopy.RunAsync(
            reader, written, journal, part.Basis, pass.ChangedAreas(disk.DiskKey, cancellationToken), copyOptions,
            new Reporting<CopyProgress>(x => progress.Report(disk.Id, DiskActivity.Copy, x)), time, cancellationToken);
        await RecordAsync(work, disk, pass, part, row, result, cancellationToken);
        return written;
    }

    /// <summary>Reads back what the pass wrote, or all of the disk where something of it was never read back, and compares it with what the source sent.</summary>
    /// <exception cref="MigrateException">copy.hash-mismatch: the disk is compared from the start in the next pass.</exception>
    internal async Task VerifyAsync(RunWork work, RunDisk disk, WrittenExtents? written, NvmeHost host, CancellationToken cancellationToken)
    {
        await using var journal = await journals.OpenAsync(work.Lease.Claim, disk, cancellationToken);
        var opened = new NvmeDiskWriter(await host.OpenAsync(disk.NamespaceUuid, cancellationToken));
        await work.UpdateDiskAsync(disk.Id, set => set.SetProperty(x => x.BytesVerified, 0), cancellationToken);
        var report = new Reporting<CopyProgress>(x => progress.Report(disk.Id, DiskActivity.Verify, x));
        var different = written is null
            ? await DiskVerify.FindDifferencesAsync(opened, journal, 1, report, time, cancellationToken)
            : await written.FindDifferencesAsync(opened, journal, cancellationToken);
        if (different.Count > 0)
        {
            await journals.DeleteAsync(work.Lease.Claim, disk.NamespaceUuid, cancellationToken);
            throw new MigrateException(
                "copy.hash-mismatch",
                $"{disk.Label} of '{work.Run.VmName}' reads back differently at offset {different[0]} from what the source sent.",
                "Check the target's storage and this machine's memory: data was changed between writing and reading. A retry compares this disk from the start.");
        }

        // Of what is there: every extent is, or was when it was written, read back and found as the journal has it.
        var hash = DiskHash.Of(journal.Hashes);
        await work.UpdateDiskAsync(
            disk.Id,
            set => set
                .SetProperty(x => x.DestinationHash, hash)
                .SetProperty(x => x.BytesVerified, x => x.CapacityBytes)
                .SetProperty(x => x.VerifiedAt, time.GetUtcNow().UtcDateTime),
            cancellationToken);
    }

    private async Task<IRangeReader> OpenAsync(VSphereSession session, Vm vm, PlannedDisk disk, string? snapshotKey, CancellationToken cancellationToken)
    {
        var reader = await new DiskReaders(session, budgets, options.Vddk, time).OpenAsync(vm, disk, cancellationToken, snapshotKey);
        if (reader is IRangeReader ranges)
        {
            return ranges;
        }

        await reader.DisposeAsync();
        throw new MigrateException(
            "source.reader-sequential", $"{disk.Label} of '{vm.Name}' is read by {reader.Kind}, which cannot read here and there as a pass has to.",
            "Start the server with VDDK (--vddk DIRECTORY) and plan the VM again, or move it cold.");
    }

    private async Task RecordAsync(
        RunWork work, RunDisk disk, TrackingPass pass, DiskPass part, RunPassDisk row, ChangeCopyResult result, CancellationToken cancellationToken)
    {
        var named = Math.Min(result.NamedExtents * Extent.Size, disk.CapacityBytes);
        var sampled = result.SelfTest is { } test ? test.Data.Sampled + test.Zeroes.Sampled : 0;
        var wrong = result.SelfTest?.WrongOffsets.Count ?? 0;
        await work.UpdatePassDiskAsync(
            row,
            set => set
                .SetProperty(x => x.BytesNamed, named)
                .SetProperty(x => x.BytesRead, x => x.BytesRead + result.BytesRead)
                .SetProperty(x => x.BytesSent, x => x.BytesSent + result.BytesWritten)
                .SetProperty(x => x.SampledExtents, sampled)
                .SetProperty(x => x.WrongExtents, wrong)
                .SetProperty(x => x.SourceHash, result.SourceHash)
                .SetProperty(x => x.FinishedAt, time.GetUtcNow().UtcDateTime),
            cancellationToken);
        await work.UpdateDiskAsync(
            disk.Id,
            set => set
                .SetProperty(x => x.SourceHash, result.SourceHash)
                .SetProperty(x => x.BytesDone, x => x.CapacityBytes)
                .SetProperty(x => x.BytesRead, x => x.BytesRead + result.BytesRead)
                .SetProperty(x => x.BytesWritten, x => x.BytesWritten + result.BytesWritten)
                .SetProperty(x => x.CopyFinishedAt, time.GetUtcNow().UtcDateTime),
            cancellationToken);
        await work.LogAsync(
            wrong > 0 ? RunLog.Warning : RunLog.Info,
            $"Pass {pass.Number}, {disk.Label}: {part.Reason}. {named} bytes named, {result.BytesRead} read, {result.BytesWritten} sent in {result.Elapsed.TotalSeconds:0.0} s."
                + (result.SelfTest is null ? "" : $" Self-test: {sampled} extents, {wrong} of them had changed although the source says they had not{(wrong > 0 ? "; the whole disk was compared" : "")}."),
            cancellationToken);
    }
}
