using Migrate.Vim25;

namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>Takes and removes our own snapshots of one VM, each finished only when the source says so. Never touches anybody else's.</summary>
internal sealed class SnapshotOperations(VSphereSession session, TrackingState about, TrackingOptions options)
{
    private static readonly TimeSpan MostWait = TimeSpan.FromMinutes(1);
    private static readonly HashSet<string> Lasting =
        new(StringComparer.Ordinal) { "NoPermission", "InvalidLogin", "NotAuthenticated", "NotSupported", "NotImplemented", "MethodNotFound", "ManagedObjectNotFound" };
    private readonly ManagedObjectReference _vm = new("VirtualMachine", about.VmKey);

    /// <summary>The new snapshot's key.</summary>
    public async Task<string> CreateAsync(int pass, bool quiesce, CancellationToken cancellationToken)
    {
        var what = $"Taking a snapshot of {about.VmName}";
        try
        {
            var task = (await session.CallAsync(new CreateSnapshot_TaskRequest
            {
                This = _vm,
                Name = SnapshotNames.Of(about.RunId, pass),
                Description = SnapshotNames.DescriptionOf(about.RunId, pass),
                Memory = false,
                Quiesce = quiesce,
            }, cancellationToken)).Value;
            var result = await new TaskWait(session, options.Poll).ForAsync(task, what, options.CreateLimit, cancellationToken);
            if (result is ManagedObjectReference { Type: "VirtualMachineSnapshot" } reference)
            {
                return reference.Value;
            }
        }
        catch (VSphereFault f)
        {
            throw TrackingFault.Of(f, what);
        }

        // Older servers leave the task's result out.
        return (await OursAsync(cancellationToken)).FirstOrDefault(s => s.Name == SnapshotNames.Of(about.RunId, pass))?.Key
            ?? throw new MigrateException("source.snapshot-vanished", $"{what} succeeded, and the snapshot is not there.", "See the VM's events for who removed it, then try again.") { IsTransient = true };
    }

    public async Task<IReadOnlyList<VmSnapshot>> OursAsync(CancellationToken cancellationToken) =>
        [.. (await TrackedVm.ReadAsync(session, about.VmKey, cancellationToken)).Snapshots.Where(s => SnapshotNames.IsOurs(s.Name, s.Description, about.RunId))];

    /// <summary>
    /// Removes every snapshot of this run and waits until their deltas are merged. How many there were. What the source refuses, or what fails there, is
    /// tried again for some time: another task has the VM, a file is locked, a host is in trouble.
    /// </summary>
    public async Task<int> RemoveOursAsync(CancellationToken cancellationToken)
    {
        var (removed, wait) = (0, options.Poll * 5);
        for (var since = 0L; ; wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, MostWait.Ticks)))
        {
            try
            {
                await SettleAsync(cancellationToken);
                var ours = await OursAsync(cancellationToken);
                // The newest first: each removal then merges into a file that nothing else hangs on.
                foreach (var snapshot in ours.Reverse())
                {
                    await RemoveAsync(snapshot.Key, cancellationToken);
                    removed++;
                }

                await ConsolidateIfNeededAsync(cancellationToken);
                return removed;
            }
            catch (MigrateException e) when (MayPass(e))
            {
                if (since == 0 && options is { Waiting: { } told, RemovePatience.Ticks: > 0 })
                {
                    await told($"{e.Message} It is tried again for {options.RemovePatience.TotalMinutes:0} minutes.");
                }

                since = since == 0 ? session.Time.GetTimestamp() : since;
                if (session.Time.GetElapsedTime(since) + wait > options.RemovePatience)
                {
                    throw await NamedAsync(e, session.Time.GetElapsedTime(since), cancellationToken);
                }

                await Task.Delay(wait, session.Time, cancellationToken);
            }
        }
    }

    /// <summary>The server refused, or its task failed, for a reason that may go away by itself. A server that does not answer is another matter.</summary>
    private static bool MayPass(MigrateException failure) => failure.Code == "source.consolidation-failed"
        || ((failure as VSphereFault ?? failure.InnerException as VSphereFault) is { } fault && !Lasting.Contains(fault.Type));

    /// <summary>The same failure with the snapshots that are there still, so that somebody can look for them.</summary>
    private async Task<MigrateException> NamedAsync(MigrateException failure, TimeSpan tried, CancellationToken cancellationToken)
    {
        var left = await OursAsync(cancellationToken);
        return new MigrateException(
            failure.Code,
            $"{failure.Message}{(tried.TotalMinutes >= 1 ? $" It was tried for {tried.TotalMinutes:0} minutes." : "")}"
                + (left.Count > 0 ? $" {about.VmName} still has {string.Join(", ", left.Select(x => $"the snapshot '{x.Name}' ({x.Key})"))}." : ""),
            failure.Remedy,
            failure)
        { IsTransient = failure.IsTransient };
    }

    /// <summary>Merges deltas that a removal left behind; looks again afterwards, for the task may end without having done it.</summary>
    public async Task ConsolidateIfNeededAsync(CancellationToken cancellationToken)
    {
        var what = $"Consolidating the disks of {about.VmName}";
        for (var attempt = 0; (await TrackedVm.ReadAsync(session, about.VmKey, cancellationToken)).ConsolidationNeeded; attempt++)
        {
            if (attempt == 2)
            {
                throw new MigrateException("source.consolidation-failed", $"{what} was tried twice, and the VM still needs it.",
                    "A backup may hold its disks, or the datastore is full: see the VM's events, consolidate it there, then go on.");
            }

            await RunAsync(what, new ConsolidateVMDisks_TaskRequest { This = _vm }, r => r.Value, cancellationToken);
        }
    }

    /// <summary>
    /// A call whose answer was lost may still be at work at the source. What it makes has to be there before anybody looks for it, else it would
    /// appear later and stay.
    /// </summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        var recent = (await TrackedVm.ReadAsync(session, about.VmKey, cancellationToken)).RecentTasks;
        if (recent.Count == 0)
        {
            return;
        }

        foreach (var task in (await new PropertyReader(session).ReadManyAsync("Task", recent, ["info.state", "info.descriptionId"], cancellationToken)).Select(t => new ObjectProperties(t)))
        {
            if (task.Text("info.state") is not (TaskInfoState.Queued or TaskInfoState.Running) || task.Text("info.descriptionId") is not ("VirtualMachine.createSnapshot" or "VirtualMachine.reconfigure"))
            {
                continue;
            }

            try
            {
                await new TaskWait(session, options.Poll).ForAsync(task.Reference, $"An earlier change of {about.VmName}", options.CreateLimit, cancellationToken);
            }
            catch (MigrateException e) when (e is VSphereFault { IsTransient: false } or { Code: "source.task-lost" })
            {
                // It has ended without effect, which is all that had to be known.
            }
        }
    }

    private async Task RemoveAsync(string key, CancellationToken cancellationToken)
    {
        var what = $"Removing a snapshot of {about.VmName}";
        var started = session.Time.GetTimestamp();
        while (true)
        {
            try
            {
                var request = new RemoveSnapshot_TaskRequest { This = new("VirtualMachineSnapshot", key), RemoveChildren = false, Consolidate = true };
                await RunAsync(what, request, r => r.Value, cancellationToken);
                return;
            }
            catch (MigrateException e) when (e.Code == "source.snapshot-vanished")
            {
                // Removed by an earlier attempt of ours, or by somebody else: either way it is gone.
                return;
            }
            catch (MigrateException e) when (e.Code == "source.busy" && session.Time.GetElapsedTime(started) < options.RemoveLimit)
            {
                // An earlier removal may still be going on, from before we were interrupted.
                await Task.Delay(options.Poll * 5, session.Time, cancellationToken);
            }
        }
    }

    private async Task RunAsync<TResponse>(string what, IVimRequest<TResponse> request, Func<TResponse, ManagedObjectReference> task, CancellationToken cancellationToken)
    {
        try
        {
            await new TaskWait(session, options.Poll).ForAsync(task(await session.CallAsync(request, cancellationToken)), what, options.RemoveLimit, cancellationToken);
        }
        catch (VSphereFault f)
        {
            throw TrackingFault.Of(f, what);
        }
    }
}
