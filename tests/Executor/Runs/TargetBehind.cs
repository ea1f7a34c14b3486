using Migrate.Executor.Targets;

namespace Migrate.Executor.Tests.Runs;

/// <summary>A target whose data go by a way that a test can spoil; it is managed past that.</summary>
internal sealed class TargetBehind(TcpProxy way, ITargetControl target) : PassingTarget(target)
{
    public override async Task<TargetPlace> PlaceAsync(CancellationToken cancellationToken) => await base.PlaceAsync(cancellationToken) with { EndPoint = way.EndPoint };
}
