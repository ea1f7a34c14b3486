using Migrate.Executor.Runs.Steps;
using Migrate.Executor.Sources;
using Migrate.Planner;

namespace Migrate.Executor.Runs.Warm;

/// <summary>The part of a warm cutover before its domain: the guest goes down, and what it wrote since the last pass is copied.</summary>
public sealed class WarmCutover(SourceAccess sources, WarmPasses passes, SourceShutdown shutdown, TimeProvider time)
{
    /// <summary>Returns when the source is off and everything that it wrote is at the destination and read back. Done once, whoever calls again.</summary>
    public async Task FinishAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (work.Run.LastPassAt is not null)
        {
            return;
        }

        await using (var session = await sources.OpenAsync(work.Source, cancellationToken))
        {
            var vm = await SourceVm.ReadAsPlannedAsync(session, work, cancellationToken);
            if (vm.PowerState != SourceVm.PoweredOff)
            {
                // While the service is still up: what would stop the last pass must not be found out in the downtime.
                await passes.ReleaseAsync(work, "The last pass follows.", cancellationToken);
                await MustBeFreeAsync(work, cancellationToken);
                await work.UpdateAsync(set => set.SetProperty(x => x.DowntimeStartedAt, time.GetUtcNow().UtcDateTime), cancellationToken);
                await shutdown.RunAsync(session, vm, work, work.Policy.Warm.PowerOffAfterTimeout, cancellationToken);
            }
        }

        await passes.MakeAsync(work, isLast: true, cancellationToken);
        await work.UpdateAsync(set => set.SetProperty(x => x.LastPassAt, time.GetUtcNow().UtcDateTime), cancellationToken);
    }

    private async Task MustBeFreeAsync(RunWork work, CancellationToken cancellationToken)
    {
        if (await passes.CheckAsync(work, cancellationToken) is { Count: > 0 } problems)
        {
            throw new MigrateException(
                "source.cbt-preconditions",
                $"The last pass of '{work.Run.VmName}' could not be made: {string.Join("; ", problems)}. Its guest was not shut down.",
                "Remove what stands against it (wait for a backup to end, consolidate the disks), then retry the run.");
        }
    }
}
