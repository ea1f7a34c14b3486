using System.Globalization;
using Migrate.Target.Admin;

namespace Migrate.Executor.Runs;

/// <summary>What a run that failed still holds on the target and the KVM host, and how to be rid of it.</summary>
public sealed class Leftovers(NvmeTarget target)
{
    public IReadOnlyList<string> Of(RunWork work) =>
    [
        .. work.Run.DomainName is { } domain
            ? [$"Domain {domain} on {work.KvmHost.Name} may be defined or running: a retry goes on with it, rolling back removes it."]
            : Array.Empty<string>(),
        .. work.PlannedDisks
            .Select(disk => (disk.Label, Namespace: target.FindNamespace(disk.NamespaceUuid)))
            .Where(x => x.Namespace is not null)
            .Select(x => string.Create(
                CultureInfo.InvariantCulture,
                $"Namespace {x.Namespace!.Uuid} of {x.Label} ({x.Namespace.AllocatedBytes} bytes in {x.Namespace.BackingPath}): "
                    + $"a retry goes on with it, rolling back with its data deleted removes it.")),
    ];
}
