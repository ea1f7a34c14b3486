using System.ComponentModel;
using System.Security.Claims;
using Migrate.Api.Plans;
using Microsoft.AspNetCore.Http.HttpResults;
using Migrate.Api.Security;
using Migrate.Api.Security.Audit;
using Migrate.Executor.Runs;
using Migrate.Executor.Runs.Gates;
using Migrate.Executor.Runs.KeepBehind;
using Migrate.Api.Versions;
using Migrate.Planner.Persistence;
using Migrate.Planner.Plans;

namespace Migrate.Api.Runs;

internal static class RunEndpoints
{
    public static void MapRuns(this RouteGroupBuilder api)
    {
        var runs = api.MapGroup("runs").WithTags("Runs");
        runs.MapGet("", ListAsync).OrderedBy(RunStore.Orders).WithName("ListRuns").WithSummary("Runs, newest first unless another order is asked for.").ProducesProblem(404);
        runs.MapGet("{id:guid}", (Guid id, RunViews views, CancellationToken cancellationToken) => views.DetailAsync(id, cancellationToken))
            .HasVersion(Known.Run).WithName("GetRun").WithSummary("A run with its disks and the newest lines of its log.").ProducesProblem(404);
        runs.MapGet("{id:guid}/log", (Guid id, [Description("info, warning or error.")] string? level, [AsParameters] Paging paging, RunViews views, CancellationToken cancellationToken) =>
            views.LogAsync(id, level, paging, cancellationToken))
            .OrderedBy(RunViews.LogOrders).WithName("GetRunLog").WithSummary("All lines of a run's log, oldest first unless another order is asked for.").ProducesProblem(404);
        runs.MapGet("{id:guid}/events", async (Guid id, HttpRequest request, RunViews views, RunUpdates updates, CancellationToken cancellationToken) =>
        {
            await views.DetailAsync(id, cancellationToken);
            return TypedResults.ServerSentEvents(updates.FollowAsync([id], RunUpdates.LastEventId(request), cancellationToken));
        }).WithName("FollowRun").WithSummary("Log lines and progress as server-sent events; resumes after Last-Event-ID.").ProducesProblem(404);

        runs.MapGet("{id:guid}/passes", (Guid id, [AsParameters] Paging paging, PassViews views, CancellationToken cancellationToken) => views.OfRunAsync(id, paging, cancellationToken))
            .OrderedBy(PassViews.Orders).WithName("ListPasses").WithSummary("The passes of a warm run, oldest first unless another order is asked for.").ProducesProblem(404);
        runs.MapGet("{id:guid}/forecast", (Guid id, PassViews views, CancellationToken cancellationToken) => views.ForecastOfRunAsync(id, cancellationToken))
            .WithName("GetRunForecast").WithSummary("Whether the passes of a warm run come to fit the allowed downtime.").ProducesProblem(404);
        runs.MapGet("{id:guid}/gates", async (Guid id, CutoverGates gates, CancellationToken cancellationToken) =>
            new GatesView([.. await gates.OfRunAsync(id, null, false, cancellationToken)]))
            .WithName("GetRunGates").WithSummary("What a run's cutover waits for, and what of it is open now.").ProducesProblem(404);
        runs.MapGet("{id:guid}/changes", async (Guid id, ChangesBehind behind, CancellationToken cancellationToken) => ChangesView.Of(await behind.ReadAsync(id, cancellationToken)))
            .WithName("GetRunChanges").WithSummary("How much a roll-back would lose of what the guest has changed since its cutover.").ProducesProblem(404).ProducesProblem(502);
        runs.MapGet("{id:guid}/verdict", (Guid id, RunViews views, CancellationToken cancellationToken) => views.VerdictAsync(id, cancellationToken))
            .WithName("GetRunVerdict").WithSummary("What is proven of a moved VM: its data, boot, identity and latency, each with its reasons.").ProducesProblem(404);
        runs.MapPost("{id:guid}/approve", async (Guid id, ApproveCutover request, ClaimsPrincipal user, RunControl control, RunViews views, HttpContext context, CancellationToken cancellationToken) =>
        {
            context.NoteReason(request.Reason);
            return TypedResults.Accepted(
                $"/api/v1/runs/{id}", await views.ViewAsync(await control.ApproveAsync(id, request.Reason ?? "", Caller.Name(user, request.By), cancellationToken), cancellationToken));
        }).Needs(Role.Approver).HasVersion(Known.Run).WithName("ApproveRun").WithSummary("Records that a VM may be cut over, with who said so and why.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        runs.MapPost("{id:guid}/withdraw", async (Guid id, WithdrawCutover request, ClaimsPrincipal user, RunControl control, RunViews views, HttpContext context, CancellationToken cancellationToken) =>
        {
            context.NoteReason(request.Reason);
            var run = await control.WithdrawAsync(id, new ApproversWord(Caller.Name(user, request.By), request.Reason), cancellationToken);
            return TypedResults.Accepted($"/api/v1/runs/{id}", await views.ViewAsync(run, cancellationToken));
        }).Needs(Role.Approver).HasVersion(Known.Run).WithName("WithdrawRun").WithSummary("Takes back the approval of a cutover and the word for it, while its guest was not asked to shut down.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        runs.MapPost("{id:guid}/accept-verdict", async (Guid id, AcceptVerdict request, ClaimsPrincipal user, RunControl control, RunViews views, HttpContext context, CancellationToken cancellationToken) =>
        {
            context.NoteReason(request.Reason);
            return await views.ViewAsync(await control.AcceptVerdictAsync(id, request.Reason ?? "", Caller.Name(user, request.By), cancellationToken), cancellationToken);
        }).Needs(Role.Approver).HasVersion(Known.Run).WithName("AcceptVerdict").WithSummary("Lets later waves of a plan go on in spite of a run's verdict of Fail, with who said so and why. The same word twice is one.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        runs.MapPost("{id:guid}/cutover", CutOverAsync)
            .Needs(Role.Approver).HasVersion(Known.Run).WithName("CutOverRun").WithSummary("Lets a warm run make its last pass and cut over.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        MapAction(runs, "sync", "SyncRun", "Makes a pass of a warm run now.", (control, id, cancellationToken) => control.SyncAsync(id, cancellationToken));
        MapAction(runs, "rehearse", "RehearseRun", "Rehearses the cutover of a warm run when it is Ready: its guest is started from overlays, without a network, while the source goes on.", (control, id, cancellationToken) => control.RehearseAsync(id, cancellationToken));
        MapAction(runs, "judge", "JudgeRun", "Ends observing a run that is Validating, and judges it by what was seen until now.", (control, id, cancellationToken) => control.JudgeAsync(id, cancellationToken));
        MapAction(runs, "retry", "RetryRun", "Goes on with a failed run in the phase that failed.", (control, id, cancellationToken) => control.RetryAsync(id, cancellationToken));
        MapAction(runs, "pause", "PauseRun", "Stops a run at its next checkpoint.", (control, id, cancellationToken) => control.PauseAsync(id, cancellationToken));
        MapAction(runs, "resume", "ResumeRun", "Goes on with a paused run.", (control, id, cancellationToken) => control.ResumeAsync(id, cancellationToken));
        runs.MapPost("{id:guid}/rollback", RollBackAsync)
            .Needs(Role.Approver).HasVersion(Known.Run).WithName("RollBackRun").WithSummary("Removes the domain and powers the source on again if the run shut it down.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
    }

    private static async Task<Accepted<RunView>> CutOverAsync(
        Guid id, CutOver request, HttpContext context, ClaimsPrincipal user, RunControl control, RunViews views, CancellationToken cancellationToken)
    {
        context.NoteReason(request.Reason);
        var word = new ApproversWord(Caller.Name(user, request.By), request.Reason);
        var run = await control.CutOverAsync(id, request.At?.ToUniversalTime(), request.Force ?? false, word, cancellationToken);
        return TypedResults.Accepted($"/api/v1/runs/{id}", await views.ViewAsync(run, cancellationToken));
    }

    private static async Task<Accepted<RunView>> RollBackAsync(
        Guid id, RollBack request, HttpContext context, ClaimsPrincipal user, RunControl control, RunViews views, CancellationToken cancellationToken)
    {
        context.NoteReason(request.Reason);
        var word = new ApproversWord(Caller.Name(user, request.By), request.Reason);
        var run = await control.RollBackAsync(id, request.DeleteData ?? false, request.DiscardChanges ?? false, request.DiscardBytes, word, cancellationToken);
        return TypedResults.Accepted($"/api/v1/runs/{id}", await views.ViewAsync(run, cancellationToken));
    }

    private static void MapAction(RouteGroupBuilder runs, string verb, string name, string summary, Func<RunControl, Guid, CancellationToken, Task<Run>> act) =>
        runs.MapPost("{id:guid}/" + verb, async (Guid id, RunControl control, RunViews views, CancellationToken cancellationToken) =>
            TypedResults.Accepted($"/api/v1/runs/{id}", await views.ViewAsync(await act(control, id, cancellationToken), cancellationToken)))
            .Needs(Role.Operator).HasVersion(Known.Run).WithName(name).WithSummary(summary).ProducesProblem(404).ProducesProblem(409);

    internal static async Task<Page<RunView>> ListAsync(
        [Description("Name of a plan.")] string? plan,
        int? wave,
        RunPhase? phase,
        [Description("Completed or rolled back (true), or neither (false).")] bool? over,
        [Description("Part of the VM's name.")] string? vm,
        [AsParameters] Paging paging,
        RunStore store,
        PlanViews plans,
        RunViews views,
        CancellationToken cancellationToken)
    {
        var planId = plan is null ? (Guid?)null : await PlanEndpoints.IdAsync(plans, plan, cancellationToken);
        var page = await store.ListAsync(
            new RunQuery { PlanId = planId, Wave = wave, Phase = phase, Over = over, VmName = vm, Sort = paging.Sort, Skip = paging.Skip, Take = paging.Size }, cancellationToken);
        return new Page<RunView>(await views.ViewAsync(page.Items, cancellationToken), paging.Number, paging.Size, page.Total);
    }
}
