using System.Globalization;
using Migrate.Executor.Runs.Warm;
using Migrate.Executor.Targets;
using Migrate.Target.Admin;

namespace Migrate.Executor.Runs;

/// <summary>What a run that failed still holds on the target and the KVM host, and how to be rid of it.</summary>
public sealed class Leftovers(ITargetControl target, ExecutorOptions options)
{
    public async Task<IReadOnlyList<string>> OfAsync(RunWork work, CancellationToken cancellationToken)
    {
        List<string> lines = work.Run.DomainName is { } domain
            ? [$"Domain {domain} on {work.KvmHost.Name} may be defined or running: a retry goes on with it, rolling back removes it."]
            : [];
        if (WarmPasses.HoldsSnapshot(WarmVm.StateOf(work)))
        {
            lines.Add($"A snapshot migrate-{work.Run.Id:N}-… of the VM, which grows: it is removed within {options.ReconcileEvery.TotalSeconds:0} s as soon as the source can be reached.");
        }

        try
        {
            foreach (var disk in work.PlannedDisks)
            {
                if (await target.FindNamespaceAsync(disk.NamespaceUuid, cancellationToken) is { } found)
                {
                    lines.Add(string.Create(
                        CultureInfo.InvariantCulture,
                        $"Namespace {found.Uuid} of {disk.Label} ({found.AllocatedBytes} bytes in {found.BackingPath}): "
                            + $"a retry goes on with it, rolling back with its data deleted removes it."));
                }
            }
        }
        catch (TargetException e)
        {
            lines.Add($"The run's namespaces may be on the target, which cannot be asked now ({e.Message}): a retry goes on with them, rolling back with their data deleted removes them.");
        }

        return lines;
    }
}
