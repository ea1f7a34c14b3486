using System.Text.Json;
using Migrate.Executor.Conversion;
using Migrate.Executor.Copy;
using Migrate.Executor.Runs.KeepBehind;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Sources;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Target.Admin;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// Undoes a run, in the order that never lets two copies run: first the domain goes, then its disks, which no process may have open, and only then the source
/// is powered on again, if it was the run that shut it down.
/// </summary>
public sealed class RollBackStep(SourceAccess sources, ITargetControl target, RunDomains domains, RunAttachment attachment, JournalStore journals, WarmPasses passes, SourceIsolation isolation, GuestConversion conversion, ChangesBehind behind, TimeProvider time)
{
    /// <summary>False, and nothing was done: more would be lost than was confirmed.</summary>
    public async Task<bool> RunAsync(RunWork work, bool deleteData, CancellationToken cancellationToken)
    {
        if (await behind.MayDiscardAsync(work, cancellationToken) is { } refused)
        {
            await work.LogAsync(RunLog.Warning, refused, cancellationToken);
            return false;
        }

        await work.LogAsync(RunLog.Info, deleteData ? "Rolling back; the copied data is deleted." : "Rolling back; the copied data is kept.", cancellationToken);
        await DowntimeClock.MarkAsync(work, DowntimeClock.RollingBack, time.GetUtcNow().UtcDateTime, cancellationToken);
        await MarkAsync(work, RollBackClock.EndingDomain, cancellationToken);
        if (await domains.RemoveAsync(work, cancellationToken))
        {
            await work.LogAsync(RunLog.Info, $"The domain '{work.Run.DomainName}' is ended and undefined.", cancellationToken);
        }

        await MarkAsync(work, RollBackClock.TakingDisks, cancellationToken);
        await DetachAsync(work, cancellationToken);
        await conversion.ThrowAwayAsync(work, cancellationToken);
        await journals.DeleteAsync(work.Lease.Claim, cancellationToken); // Before the namespaces: a journal must never outlive the data that it vouches for.
        foreach (var disk in work.PlannedDisks)
        {
            await GiveUpAsync(work, disk.NamespaceUuid, deleteData, cancellationToken);
        }

        await MarkAsync(work, RollBackClock.RestoringSource, cancellationToken);
        if (work.IsWarm)
        {
            await PutBackAsync(work, cancellationToken);
        }

        await isolation.OpenAsync(work, cancellationToken);
        await PowerSourceOnAsync(work, cancellationToken);
        if (deleteData)
        {
            await MarkAsync(work, RollBackClock.DeletingData, cancellationToken);
            await DeleteAsync(work, cancellationToken); // Nobody is without service for it any more.
        }

        await MarkAsync(work, RollBackClock.Done, cancellationToken);
        return true;
    }

    private Task MarkAsync(RunWork work, string part, CancellationToken cancellationToken) => RollBackClock.MarkAsync(work, part, time.GetUtcNow().UtcDateTime, cancellationToken);

    private async Task DeleteAsync(RunWork work, CancellationToken cancellationToken)
    {
        foreach (var disk in work.PlannedDisks)
        {
            if (await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken) is not null)
            {
                await target.DeleteNamespaceAsync(disk.NamespaceUuid, deleteBacking: true, cancellationToken);
                await work.LogAsync(RunLog.Info, $"Namespace {disk.NamespaceUuid} and its data are deleted.", cancellationToken);
            }
        }
    }

    /// <summary>A host that never got as far as a domain need not be asked: what it may have is fenced by whoever writes next.</summary>
    private async Task DetachAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (!work.KvmHost.AttachesByNetwork)
        {
            return;
        }

        try
        {
            await attachment.DetachAsync(work, fenceFirst: true, cancellationToken);
        }
        catch (MigrateException e) when (e.Code != RunAttachment.InUse && work.Run is { DomainName: null, HandedOverAt: null })
        {
            await work.LogAsync(RunLog.Warning, $"'{work.KvmHost.Name}' could not be asked whether it still has namespaces of this run, and no domain of it was started there: {e.Message}", cancellationToken);
        }
    }

    /// <summary>While the VM is still off, if the run shut it down: what tracking left is gone before its guest goes on.</summary>
    private async Task PutBackAsync(RunWork work, CancellationToken cancellationToken)
    {
        try
        {
            await passes.RestoreAsync(work, "The run is rolled back.", cancellationToken);
        }
        catch (MigrateException e) when (e.Code == "source.vm-vanished")
        {
            await work.LogAsync(RunLog.Warning, "The VM is no longer on the source: there is nothing to put back.", cancellationToken);
        }
    }

    private async Task GiveUpAsync(RunWork work, Guid namespaceUuid, bool deleteData, CancellationToken cancellationToken)
    {
        if (await target.FindNamespaceAsync(namespaceUuid, cancellationToken) is not { } found)
        {
            return;
        }

        await MustBeUnusedAsync(found, cancellationToken);
        await target.TakeOfflineAsync(namespaceUuid, cancellationToken);
        if (!deleteData)
        {
            await work.LogAsync(
                RunLog.Info, $"Namespace {namespaceUuid} is offline; its data stays in {found.BackingPath} until it is deleted.", cancellationToken);
        }
    }

    /// <summary>
    /// The domain may have been renamed or redefined and so not be known as this run's any more. Bringing its disk online takes the
    /// lock that QEMU holds on it, whatever the domain is called.
    /// </summary>
    private async Task MustBeUnusedAsync(NamespaceInfo found, CancellationToken cancellationToken)
    {
        try
        {
            await target.BringOnlineAsync(found.Uuid, cancellationToken);
        }
        catch (TargetException e) when (e.Code is not ("target.backing-locked" or "target.backing-in-use"))
        {
            // The file is missing or not the namespace's: no domain runs from it, and there is nothing to lose in giving it up.
        }
    }

    private async Task PowerSourceOnAsync(RunWork work, CancellationToken cancellationToken)
    {
        var changes = JsonSerializer.Deserialize(work.Run.SourceChanges, RunsJson.Default.IReadOnlyListSourceChange)!;
        if (changes.All(x => x.Kind != SourceChange.GuestShutdown))
        {
            return; // It was off before the run, so it stays off.
        }

        await using var session = await sources.OpenAsync(work.Source, cancellationToken);
        var vm = await session.ReadVmAsync(work.Run.VmKey, cancellationToken);
        if (vm is null)
        {
            await work.LogAsync(RunLog.Warning, "The VM is no longer on the source, so it cannot be powered on again.", cancellationToken);
        }
        else if (vm.PowerState == SourceVm.PoweredOff)
        {
            await session.PowerOnAsync(vm.Key, cancellationToken);
            await DowntimeClock.EndAsync(work, time.GetUtcNow().UtcDateTime, cancellationToken);
            await work.LogAsync(RunLog.Info, "The VM is powered on again on the source.", cancellationToken);
        }

        await work.UpdateAsync(set => set.SetProperty(x => x.SourceChanges, "[]"), cancellationToken);
    }
}
