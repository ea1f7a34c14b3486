using System.Globalization;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Targets;
using Migrate.Target.Admin;

namespace Migrate.Executor.Runs;

/// <summary>What a run that failed still holds on the target and the KVM host, and how to be rid of it.</summary>
public sealed class Leftovers(ITargetControl target, ExecutorOptions options, TimeProvider time)
{
    // A target that hangs must not keep the run from saying that it failed.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<IReadOnlyList<string>> OfAsync(RunWork work, CancellationToken cancellationToken)
    {
        List<string> lines = work.Run.DomainName is { } domain
            ? [$"Domain {domain} on {work.KvmHost.Name} may be defined or running: a retry goes on with it, rolling back removes it."]
            : [];
        if (WarmPasses.HoldsSnapshot(WarmVm.StateOf(work)))
        {
            lines.Add($"A snapshot migrate-{work.Run.Id:N}-… of the VM, which grows: it is removed within {options.ReconcileEvery.TotalSeconds:0} s as soon as the source can be reached.");
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            lines.AddRange(await FindAsync(work, patience.Token).WaitAsync(Patience, time, cancellationToken));
        }
        catch (Exception e) when (e is TargetException or TimeoutException)
        {
            await patience.CancelAsync();
            var why = e is TimeoutException ? $"it did not answer within {Patience.TotalSeconds:0} s" : e.Message;
            lines.Add($"The run's namespaces may be on the target, which cannot be asked now ({why}): a retry goes on with them, rolling back with their data deleted removes them.");
        }

        return lines;
    }

    private async Task<List<string>> FindAsync(RunWork work, CancellationToken cancellationToken)
    {
        List<string> found = [];
        foreach (var disk in work.PlannedDisks)
        {
            if (await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken) is { } made)
            {
                found.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Namespace {made.Uuid} of {disk.Label} ({made.AllocatedBytes} bytes in {made.BackingPath}): "
                        + $"a retry goes on with it, rolling back with its data deleted removes it."));
            }
        }

        return found;
    }
}
