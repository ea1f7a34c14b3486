namespace Migrate.Planner.VSphere;

/// <summary>The /folder service of vCenter and ESXi: files of a datastore over HTTPS.</summary>
internal static class DatastoreFolder
{
    public static Uri UriOf(Uri source, string datacenter, string datastorePath)
    {
        var close = datastorePath.IndexOf(']', StringComparison.Ordinal);
        var segments = close < 2 || datastorePath[0] != '[' ? [] : datastorePath[(close + 1)..].Trim().Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (segments.Length == 0 || segments.Any(s => s is "." or ".."))
        {
            throw new MigrateException("source.path-invalid", $"'{datastorePath}' is no datastore path.", "Give it as \"[datastore] folder/file\".");
        }

        var path = string.Join('/', segments.Select(Uri.EscapeDataString));
        return new Uri(source, $"/folder/{path}?dcPath={Uri.EscapeDataString(datacenter)}&dsName={Uri.EscapeDataString(datastorePath[1..close])}");
    }
}
