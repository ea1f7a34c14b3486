using System.Text.Json;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Validation.Identity;
using Migrate.Planner;
using Migrate.Planner.Convergence;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;

namespace Migrate.Executor.Runs.Steps;

/// <summary>Takes a run's guest down at the source, written down before it is asked for so that a roll-back powers the VM on again.</summary>
public sealed class SourceShutdown(CutoverGates gates, ExecutorOptions options, TimeProvider time)
{
    /// <summary>
    /// Returns null when the VM is off. Where a gate is closed, or a word for the cutover was taken back, the guest is asked for nothing, and it returns when to look
    /// again: what comes before may have taken hours. Throws <c>source.shutdown-timeout</c> when it is not, and may not be powered off.
    /// </summary>
    /// <param name="session">Of the source.</param>
    /// <param name="vm">The VM as it is.</param>
    /// <param name="work">The run.</param>
    /// <param name="powerOffAfterTimeout">A guest that does not shut down in time is powered off.</param>
    /// <param name="forecast">Seconds until the guest serves again, as they were forecast; null where nothing told.</param>
    /// <param name="cancellationToken">Of the step.</param>
    public async Task<Due?> RunAsync(VSphereSession session, Vm vm, RunWork work, bool powerOffAfterTimeout, Band? forecast, CancellationToken cancellationToken)
    {
        await work.ReadAgainAsync(cancellationToken);
        if (await gates.HoldAsync(work, cancellationToken) is { } held)
        {
            return held;
        }

        if (!await DowntimeClock.TryBeginAsync(work, forecast, time.GetUtcNow().UtcDateTime, cancellationToken))
        {
            return Due.AtOnce;
        }

        var changes = SourceChanges.With(
            work.Run.SourceChanges, new(SourceChange.GuestShutdown, "The guest was shut down.", "Power the VM on.", time.GetUtcNow().UtcDateTime));
        var known = GuestIdentity.OfTools(vm, time.GetUtcNow().UtcDateTime) is { } identity ? JsonSerializer.Serialize(identity, IdentityJson.Default.GuestIdentity) : work.Run.GuestBefore;
        await work.UpdateAsync(set => set.SetProperty(x => x.SourceChanges, changes).SetProperty(x => x.GuestBefore, known), cancellationToken);
        await work.LogAsync(RunLog.Info, "Shutting the guest down on the source, as the plan allows.", cancellationToken);
        await session.ShutdownGuestAsync(vm.Key, cancellationToken);
        var began = time.GetTimestamp();
        while ((await session.ReadVmAsync(vm.Key, cancellationToken))?.PowerState != SourceVm.PoweredOff)
        {
            if (time.GetElapsedTime(began) > options.ShutdownPatience)
            {
                if (!powerOffAfterTimeout)
                {
                    throw new MigrateException(
                        "source.shutdown-timeout",
                        $"The guest of '{vm.Name}' was asked to shut down and is still on after {options.ShutdownPatience.TotalSeconds:0} s.",
                        "See its console for what keeps it; shut it down by hand and retry the run.");
                }

                await work.LogAsync(
                    RunLog.Warning, $"The guest is still on after {options.ShutdownPatience.TotalSeconds:0} s: the VM is powered off, as the plan says.", cancellationToken);
                await session.PowerOffAsync(vm.Key, cancellationToken);
                break;
            }

            await Task.Delay(options.ShutdownPoll, time, cancellationToken);
        }

        await DowntimeClock.MarkAsync(work, DowntimeClock.Copying, time.GetUtcNow().UtcDateTime, cancellationToken);
        await work.LogAsync(RunLog.Info, "The guest is off.", cancellationToken);
        return null;
    }
}
