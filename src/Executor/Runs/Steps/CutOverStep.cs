using System.Globalization;
using System.Text.Json;
using Migrate.Executor.Conversion;
using Migrate.Executor.Copy;
using Migrate.Executor.Destinations;
using Migrate.Executor.Domains;
using Migrate.Executor.Manifests;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Runs.KeepBehind;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Sources;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Target.Admin;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// Hands the disks from the target to the domain and starts it. The source must be off just before and just after: two copies of
/// a VM never run. A cutover that fails takes its domain back and lets the target serve the namespaces again.
/// </summary>
public sealed class CutOverStep(SourceAccess sources, ITargetControl target, TargetFence fence, RunDomains domains, RunAttachment attachment, RunFiles files, JournalStore journals, WarmCutover warm, WarmPasses passes, SourceAtRest atRest, SourceIsolation isolation, RunManifests manifests, GuestConversion conversion, ChangesBehind behind, PinnedStart pinned, CutoverGates gates, TimeProvider time)
    : IRunStep
{
    public RunPhase Phase => RunPhase.CuttingOver;

    /// <summary>Seconds long, and what it would leave is worse than waiting for it.</summary>
    public bool StopsForRequests => false;

    /// <summary>The last pass of a warm run and a conversion may take longer, and leave nothing that the next attempt would not take up or begin again.</summary>
    public bool StopsForRequestsOf(RunWork work) => IsBeforeLastPass(work) || GuestConversion.NextOf(work) == ConversionTask.Convert;

    // A domain's name is written after this, and forgotten with it.
    private static bool IsBeforeLastPass(RunWork work) => work is { IsWarm: true, Run.LastPassAt: null };

    /// <summary>Its VM was off before it, and nothing but a copy was made: between two attempts of that a gate may have closed.</summary>
    private static bool IsUnbegunAndCold(RunWork work) => work is { IsWarm: false, Run: { DowntimeStartedAt: null, HandedOverAt: null, DomainName: null, Conversion: null } };

    public async Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (IsBeforeLastPass(work))
        {
            return await warm.FinishAsync(work, cancellationToken); // In a job of its own: from here on no request interrupts it.
        }

        if (IsUnbegunAndCold(work) && await gates.HoldAsync(work, cancellationToken) is not null)
        {
            return RunPhase.Ready; // It waits there.
        }

        await using var connection = await domains.OpenAsync(work, cancellationToken);
        await using var session = await sources.ConnectAsync(work.Source, cancellationToken);
        var vm = await SourceVm.ReadAsPlannedAsync(session, work, cancellationToken);
        var design = await domains.DesignAsync(connection, work, vm, cancellationToken);
        var isThere = await RunDomains.MustNotBelongToOthersAsync(connection, work, design.Name, cancellationToken);
        if (isThere && await connection.StateAsync(design.Name, cancellationToken) is DomainState.Running or DomainState.Blocked or DomainState.Paused)
        {
            await MustRunOnceAsync(session, vm, work, design, cancellationToken);
            if (work.Policy.KeepBehind)
            {
                await behind.BeginAsync(connection, work, design, cancellationToken); // Of a worker that died, the guest may not have begun.
            }

            await work.LogAsync(RunLog.Info, $"The domain '{design.Name}' of this run is running already.", cancellationToken);
            return RunPhase.Validating;
        }

        await atRest.MustHaveHeldStillAsync(session, vm, work, cancellationToken);
        if (GuestConversion.NextOf(work) is not ConversionTask.None and var task)
        {
            await ConvertAsync(work, task, cancellationToken);
            return RunPhase.CuttingOver; // In a job of its own, as the last pass.
        }

        await DowntimeClock.MarkAsync(work, DowntimeClock.HandingOver, Now, cancellationToken);
        // Where a failure has nothing to take back: what is taken back costs the journals, and without them there would never be a manifest.
        await FinishManifestsAsync(work, cancellationToken);
        // First the name, so that whatever happens next the roll-back knows what to look for.
        await NoteAsync(work, design, cancellationToken);
        try
        {
            await HandOverAsync(work, cancellationToken);
            await StartDomainAsync(connection, session, vm, work, design, isThere, cancellationToken);
        }
        catch (Exception e) when (e is MigrateException or TargetException)
        {
            throw await UndoneAsync(work, design, e, cancellationToken);
        }

        await DowntimeClock.MarkAsync(work, DowntimeClock.Booting, Now, cancellationToken);
        await work.LogAsync(RunLog.Info, $"The domain '{design.Name}' is started on '{work.KvmHost.Name}'{Downtime(work)}.", cancellationToken);
        await LetGoAsync(work, cancellationToken);
        return RunPhase.Validating;
    }

    /// <summary>Changes the disks only when all that was proven of them is in manifests, and no journal vouches for them any more.</summary>
    private async Task ConvertAsync(RunWork work, ConversionTask task, CancellationToken cancellationToken)
    {
        await DowntimeClock.MarkAsync(work, DowntimeClock.Converting, Now, cancellationToken);
        await TakeOfflineAsync(work, cancellationToken);
        if (task == ConversionTask.Commit)
        {
            await FinishManifestsAsync(work, cancellationToken);
            await conversion.CommitAsync(work, cancellationToken);
            return;
        }

        try
        {
            await conversion.ConvertAsync(work, cancellationToken);
        }
        catch (MigrateException)
        {
            await BringOnlineAsync(work, cancellationToken);
            throw;
        }
    }

    /// <summary>What was copied is as it was, and so is who has it.</summary>
    private async Task BringOnlineAsync(RunWork work, CancellationToken cancellationToken)
    {
        foreach (var disk in work.PlannedDisks)
        {
            try
            {
                if (await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken) is { Online: false })
                {
                    await target.BringOnlineAsync(disk.NamespaceUuid, cancellationToken);
                }
            }
            catch (TargetException e)
            {
                await work.LogAsync(RunLog.Warning, $"The namespace {disk.NamespaceUuid} of {disk.Label} stays offline on the target ({e.Message}): whoever needs it tries again.", cancellationToken);
            }
        }
    }

    /// <summary>
    /// A worker that died started the domain, nobody knows how long ago. Both may have written since, so neither is ended here.
    /// </summary>
    private static async Task MustRunOnceAsync(SourceSession session, Vm vm, RunWork work, DomainXml design, CancellationToken cancellationToken)
    {
        if (await SourceAtRest.DisturbanceAsync(session, vm, work, cancellationToken) is { } found)
        {
            throw new MigrateException(
                "run.two-copies",
                $"The VM '{vm.Name}' was started on the source ({found.Why}) while its domain '{design.Name}' runs on '{work.KvmHost.Name}': there are two copies of it with a life of their own.",
                "Decide which one stays. To keep the domain, see that the VM is off at the source and retry the run; to keep the VM, roll the run back.");
        }
    }

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    private string Downtime(RunWork work) => work.Run.DowntimeStartedAt is { } since
        ? string.Create(CultureInfo.InvariantCulture, $", {(Now - since).TotalSeconds:0.0} s after its guest was asked to shut down{(work.IsWarm ? $"; {work.Policy.Warm.AllowedDowntimeSeconds} s are allowed" : "")}")
        : "";

    /// <summary>The domain runs: nothing at the source may fail it. What cannot be put back now is put back by the sweep of what runs left.</summary>
    private async Task LetGoAsync(RunWork work, CancellationToken cancellationToken)
    {
        try
        {
            await passes.RestoreAsync(work, "The run is over.", cancellationToken);
        }
        catch (MigrateException e)
        {
            await work.LogAsync(RunLog.Warning, $"Change tracking of the VM could not be put back as it was, which is tried again: {e.Message}", cancellationToken);
        }
    }

    private async Task FinishManifestsAsync(RunWork work, CancellationToken cancellationToken)
    {
        try
        {
            await manifests.FinishAsync(work, cancellationToken);
        }
        catch (MigrateException e) when (e.Code is "manifest.unwritable" or "manifest.key-unusable")
        {
            // Nobody should be without service for it: validation makes them, of the journals, which stay until then.
            await work.LogAsync(RunLog.Warning, $"{e.Message} It is made later: the cutover goes on.", cancellationToken);
        }
    }

    private Task HandOverAsync(RunWork work, CancellationToken cancellationToken) =>
        work.KvmHost.AttachesByNetwork ? attachment.AttachAsync(work, cancellationToken) : TakeOfflineAsync(work, cancellationToken);

    private async Task TakeOfflineAsync(RunWork work, CancellationToken cancellationToken)
    {
        var changed = false;
        foreach (var disk in work.PlannedDisks)
        {
            if (await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken) is { Online: true })
            {
                await fence.GrantAsync(work.Lease, disk.NamespaceUuid, cancellationToken); // A worker that slept since the copy must find it taken.
                await target.TakeOfflineAsync(disk.NamespaceUuid, cancellationToken);
                changed = true;
            }
        }

        if (changed)
        {
            await work.LogAsync(RunLog.Info, "The namespaces are offline on the target: their backing belongs to the domain now.", cancellationToken);
        }
    }

    private static Task NoteAsync(RunWork work, DomainXml design, CancellationToken cancellationToken)
    {
        var reasons = JsonSerializer.Serialize(design.Reasons, RunsJson.Default.IReadOnlyListSettingReason);
        return work.UpdateAsync(
            set => set.SetProperty(x => x.DomainName, design.Name).SetProperty(x => x.DomainXml, design.Xml).SetProperty(x => x.DomainReasons, reasons), cancellationToken);
    }

    private async Task StartDomainAsync(
        LibvirtConnection connection, SourceSession session, Vm vm, RunWork work, DomainXml design, bool isThere, CancellationToken cancellationToken)
    {
        files.MakeConsoleDirectory(work.KvmHost);
        if (isThere)
        {
            await connection.UndefineAsync(design.Name, removeNvram: true, cancellationToken); // Left by a worker that died between defining and starting.
        }

        await SourceMustBeOffAsync(session, work, cancellationToken); // The flush may have taken minutes.
        await work.Lease.EnsureHeldAsync(cancellationToken);
        try
        {
            await isolation.CloseAsync(session, work, cancellationToken);
        }
        catch (MigrateException e) when (e.Code == VmAtRest.NotOffCode)
        {
            await SourceMustBeOffAsync(session, work, cancellationToken); // Fails too, and forgets what was copied of it.
            throw;
        }

        await DowntimeClock.MarkAsync(work, DowntimeClock.Starting, Now, cancellationToken);
        if (work.Run.HandedOverAt is null)
        {
            await work.UpdateAsync(set => set.SetProperty(x => x.HandedOverAt, Now), cancellationToken);
        }

        await pinned.RunAsync(work.KvmHost.Id, design, () => domains.DesignAsync(connection, work, vm, cancellationToken), async counts =>
        {
            if (counts.Xml != design.Xml)
            {
                await NoteAsync(work, counts, cancellationToken);
            }

            await connection.DefineAndStartAsync(counts.Name, counts.Xml, cancellationToken, paused: work.Policy.KeepBehind);
        }, cancellationToken);
        if (work.Policy.KeepBehind)
        {
            await behind.BeginAsync(connection, work, design, cancellationToken);
        }

        // Nothing keeps the source down meanwhile. If it came up, the domain goes again: it has only begun, and the original wins.
        await SourceMustBeOffAsync(session, work, cancellationToken);
    }

    private async Task SourceMustBeOffAsync(SourceSession session, RunWork work, CancellationToken cancellationToken) =>
        await atRest.MustHaveHeldStillAsync(session, await SourceVm.ReadAsPlannedAsync(session, work, cancellationToken), work, cancellationToken);

    /// <summary>The exception to throw: the same failure, with what could not be undone.</summary>
    private async Task<MigrateException> UndoneAsync(RunWork work, DomainXml design, Exception failure, CancellationToken cancellationToken)
    {
        await work.Lease.EnsureHeldAsync(cancellationToken); // A worker that took over may have started the domain by now.
        var known = Failure.Of(failure);
        List<string> left = [.. known.LeftBehind];
        try
        {
            await domains.RemoveAsync(work, cancellationToken);
            left.Clear(); // What the failure itself could not take back is gone now.
        }
        catch (MigrateException e)
        {
            left.Add($"domain {design.Name} at {work.KvmHost.Uri} ({e.Message}): virsh destroy {design.Name}; virsh undefine --nvram {design.Name}");
        }

        if (left.Count == 0)
        {
            await journals.DeleteAsync(work.Lease.Claim, cancellationToken); // They vouch for the namespaces until somebody else writes to them, which the domain may have.
            await work.UpdateAsync(set => set.SetProperty(x => x.DomainName, (string?)null), cancellationToken);
        }

        if (left.Count == 0 && work.KvmHost.AttachesByNetwork)
        {
            try
            {
                await attachment.DetachAsync(work, fenceFirst: false, cancellationToken); // They stay off line until the next attempt has granted them anew.
            }
            catch (Exception e) when (e is MigrateException or TargetException)
            {
                left.Add($"the namespaces of '{work.Run.VmName}' may be attached on {work.KvmHost.Name} ({e.Message}): a retry goes on with them, rolling back detaches them");
            }
        }

        foreach (var disk in work.PlannedDisks.Where(_ => left.Count == 0 && !work.KvmHost.AttachesByNetwork))
        {
            try
            {
                if (await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken) is { Online: false })
                {
                    await target.BringOnlineAsync(disk.NamespaceUuid, cancellationToken);
                }
            }
            catch (TargetException e)
            {
                left.Add($"namespace {disk.NamespaceUuid} of {disk.Label} is offline on the target ({e.Message})");
            }
        }

        if (left.Count == 0)
        {
            try
            {
                await isolation.OpenAsync(work, cancellationToken); // The VM is the only copy again, and may be needed at once.
            }
            catch (MigrateException e)
            {
                left.Add($"the network cards of '{work.Run.VmName}' are disconnected at the source ({e.Message}): a retry goes on with that, rolling back connects them");
            }
        }

        return new MigrateException(known.Code, known.Message, known.Remedy, failure) { IsTransient = known.IsTransient, LeftBehind = left };
    }
}
