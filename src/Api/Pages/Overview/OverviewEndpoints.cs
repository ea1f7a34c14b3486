using System.ComponentModel;

namespace Migrate.Api.Pages.Overview;

internal static class OverviewEndpoints
{
    public static void MapOverview(this RouteGroupBuilder api)
    {
        api.MapGet("overview", (OverviewReader reader, CancellationToken cancellationToken) => reader.ReadAsync(cancellationToken))
            .WithTags("Overview").WithName("GetOverview").WithSummary("The installation in one look: estate, plans, what moves now, the next cutover, the newest events and what state all is in.");
        api.MapGet("events", (
            [Description("Part of the VM's name.")] string? filter, [Description("info, warning or error.")] string? level, [AsParameters] Paging paging, EventList events, CancellationToken cancellationToken) =>
            events.ListAsync(filter, level, paging, cancellationToken))
            .OrderedBy(EventList.Orders).WithTags("Overview").WithName("ListEvents").WithSummary("Lines of all runs' logs, newest first unless another order is asked for.");
    }
}
