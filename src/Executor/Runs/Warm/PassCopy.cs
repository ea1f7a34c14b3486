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
    HostBudgets budgets, RunDestination destination, CopyOrigins origins, JournalStore journals, DiskProgressWriter progress, CopyThrottles throttles, ExecutorOptions options, TimeProvider time)
{
    internal const string SourceDiffers = "copy.source-differs";

    /// <summary>What has to be read back.</summary>
    internal async Task<Unread> CopyAsync(
        VSphereSession session, Vm vm, RunWork work, RunDisk disk, TrackingPass pass, RunPassDisk row, NvmeHost host, CancellationToken cancellationToken)
    {
        var part = pass.Disks.Single(x => x.Disk.Key == disk.DiskKey);
        var planned = work.PlannedDisks.Single(x => x.Key == disk.DiskKey) with { FileName = part.Disk.FrozenFile! };
        await using var reader = await OpenAsync(session, vm, planned, pass.SnapshotKey, cancellationToken);
        await using var journal = await journals.OpenAsync(work.Lease.Claim, disk, cancellationToken);
        var untouched = await destination.IsUntouchedAsync(disk.NamespaceUuid, cancellationToken);
        var written = new WrittenExtents(new NvmeDiskWriter(await host.OpenAsync(disk.NamespaceUuid, cancellationToken)));
        var unreadSince = UnreadSince(disk, part);
        await work.UpdateDiskAsync(
            disk.Id,
            set => set
                .SetProperty(x => x.BytesDone, 0)
                .SetProperty(x => x.VerifiedAt, (DateTime?)null)
                .SetProperty(x => x.UnreadSince, unreadSince)
                .SetProperty(x => x.CopyStartedAt, x => x.CopyStartedAt ?? row.StartedAt),
            cancellationToken);
        var origin = await origins.OfAsync(work.Source, vm, cancellationToken);
        using var watched = throttles.Watch(CopyUses.Watched(work.Source, origin, planned));
        var hours = pass.SnapshotKey is null ? AtClosedHours.Ignore : AtClosedHours.GiveUp;
        var throttle = throttles.For(hours, CopyUses.Of(origin, planned, await destination.AddressAsync(cancellationToken)));
        var copyOptions = new ChangeCopyOptions
        {
            DestinationIsZero = untouched,
            StaleAreas = pass.StaleAreas(disk.DiskKey, cancellationToken),
            GoesBeyond = GoesBeyondAsync,
            Engine = new CopyOptions { ReadBackBeforeJournal = work.Policy is { VerifyWhileCopying: true, Verify: not VerifyLevel.Sample }, FoundThere = written.FoundThere, Throttle = throttle, CheckpointBytes = options.CheckpointBytes },
        };
        var safeBefore = journal.DurableBytes;
        var moved = new MovedBytes(disk);
        ChangeCopyResult result;
        try
        {
            result = await ChangeCopy.RunAsync(
                reader, written, journal, part.Basis, pass.ChangedAreas(disk.DiskKey, cancellationToken), copyOptions,
                new Reporting<CopyProgress>(x => progress.Report(disk.Id, DiskActivity.Copy, moved.AddTo(x))), time, cancellationToken);
        }
        finally
        {
            await progress.StoreLastAsync();
            if (journal.DurableBytes > safeBefore)
            {
                work.HasProgressed = true;
            }
        }

        await RecordAsync(work, disk, pass, part, row, result, moved, cancellationToken);
        work.HasProgressed = true;
        var toRead = disk.VerifiedAt is not null ? written.Extents
            : unreadSince is null ? null
            : result.Wanted; // And with it what was written: nothing else was.
        return written.FoundThere.Count == 0 ? new Unread(toRead, false) : new Unread(ExtentSet.Except(toRead, written.FoundThere, disk.CapacityBytes), true);

        // What is written then may be anywhere, and who goes on after a crash could not tell.
        Task GoesBeyondAsync(CancellationToken ct)
        {
            unreadSince = null;
            return work.UpdateDiskAsync(disk.Id, set => set.SetProperty(x => x.UnreadSince, (string?)null), ct);
        }
    }

    /// <summary>What has to be read back of a disk that a dead worker copied in this pass.</summary>
    internal static async Task<Unread> UnreadAsync(RunDisk disk, TrackingPass pass, CancellationToken cancellationToken) =>
        new(disk.VerifiedAt is null && UnreadSince(disk, pass.Disks.Single(x => x.Disk.Key == disk.DiskKey)) is not null
            ? await ExtentSet.OfAsync(pass.ChangedAreas(disk.DiskKey, cancellationToken), disk.CapacityBytes, cancellationToken)
            : null, HasFoundSome: false);

    /// <summary>The change id since which this pass and whatever was not read back before it have written; null when that cannot be said.</summary>
    private static string? UnreadSince(RunDisk disk, DiskPass part) =>
        part is { Basis: PassBasis.Changes, Disk.CopiedChangeId: { } since } && (disk.VerifiedAt is not null || disk.UnreadSince == since) ? since : null;

    /// <summary>
    /// Reads back what the pass wrote, or all of the disk where something of it was never read back, and compares it with what the source sent. What was read
    /// back while the pass copied is not read again.
    /// </summary>
    /// <exception cref="MigrateException">copy.hash-mismatch: the disk is compared from the start in the next pass.</exception>
    internal async Task VerifyAsync(RunWork work, RunDisk disk, Unread unread, NvmeHost host, CancellationToken cancellationToken)
    {
        await using var journal = await journals.OpenAsync(work.Lease.Claim, disk, cancellationToken);
        var opened = new NvmeDiskWriter(await host.OpenAsync(disk.NamespaceUuid, cancellationToken));
        await work.UpdateDiskAsync(disk.Id, set => set.SetProperty(x => x.BytesVerified, 0), cancellationToken);
        var report = new Reporting<CopyProgress>(x => progress.Report(disk.Id, DiskActivity.Verify, x));
        var found = await DiskVerify.RunAsync(opened, journal, null, new VerifyOptions { Only = unread.Extents }, report, time, cancellationToken);
        await MustAgreeAsync(work, disk, found, cancellationToken);

        // Of what is there: every extent is, or was when it was written, read back and found as the journal has it.
        var hash = DiskHash.Of(journal.Hashes);
        var by = ReadBackKind.After(unread.HasFoundSome, isWhole: unread.Extents is null, disk.ReadBackBy);
        await SayVerifiedAsync(work, disk, hash, by, cancellationToken);
    }

    /// <summary>After the last pass, with the source off: reads both sides in full, or a sample of the destination, as the plan wants it.</summary>
    /// <exception cref="MigrateException">copy.hash-mismatch, as of <see cref="VerifyAsync"/>; copy.source-differs: the source has what no pass was told of.</exception>
    internal async Task ProveAsync(VSphereSession session, Vm vm, RunWork work, RunDisk disk, NvmeHost host, CancellationToken cancellationToken)
    {
        var level = work.Policy.Verify;
        var planned = work.PlannedDisks.Single(x => x.Key == disk.DiskKey) with { FileName = vm.Disks.Single(x => x.Key == disk.DiskKey).FileName };
        await using var journal = await journals.OpenAsync(work.Lease.Claim, disk, cancellationToken);
        await using var reader = level == VerifyLevel.Source ? await OpenAsync(session, vm, planned, null, cancellationToken) : null;
        var origin = await origins.OfAsync(work.Source, vm, cancellationToken);
        var verify = new VerifyOptions
        {
            Level = level,
            Throttle = throttles.For(AtClosedHours.Ignore, CopyUses.Of(origin, planned, await destination.AddressAsync(cancellationToken))),
        };
        await work.UpdateDiskAsync(disk.Id, set => set.SetProperty(x => x.BytesVerified, 0), cancellationToken);
        var report = new Reporting<CopyProgress>(x => progress.Report(disk.Id, DiskActivity.Verify, x));
        using var watched = reader is null ? null : throttles.Watch(CopyUses.Watched(work.Source, origin, planned));
        var found = await DiskVerify.RunAsync(new NvmeDiskWriter(await host.OpenAsync(disk.NamespaceUuid, cancellationToken)), journal, reader, verify, report, time, cancellationToken);
        if (!found.Agrees && found.Differences.All(x => x.Side == DiskSide.Source))
        {
            throw new MigrateException(
                SourceDiffers,
                $"{disk.Label} of '{work.Run.VmName}' has {found.Differing} extents at the source that no pass was told of, the first one at offset {found.Differences[0].Offset}.",
                "Every pass from now on compares all of the disks. See that nothing writes to the VM's disks past its host; if that is sure, move the VM cold.");
        }

        await MustAgreeAsync(work, disk, found, cancellationToken);
        // Of what a sample did not look at nothing is known.
        var (hash, by) = level == VerifyLevel.Sample ? (null, null) : (DiskHash.Of(journal.Hashes), ReadBackKind.Sha256);
        await SayVerifiedAsync(work, disk, hash, by, cancellationToken);
        await work.LogAsync(
            RunLog.Info,
            level == VerifyLevel.Sample
                ? $"{disk.Label} is verified by a sample: {found.ExtentsRead} of {found.ExtentsOfDisk} extents read back as they were sent."
                : $"{disk.Label} is verified: the source gave the same once more, and so does the namespace.",
            cancellationToken);
    }

    /// <summary>Reads back what is known of a disk of which a pass that was broken off left something unread, so that a later pass has to read only its own.</summary>
    /// <exception cref="MigrateException">copy.hash-mismatch.</exception>
    internal async Task VerifyKnownAsync(RunWork work, RunDisk disk, NvmeHost host, CancellationToken cancellationToken)
    {
        await using var journal = await journals.OpenAsync(work.Lease.Claim, disk, cancellationToken);
        var known = new ExtentSet(disk.CapacityBytes);
        for (var index = 0L; index < journal.Hashes.Count; index++)
        {
            if (journal.Hashes.IsKnown(index))
            {
                known.Add(index);
            }
        }

        var opened = new NvmeDiskWriter(await host.OpenAsync(disk.NamespaceUuid, cancellationToken));
        var report = new Reporting<CopyProgress>(x => progress.Report(disk.Id, DiskActivity.Verify, x));
        await MustAgreeAsync(work, disk, await DiskVerify.RunAsync(opened, journal, null, new VerifyOptions { Only = known }, report, time, cancellationToken), cancellationToken);
        await work.UpdateDiskAsync(disk.Id, set => set.SetProperty(x => x.DestinationHash, (string?)null).SetProperty(x => x.ReadBackBy, ReadBackKind.Sha256).SetProperty(x => x.VerifiedAt, time.GetUtcNow().UtcDateTime), cancellationToken);
    }

    private Task SayVerifiedAsync(RunWork work, RunDisk disk, string? hash, string? by, CancellationToken cancellationToken) => work.UpdateDiskAsync(
        disk.Id,
        set => set
            .SetProperty(x => x.ReadBackBy, by)
            .SetProperty(x => x.DestinationHash, hash)
            .SetProperty(x => x.BytesVerified, x => x.CapacityBytes)
            .SetProperty(x => x.VerifiedAt, time.GetUtcNow().UtcDateTime),
        cancellationToken);

    private async Task MustAgreeAsync(RunWork work, RunDisk disk, VerifyResult found, CancellationToken cancellationToken)
    {
        if (!found.Agrees)
        {
            await journals.DeleteAsync(work.Lease.Claim, disk.NamespaceUuid, cancellationToken);
            throw new MigrateException(
                "copy.hash-mismatch",
                $"{disk.Label} of '{work.Run.VmName}' reads back differently from what the source sent at {found.Differing} extents, the first one at offset {found.Differences[0].Offset}.",
                "Check the target's storage and this machine's memory: data was changed between writing and reading. A retry compares this disk from the start.");
        }
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
        RunWork work, RunDisk disk, TrackingPass pass, DiskPass part, RunPassDisk row, ChangeCopyResult result, MovedBytes moved, CancellationToken cancellationToken)
    {
        var all = moved.With(new CopyAmounts(0, result.BytesRead, result.BytesZero, result.BytesWritten));
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
                .SetProperty(x => x.BytesRead, all.Allocated)
                .SetProperty(x => x.BytesWritten, all.Sent)
                .SetProperty(x => x.BytesZero, all.Zero)
                .SetProperty(x => x.CopyFinishedAt, time.GetUtcNow().UtcDateTime),
            cancellationToken);
        await work.LogAsync(
            wrong > 0 ? RunLog.Warning : RunLog.Info,
            $"Pass {pass.Number}, {disk.Label}: {part.Reason}. {named} bytes named, {result.BytesRead} read, {result.BytesWritten} sent in {result.Elapsed.TotalSeconds:0.0} s."
                + (result.SelfTest is null ? "" : $" Self-test: {sampled} extents, {wrong} of them had changed although the source says they had not{(wrong > 0 ? "; the whole disk was compared" : "")}."),
            cancellationToken);
    }
}

/// <summary>What of a disk has to be read back after a pass.</summary>
/// <param name="Extents">Null for the whole disk.</param>
/// <param name="HasFoundSome">Something was read back while the pass copied, by <see cref="ReadBackKind.XxHash"/>.</param>
internal sealed record Unread(ExtentSet? Extents, bool HasFoundSome);
