namespace Migrate.Api.Pages.Layout;

/// <summary>How a page's [data-live] parts are kept new: at each event of a stream, or every so many seconds. A page says so before its head is rendered.</summary>
public sealed class LiveParts
{
    /// <summary>Path of server-sent events; null for none.</summary>
    public string? Events { get; set; }

    /// <summary>Null: not by the clock.</summary>
    public int? Seconds { get; set; }
}
