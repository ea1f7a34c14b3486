namespace Migrate.Planner.Plans;

/// <summary>"Did you mean": the known name nearest to a mistyped one.</summary>
public static class Suggestion
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

    /// <summary>Levenshtein distance without regard to case, with two swapped neighbours as one slip: the commonest of typing.</summary>
    internal static int Distance(string a, string b)
    {
        int[,] distance = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    distance[i, j] = i + j;
                    continue;
                }
                int substitution = distance[i - 1, j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
                distance[i, j] = Math.Min(substitution, 1 + Math.Min(distance[i - 1, j], distance[i, j - 1]));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                {
                    distance[i, j] = Math.Min(distance[i, j], distance[i - 2, j - 2] + 1);
                }
            }
        }
        return distance[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
