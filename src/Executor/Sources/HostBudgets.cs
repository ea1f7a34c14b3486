using System.Collections.Concurrent;

namespace Migrate.Executor.Sources;

/// <summary>One budget per host (name and port) for the whole process: runs do not know of each other, the host knows them all.</summary>
public sealed class HostBudgets(HostBudgetOptions options, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, HostBudget> _budgets = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>For its exports, of which each VM bears one.</summary>
    internal ExportTurns Exports { get; } = new();

    public HostBudget Of(Uri host) => _budgets.GetOrAdd(host.Authority, _ => new HostBudget(options, time));
}
