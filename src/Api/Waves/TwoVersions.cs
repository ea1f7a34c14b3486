using System.ComponentModel;
using Microsoft.AspNetCore.Mvc;
using Migrate.Executor.Waves;
using Migrate.Planner;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Waves;

/// <summary>Which versions of a plan's waves are compared.</summary>
internal sealed record TwoVersions(
    [property: FromQuery(Name = "from"), Description("Number of the version that is compared with; the one before 'to' when absent.")] int? From,
    [property: FromQuery(Name = "to"), Description("Number of the version that is compared; the newest when absent.")] int? To)
{
    /// <exception cref="MigrateException">wave.version.unknown.</exception>
    public async Task<(WaveVersion From, WaveVersion To)> FindAsync(WavePlans waves, Guid plan, CancellationToken cancellationToken)
    {
        var to = await waves.FindAsync(plan, To, cancellationToken);
        return (await waves.FindAsync(plan, From ?? to.Number - 1, cancellationToken), to);
    }
}
