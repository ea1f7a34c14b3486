using System.Text.Json;
using Migrate.Executor.Conversion;
using Migrate.Executor.Copy;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Sources;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// That the source has been off ever since its last bytes were read. What it looked like then is in the run's row, from before the first of these
/// bytes; a VM that somebody started meanwhile, even one that is off again, has other data than its copy, and the copy is made again.
/// </summary>
public sealed class SourceAtRest(JournalStore journals, RunDomains domains, RunAttachment attachment, ITargetControl target, WarmPasses passes, SourceIsolation isolation, GuestConversion conversion)
{
    /// <summary>Before the first byte is read of a VM that is off; keeps what was noted before. Files tell by themselves when they changed.</summary>
    public static async Task NoteAsync(SourceSession session, RunWork work, CancellationToken cancellationToken)
    {
        if (work.Run.SourceAtRest is null && session.Server is { } server)
        {
            var json = JsonSerializer.Serialize(await VmAtRest.ReadAsync(server, work.Run.VmKey, cancellationToken));
            await work.UpdateAsync(set => set.SetProperty(x => x.SourceAtRest, json), cancellationToken);
        }
    }

    /// <summary>Why what was copied may be older than what the source has now; null when it is not.</summary>
    public static async Task<Disturbance?> DisturbanceAsync(SourceSession session, Vm vm, RunWork work, CancellationToken cancellationToken)
    {
        if (vm.PowerState != SourceVm.PoweredOff)
        {
            return new Disturbance(vm.PowerState, $"it is {vm.PowerState}");
        }

        try
        {
            if (session.Server is not { } server || work.Run.SourceAtRest is not { } json
                || await JsonSerializer.Deserialize<VmAtRest>(json)!.WhyDisturbedAsync(server, work.Run.VmKey, cancellationToken) is not { } why)
            {
                return null;
            }

            // It may have come up since it was read: whether it is to be waited for or to be given up is told by how it is now.
            return new Disturbance((await SourceVm.ReadAsPlannedAsync(session, work, cancellationToken)).PowerState, why);
        }
        catch (MigrateException e) when (e.Code == VmAtRest.NotOffCode)
        {
            return new Disturbance(SourceVm.PoweredOn, "it came up just now");
        }
    }

    /// <summary>
    /// Throws when the source is on (<c>source.not-off</c>: two copies of a VM must never run) or has been since it was copied
    /// (<c>source.ran</c>, transient). What was copied is forgotten first, and a domain that was made of it removed: a retry must not go on with it.
    /// </summary>
    public async Task MustHaveHeldStillAsync(SourceSession session, Vm vm, RunWork work, CancellationToken cancellationToken)
    {
        if (await DisturbanceAsync(session, vm, work, cancellationToken) is not { } found)
        {
            return;
        }

        var isOff = found.PowerState == SourceVm.PoweredOff;
        await ForgetAsync(work, isOff, cancellationToken);
        var next = work.IsWarm ? "What changed since the last pass is copied" : "Its disks are copied from the start";
        throw isOff
            ? new MigrateException(
                "source.ran", $"The VM '{vm.Name}' was not left alone on the source after its last bytes had been read: {found.Why}. {next} again.",
                "Keep the VM off at the source until its run is over; its events tell who started it.")
            { IsTransient = true }
            : new MigrateException(
                VmAtRest.NotOffCode, $"The VM '{vm.Name}' is {found.PowerState} on the source, although its run needs it off: somebody has powered it on again.",
                $"{(work.IsWarm ? "Retry the run, which shuts it down when it cuts over." : "Shut it down and retry the run.")} {next} then.");
    }

    private async Task ForgetAsync(RunWork work, bool isOff, CancellationToken cancellationToken)
    {
        var hadDomain = work.Run.DomainName is not null;
        if (work.Run.Conversion is not null)
        {
            await conversion.ThrowAwayAsync(work, cancellationToken); // A commit that nobody waits for any more would write over what is copied again.
        }

        var changed = hadDomain || GuestConversion.HasChangedDisks(work.Run);
        if (hadDomain)
        {
            // The name goes last: as long as it is there, whoever comes next knows that a domain may be.
            await domains.RemoveAsync(work, cancellationToken);
            if (work.KvmHost.AttachesByNetwork)
            {
                await attachment.DetachAsync(work, fenceFirst: false, cancellationToken);
            }

            await isolation.OpenAsync(work, cancellationToken); // It serves again, and has no other copy.
        }

        if (hadDomain || work.Run.Conversion is not null)
        {
            foreach (var disk in work.PlannedDisks.Where(_ => !work.KvmHost.AttachesByNetwork))
            {
                if (await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken) is { Online: false })
                {
                    await target.BringOnlineAsync(disk.NamespaceUuid, cancellationToken);
                }
            }
        }

        if (!work.IsWarm)
        {
            await journals.DeleteAsync(work.Lease.Claim, cancellationToken);
            await work.ForgetCopiesAsync(RunPhase.Seeding, cancellationToken);
            return;
        }

        await passes.ReleaseAsync(work, "The source was started in between.", cancellationToken);
        if (changed)
        {
            await journals.DeleteAsync(work.Lease.Claim, cancellationToken); // Its guest, or virt-v2v, may have written to the disks: all of them is compared again.
            await work.ForgetCopiesAsync(isOff ? RunPhase.CuttingOver : RunPhase.Seeding, cancellationToken);
        }
        else
        {
            await work.ForgetLastPassAsync(isOff ? RunPhase.CuttingOver : RunPhase.Syncing, cancellationToken);
        }
    }
}

/// <summary>What came between a VM that was off and its copy.</summary>
/// <param name="PowerState">poweredOn, poweredOff or suspended: as it is now.</param>
/// <param name="Why">In words.</param>
public sealed record Disturbance(string PowerState, string Why);
