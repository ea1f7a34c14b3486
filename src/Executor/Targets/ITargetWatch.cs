using Migrate.Target.Admin;
using Migrate.Target.AdminApi;

namespace Migrate.Executor.Targets;

/// <summary>What is looked at of the target that runs copy through, wherever it is: who is connected, and what they do.</summary>
public interface ITargetWatch
{
    Task<IReadOnlyList<SubsystemInfo>> ListSubsystemsAsync(CancellationToken cancellationToken);

    Task<IReadOnlyList<HostInfo>> ListHostsAsync(CancellationToken cancellationToken);

    /// <summary>Sums since the target started.</summary>
    Task<StatisticsViews> ReadStatisticsAsync(CancellationToken cancellationToken);
}
