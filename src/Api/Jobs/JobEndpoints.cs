using Migrate.Api.Security;
using System.ComponentModel;
using Migrate.Api.Plans;
using Migrate.Executor.Jobs;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Api.Jobs;

internal static class JobEndpoints
{
    public static void MapJobs(this RouteGroupBuilder api)
    {
        var jobs = api.MapGroup("jobs").WithTags("Jobs");
        jobs.MapGet("", ListAsync).OrderedBy(JobViews.Orders).WithName("ListJobs").WithSummary("The steps that are at work, due or put off, those due first unless another order is asked for; one per run that is not over.").ProducesProblem(404);
        jobs.MapGet("queues", (JobViews views, CancellationToken cancellationToken) => views.QueuesAsync(cancellationToken))
            .WithName("GetQueues").WithSummary("What each queue has to do, and how much of it its workers do at once.");
        jobs.MapGet("{id:guid}", (Guid id, JobViews views, CancellationToken cancellationToken) => views.DetailAsync(id, cancellationToken))
            .WithName("GetJob").WithSummary("A run's job with the newest lines of its log.").ProducesProblem(404);
        MapAction(jobs, "cancel", "CancelJob", "Takes the step back, or stops it at its next checkpoint: the run is paused there.", (control, id, cancellationToken) => control.CancelAsync(id, cancellationToken));
        MapAction(jobs, "retry", "RetryJob", "Goes on with what failed or was cancelled, or does at once what was put off.", (control, id, cancellationToken) => control.RetryAsync(id, cancellationToken));
    }

    private static void MapAction(RouteGroupBuilder jobs, string verb, string name, string summary, Func<JobControl, Guid, CancellationToken, Task<Run>> act) =>
        jobs.MapPost("{id:guid}/" + verb, async (Guid id, JobControl control, JobViews views, CancellationToken cancellationToken) =>
            TypedResults.Accepted($"/api/v1/jobs/{id}", await views.ViewAsync(await act(control, id, cancellationToken), cancellationToken)))
            .Needs(Role.Operator).WithName(name).WithSummary(summary).ProducesProblem(404).ProducesProblem(409);

    private static async Task<Page<JobView>> ListAsync(
        JobState? state,
        JobQueue? queue,
        [Description("Name of a plan.")] string? plan,
        [Description("Part of the VM's name.")] string? vm,
        [AsParameters] Paging paging,
        PlanViews plans,
        JobViews views,
        CancellationToken cancellationToken)
    {
        var planId = plan is null ? (Guid?)null : await PlanEndpoints.IdAsync(plans, plan, cancellationToken);
        return await views.ListAsync(new JobFilter(state, queue, planId, vm), paging, cancellationToken);
    }
}
