namespace Migrate.Api.Settings;

/// <summary>What somebody may have meant.</summary>
internal static class Spelling
{
    public static string Hint(string given, IEnumerable<string> known)
    {
        var best = known.Select(x => (Name: x, Steps: Distance(given, x))).MinBy(x => x.Steps);
        return best.Name is not null && best.Steps <= Math.Max(1, given.Length / 3) ? $"; is '{best.Name}' meant?" : "";
    }

    /// <summary>Letters to add, drop or change (Levenshtein's distance).</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var changed = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
