using System.Security.Claims;
using Migrate.Api.Plans;
using Migrate.Api.Security;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;
using Migrate.Planner;
using Migrate.Planner.Plans;

namespace Migrate.Api.Runs;

internal static class WaveEndpoints
{
    public static void MapWaves(this RouteGroupBuilder api)
    {
        var waves = api.MapGroup("plans/{plan}/waves/{wave:int}").WithTags("Waves");
        waves.MapPost("start", async (string plan, int wave, PlanViews plans, WaveStarter starter, RunViews views, WaveWord word, ClaimsPrincipal user, CancellationToken cancellationToken) =>
        {
            var planId = await PlanIdAsync(plans, plan, wave, cancellationToken);
            await word.CheckAsync(Account.Of(user)!, planId, wave, cancellationToken);
            var runs = await views.ViewAsync(await starter.StartAsync(planId, wave, cancellationToken), cancellationToken);
            return TypedResults.Accepted($"/api/v1/plans/{plan}/waves/{wave}", new WaveView(plan, wave, runs));
        }).Needs(Role.Operator).WithName("StartWave").WithSummary("Starts the runs of a wave, all or none; a Critical concern refuses.").ProducesProblem(404).ProducesProblem(409);

        waves.MapGet("", FindAsync).WithName("GetWave").WithSummary("The newest run of each VM of a wave.").ProducesProblem(404);

        waves.MapGet("events", async (string plan, int wave, HttpRequest request, PlanViews plans, RunViews views, RunUpdates updates, CancellationToken cancellationToken) =>
        {
            var runs = await views.NewestOfWaveAsync(await PlanIdAsync(plans, plan, wave, cancellationToken), wave, cancellationToken);
            return runs.Count == 0
                ? throw new MigrateException("wave.not-started", $"Wave {wave} of plan '{plan}' was not started.", $"Start it with 'migrate wave start {plan} --wave {wave}'.")
                : TypedResults.ServerSentEvents(updates.FollowAsync([.. runs.Select(r => r.Id)], RunUpdates.LastEventId(request), cancellationToken));
        }).WithName("FollowWave").WithSummary("Log lines and progress of a wave's runs as server-sent events; resumes after Last-Event-ID.").ProducesProblem(404);
    }

    internal static async Task<WaveView> FindAsync(string plan, int wave, PlanViews plans, RunViews views, CancellationToken cancellationToken)
    {
        var planId = await PlanIdAsync(plans, plan, wave, cancellationToken);
        return new WaveView(plan, wave, await views.ViewAsync(await views.NewestOfWaveAsync(planId, wave, cancellationToken), cancellationToken));
    }

    private static async Task<Guid> PlanIdAsync(PlanViews plans, string name, int wave, CancellationToken cancellationToken)
    {
        var plan = await PlanEndpoints.FindAsync(plans, name, wave, 0, 1, cancellationToken);
        return plan.Waves.Any(w => w.Wave == wave)
            ? plan.Id
            : throw new MigrateException("wave.unknown", $"Plan '{name}' has no wave {wave}; its waves are {string.Join(", ", plan.Waves.Select(w => w.Wave))}.", "Choose one of them.");
    }
}
