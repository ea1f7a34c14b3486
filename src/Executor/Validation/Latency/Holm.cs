namespace Migrate.Executor.Validation.Latency;

/// <summary>Holm (1979): which of many findings stand when all of them together may be wrong with one error.</summary>
internal static class Holm
{
    /// <summary>For each probability whether it is found at the joint error <paramref name="alpha"/>.</summary>
    public static bool[] Find(IReadOnlyList<double> probabilities, double alpha)
    {
        var found = new bool[probabilities.Count];
        var left = probabilities.Count;
        foreach (var i in Enumerable.Range(0, probabilities.Count).OrderBy(i => probabilities[i]))
        {
            if (probabilities[i] > alpha / left--)
            {
                break;
            }

            found[i] = true;
        }

        return found;
    }
}
