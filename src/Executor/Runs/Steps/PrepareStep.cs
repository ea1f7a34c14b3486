using Migrate.Executor.Conversion;
using Migrate.Executor.Copy;
using Migrate.Executor.Rehearsals;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Sources;
using Migrate.Executor.Targets;
using Migrate.Planner;
using Migrate.Planner.Baselines;
using Migrate.Planner.Inventory;
using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere;
using Migrate.Target.Admin;

namespace Migrate.Executor.Runs.Steps;

/// <summary>
/// Everything that can be found out before the guest goes down: the VM is as planned, the target has room, the KVM host takes
/// the domain. Then the baseline, and only then, when the policy says so, a cold run's guest is shut down; a warm one's changes are tracked
/// from here on.
/// </summary>
public sealed class PrepareStep(
    SourceAccess sources, BaselineStore baselines, CollectedBaselines collected, ITargetControl target, SpaceReservation space, RunDomains domains, RunAttachment attachment, JournalStore journals, WarmPasses passes,
    CutoverGates gates, SourceShutdown shutdown, GuestConversion conversion, GuestRehearsal rehearsals, TimeProvider time)
    : IRunStep
{
    public RunPhase Phase => RunPhase.Preparing;

    public bool StopsForRequests => true;

    public async Task<RunPhase> RunAsync(RunWork work, CancellationToken cancellationToken)
    {
        await using var session = await sources.ConnectAsync(work.Source, cancellationToken);
        var vm = await SourceVm.ReadAsPlannedAsync(session, work, cancellationToken);
        CheckPower(vm, work, canShutDown: session.Server is not null);
        await attachment.CheckAsync(work, cancellationToken);
        await SourceIsolation.CheckAsync(session, work, cancellationToken);
        var warning = await space.TakeAsync(work, vm, cancellationToken);
        List<Guid> created = [];
        try
        {
            // One that a gate holds comes here each minute: what has not changed is not said again.
            if (await CreateNamespacesAsync(work, created, cancellationToken) && warning is not null)
            {
                await work.LogAsync(RunLog.Warning, warning, cancellationToken);
            }

            await domains.CheckAsync(work, vm, cancellationToken);
            await conversion.CheckAsync(work, cancellationToken);
            await rehearsals.CheckAsync(work, cancellationToken);
        }
        catch (Exception e) when (e is MigrateException or TargetException)
        {
            await DeleteAsync(created);
            await space.ReleaseAsync(work, CancellationToken.None);
            throw;
        }

        // With its guest going down the cutover of a cold run begins.
        if (!work.IsWarm && vm.PowerState == SourceVm.PoweredOn && await gates.HoldAsync(work, cancellationToken) is { } held)
        {
            work.Next = held;
            return RunPhase.Preparing;
        }

        await TakeBaselineAsync(vm.PowerState == SourceVm.PoweredOn ? session.Server : null, vm, work, cancellationToken);
        if (work.IsWarm)
        {
            await passes.EnableAsync(work, vm, cancellationToken);
        }
        else if (vm.PowerState == SourceVm.PoweredOn
            && await shutdown.RunAsync(session.RequireServer(), vm, work, powerOffAfterTimeout: false, forecast: null, cancellationToken) is { } late)
        {
            work.Next = late;
            return RunPhase.Preparing;
        }

        return RunPhase.Seeding;
    }

    /// <param name="canShutDown">False when the source is files: what runs from them is out of reach.</param>
    private static void CheckPower(Vm vm, RunWork work, bool canShutDown)
    {
        if (vm.PowerState == SourceVm.PoweredOff || (canShutDown && vm.PowerState == SourceVm.PoweredOn && (work.IsWarm || work.Policy.ShutDownSource)))
        {
            return;
        }

        if (!canShutDown && vm.PowerState == SourceVm.PoweredOn)
        {
            throw new MigrateException(
                VmAtRest.NotOffCode,
                $"The VM '{vm.Name}' runs by what its files say: there is a lock, {vm.VmPathName}.lck. A source of files has no server that could shut it down.",
                "Shut it down where it runs and retry. If nothing runs it any more, remove the lock.");
        }

        throw new MigrateException(
            VmAtRest.NotOffCode,
            $"The VM '{vm.Name}' is {vm.PowerState}, and {(work.IsWarm ? "a warm run copies a VM that is on or off" : "a cold run copies a VM that is off")}.",
            vm.PowerState == SourceVm.PoweredOn
                ? "Shut its guest down and retry, or make a plan that allows its runs to shut guests down."
                : "Resume the VM and shut its guest down, then retry.");
    }

    /// <returns>Whether one was made or brought on line.</returns>
    private async Task<bool> CreateNamespacesAsync(RunWork work, List<Guid> created, CancellationToken cancellationToken)
    {
        var hasChanged = false;
        foreach (var disk in work.PlannedDisks)
        {
            var found = await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken);
            if (found is null)
            {
                await journals.DeleteAsync(work.Lease.Claim, disk.NamespaceUuid, cancellationToken); // It would vouch for bytes that the new namespace does not have.
                created.Add(disk.NamespaceUuid);
            }

            var made = await target.CreateNamespaceAsync(new NamespaceSpec(disk.NamespaceUuid, disk.CapacityBytes), cancellationToken);
            if (!made.Online)
            {
                await target.BringOnlineAsync(made.Uuid, cancellationToken); // An earlier run was rolled back and kept its data.
            }

            if (found is not { Online: true })
            {
                hasChanged = true;
                await work.LogAsync(
                    RunLog.Info, $"Namespace {made.Uuid} (NSID {made.Nsid}) is ready for {disk.Label}, {disk.CapacityBytes} bytes.", cancellationToken);
            }
        }

        return hasChanged;
    }

    /// <summary>Nothing is in them yet, and a failed run should hold nothing that it does not need.</summary>
    private async Task DeleteAsync(List<Guid> created)
    {
        foreach (var uuid in created)
        {
            await target.DeleteNamespaceAsync(uuid, deleteBacking: true, CancellationToken.None);
        }
    }

    /// <summary>What was collected over days, with the last hour of a VM that is on. One that is off and was never collected has none.</summary>
    private async Task TakeBaselineAsync(VSphereSession? session, Vm vm, RunWork work, CancellationToken cancellationToken)
    {
        var (baseline, series) = await collected.ForRunAsync(work.Source.Id, vm, session, time.GetUtcNow().UtcDateTime, cancellationToken);
        var samples = baseline.Disks.Sum(x => x.Samples.Count);
        if (samples == 0)
        {
            if (session is not null)
            {
                await work.LogAsync(RunLog.Warning, "The source gave no samples for a baseline; latencies before and after cannot be compared.", cancellationToken);
            }

            return;
        }

        var id = await baselines.SaveAsync(work.Source.Id, baseline, cancellationToken, series);
        await work.UpdateAsync(set => set.SetProperty(x => x.BaselineId, id), cancellationToken);
        var reasons = string.Join(", ", baseline.Trust!.Reasons.Select(reason => reason.Code).Distinct());
        await work.LogAsync(
            RunLog.Info,
            $"Baseline collected: {samples} intervals of 20 s over {baseline.Disks.Count} {(baseline.Disks.Count == 1 ? "disk" : "disks")}; trust {baseline.Trust.Level}{(reasons.Length > 0 ? $" ({reasons})" : "")}.",
            cancellationToken);
    }
}
