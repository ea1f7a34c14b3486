namespace Migrate.Planner.Plans;

/// <summary>"Did you mean": the known name nearest to a mistyped one.</summary>
internal static class Suggestion
{
    /// <summary>The nearest of the names, if at most a third of it is different; null otherwise.</summary>
    public static string? For(string typed, IEnumerable<string> names)
    {
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string name in names)
        {
            int limit = Math.Min(bestDistance - 1, Math.Max(1, Math.Max(typed.Length, name.Length) / 3));
            if (Math.Abs(name.Length - typed.Length) <= limit && Distance(typed, name) is var distance && distance <= limit)
            {
                (best, bestDistance) = (name, distance);
            }
        }
        return best;
    }

    /// <summary>Levenshtein distance without regard to case.</summary>
    internal static int Distance(string a, string b)
    {
        int[] previous = [.. Enumerable.Range(0, b.Length + 1)];
        int[] row = new int[b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substitution = previous[j - 1] + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                row[j] = Math.Min(substitution, 1 + Math.Min(previous[j], row[j - 1]));
            }
            (previous, row) = (row, previous);
        }
        return previous[b.Length];
    }
}
