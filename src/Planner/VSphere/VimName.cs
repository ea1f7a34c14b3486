namespace Migrate.Planner.VSphere;

/// <summary>vSphere writes the three characters that paths need ('%', '/', '\') as %25, %2f, %5c in names; people do not.</summary>
internal static class VimName
{
    public static string? Decode(string? name) => name?
        .Replace("%2f", "/", StringComparison.OrdinalIgnoreCase)
        .Replace("%5c", "\\", StringComparison.OrdinalIgnoreCase)
        .Replace("%25", "%", StringComparison.Ordinal);
}
