using System.ComponentModel;
using System.Security.Claims;
using Migrate.Api.Security;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Notifications;

internal static class NotificationEndpoints
{
    public static void MapNotifications(this RouteGroupBuilder api)
    {
        var messages = api.MapGroup("notifications").WithTags("Notifications").Needs(Role.Admin);
        messages.MapGet("", ([Description("sent, waiting or given-up; all when absent.")] string? state, [AsParameters] Paging paging, Messages outbox, CancellationToken cancellationToken) =>
            outbox.ListAsync(state, paging, cancellationToken)).OrderedBy(Messages.Orders).WithName("ListNotifications").WithSummary("Messages about runs, newest first unless another order is asked for: what became of each, and why it was not taken.").ProducesProblem(422);
        messages.MapGet("receivers", (Messages outbox) => outbox.Receivers).WithName("GetReceivers").WithSummary("Who is told of runs, as the settings have it; secrets are not shown.");
        messages.MapPost("test", (ClaimsPrincipal user, Messages outbox, CancellationToken cancellationToken) => outbox.TestAsync(Caller.Name(user, null), cancellationToken))
            .WithName("TestNotifications").WithSummary("Sends every receiver a test, once and now, and says which took it.").ProducesProblem(422);
    }
}
