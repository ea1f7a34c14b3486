namespace Migrate.Executor.Validation.Identity;

/// <summary>resolv.conf(5).</summary>
internal static class ResolverFile
{
    public static IReadOnlyList<string> Servers(string text) => [.. Lines(text, "nameserver").Select(x => x[1]).Distinct()];

    /// <summary>The last line counts, be it search or domain.</summary>
    public static IReadOnlyList<string> SearchDomains(string text) => Lines(text, "search", "domain").LastOrDefault() is { } last ? last[1..] : [];

    private static IEnumerable<string[]> Lines(string text, params string[] keywords) => text.Split('\n')
        .Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Where(x => x.Length > 1 && keywords.Contains(x[0]));
}
