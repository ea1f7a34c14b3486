using System.Net;
using Migrate.Planner;

namespace Migrate.Executor.Sources;

/// <summary>What a source's HTTP answer means for the copy. Names the host and the file only: a query or a lease's path may be a capability.</summary>
internal static class HttpFailure
{
    public static string NameOf(Uri uri) => $"{Uri.UnescapeDataString(uri.Segments[^1])} on {uri.Authority}";

    /// <summary>Answers that pass by themselves: rate limits and a host that is busy.</summary>
    public static bool IsBusy(HttpStatusCode status)
        => status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout or HttpStatusCode.RequestTimeout;

    public static MigrateException Of(HttpStatusCode status, Uri uri)
    {
        var name = NameOf(uri);
        return status switch
        {
            HttpStatusCode.NotFound or HttpStatusCode.Gone => new MigrateException("source.disk-vanished", $"The source has no {name} (any more).",
                "Sync the inventory: the disk may have been moved, renamed or given a snapshot. A vSAN disk cannot be read over /folder at all; plan it anew."),
            HttpStatusCode.Unauthorized => new MigrateException("source.session-lost", $"The source refuses the session for {name}, also after a new login.",
                "See that the account may still log in, then retry: the copy goes on from its journal.")
            { IsTransient = true },
            HttpStatusCode.Forbidden => new MigrateException("source.permission", $"The account may not read {name}.",
                "Give it Datastore.Browse and Datastore.FileManagement (for /folder) or VApp.Export (for an export), then retry."),
            HttpStatusCode.RequestedRangeNotSatisfiable => SizeChanged(name),
            _ when IsBusy(status) => new MigrateException("source.busy", $"The source kept answering {(int)status} for {name}.",
                "Copy fewer disks of this host at once or wait, then retry: the copy goes on from its journal.")
            { IsTransient = true },
            _ => new MigrateException("source.http-failed", $"The source answered {(int)status} {status} for {name}.", "Look into the host's log for the cause, then retry."),
        };
    }

    public static MigrateException SizeChanged(string name) => new("source.size-changed", $"The size of {name} changed while it was read.",
        "See that the VM stays powered off, sync the inventory, make the plan again and copy the disk from the start.");

    public static MigrateException Cut(Uri uri, long offset, Exception? inner) => new("source.connection-cut",
        $"Reading {NameOf(uri)} failed again and again at byte {offset}{(inner is null ? "" : $": {inner.Message}")}.",
        "See to the network and the host, then retry: the copy goes on from its journal.", inner)
    { IsTransient = true };
}
