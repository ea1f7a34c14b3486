namespace Migrate.Executor.Copy;

/// <summary>How many extents that a source calls unchanged are read all the same, to see whether that is true.</summary>
/// <remarks>
/// The sample is drawn without putting back, each unchanged extent being as likely as any other. If a share p of them did change after all,
/// n samples find at least one with a probability of 1 − (1 − p)^n or better. The defaults find one wrong extent in a hundred with a
/// probability of 99 %: 459 extents. So many are drawn of the extents that hold data and as many of those that are zero, or a large disk
/// that is hardly used would be tested where nothing ever happens: 918 MiB to read per disk and pass at most, and fewer where it has fewer.
/// </remarks>
public sealed record SelfTestOptions
{
    /// <summary>The share of wrong extents that shall be found …</summary>
    public double ShareToFind { get; init; } = 0.01;

    /// <summary>… with at least this probability. 0 switches the self-test off.</summary>
    public double Certainty { get; init; } = 0.99;

    /// <summary>Extents to read of each kind, whatever the disk's size.</summary>
    public int SampleSize => Certainty <= 0 ? 0 : (int)Math.Ceiling(Math.Log(1 - Math.Min(Certainty, 1 - 1e-12)) / Math.Log(1 - Math.Clamp(ShareToFind, 1e-6, 0.999999)));
}

/// <summary>What a self-test saw.</summary>
/// <param name="Data">Extents that hold data and that the source calls unchanged.</param>
/// <param name="Zeroes">Extents that are zero and that the source calls unchanged, or not in use.</param>
/// <param name="WrongOffsets">Bytes at which extents begin that did change; any of them makes the pass compare the whole disk.</param>
public sealed record SelfTestResult(SelfTestSample Data, SelfTestSample Zeroes, IReadOnlyList<long> WrongOffsets)
{
    public bool Passed => WrongOffsets.Count == 0;
}

/// <summary>How many of the extents of one kind were read.</summary>
public readonly record struct SelfTestSample(long Unchanged, long Sampled)
{
    /// <summary>The probability that this sample would have found at least one of <paramref name="wrong"/> wrong extents, 0 to 1.</summary>
    public double DetectionProbability(long wrong)
    {
        if (wrong <= 0)
        {
            return 0;
        }
        // None found: every draw misses. Hypergeometric, so a sample of all of them cannot miss.
        var missed = 1.0;
        for (var i = 0L; i < Sampled && missed > 0; i++)
        {
            missed *= Math.Max(0, (double)(Unchanged - Math.Min(wrong, Unchanged) - i) / (Unchanged - i));
        }
        return 1 - missed;
    }

    /// <summary>Draws the sample: ascending, each extent outside of <paramref name="changed"/> for which <paramref name="isMeant"/> with the same probability.</summary>
    internal static (SelfTestSample Sample, long[] Extents) Draw(ExtentSet changed, Func<long, bool> isMeant, int size, Random random)
    {
        var chosen = new List<long>(Math.Min(size, 4096));
        var seen = 0L;
        for (var index = 0L; index < changed.Extents; index++)
        {
            if (changed.Contains(index) || !isMeant(index))
            {
                continue;
            }
            seen++;
            if (chosen.Count < size)
            {
                chosen.Add(index);
            }
            else if (random.NextInt64(seen) is var place && place < size)
            {
                chosen[(int)place] = index;
            }
        }
        chosen.Sort();
        return (new SelfTestSample(seen, chosen.Count), [.. chosen]);
    }
}
