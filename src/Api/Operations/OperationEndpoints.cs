using System.ComponentModel;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Migrate.Api.Security;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Operations;

internal static class OperationEndpoints
{
    private const string Seconds = "1";

    public static void MapOperations(this RouteGroupBuilder api)
    {
        var operations = api.MapGroup("operations");
        operations.MapGet("", (
            [Description("Only in this state.")] OperationState? state,
            [Description("Only of this kind.")] OperationKind? kind,
            [Description("Part of the subject, e.g. sources/vc1.")] string? subject,
            [AsParameters] Paging paging, OperationViews views, CancellationToken cancellationToken) => views.ListAsync(state, kind, subject, paging, cancellationToken))
            .WithTags(OperationAreas.Own).OrderedBy(OperationViews.Orders).WithName("ListOperations").WithSummary("Long work and what came of it, newest first unless another order is asked for; without results.");

        operations.MapGet("{id:guid}", async (Guid id, HttpContext context, ClaimsPrincipal user, OperationViews views, CancellationToken cancellationToken) =>
        {
            var operation = await views.FindAsync(id, cancellationToken);
            OperationAreas.Check(Account.Of(user)!, operation);
            if (operation.IsUnderWay)
            {
                context.Response.Headers.RetryAfter = Seconds;
            }

            return operation;
        }).WithTags(OperationAreas.All).WithMetadata(new AskedAgain()).WithName("GetOperation").WithSummary("An operation: how far it is, and in the end its result or problem.").ProducesProblem(404);

        operations.MapPost("{id:guid}/cancel", async (Guid id, ClaimsPrincipal user, OperationViews views, OperationRunner runner, CancellationToken cancellationToken) =>
        {
            OperationAreas.Check(Account.Of(user)!, await views.FindAsync(id, cancellationToken));
            await runner.CancelAsync(id, Caller.Name(user, null), cancellationToken);
            return Answer(await views.FindAsync(id, cancellationToken));
        }).WithTags(OperationAreas.All).Needs(Role.Operator).WithName("CancelOperation").WithSummary("Asks an operation to end, which it does within moments; one that is over is refused.").ProducesProblem(404).ProducesProblem(409);
    }

    /// <summary>What a call that begins an operation answers.</summary>
    public static Accepted<OperationView> Answer(OperationView operation) => TypedResults.Accepted($"/api/v1/operations/{operation.Id}", operation);

    /// <summary>On an endpoint that is asked until something is over.</summary>
    public sealed record AskedAgain;
}
