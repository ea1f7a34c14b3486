using Migrate.Simulator;

namespace Migrate.EndToEnd.Tests.Workers;

/// <summary>
/// What a source has given since when, so that a rate is judged over whatever time it takes: a busy machine only takes longer until a rate is
/// exceeded, and never makes one exceed its limit.
/// </summary>
internal sealed class SourceRate(SimulatorServer simulator)
{
    /// <summary>Limits let one read begin at once, and this is its size.</summary>
    public const double ReadMiB = 8;
    private const double MiB = 1 << 20;

    // Of each look the earliest and the latest it can have been.
    private readonly List<(long Before, long After, long Bytes)> _looks = [];

    /// <summary>Since the first look.</summary>
    public TimeSpan Look()
    {
        var before = TimeProvider.System.GetTimestamp();
        var bytes = simulator.DiskBytesSent;
        _looks.Add((before, TimeProvider.System.GetTimestamp(), bytes));
        return TimeProvider.System.GetElapsedTime(_looks[0].Before);
    }

    /// <summary>From some look until now, more came than this rate allows, bursts included.</summary>
    public bool HasExceeded(double mibPerSecond, double burstMiB)
    {
        Look();
        return _looks.Any(x => Excess(x, _looks[^1], mibPerSecond, surely: true) > burstMiB);
    }

    /// <summary>Between no two looks did more come than this rate allows, bursts included and 5 % for clocks.</summary>
    public void ShouldHaveKept(double mibPerSecond, double burstMiB)
    {
        for (var to = 1; to < _looks.Count; to++)
        {
            for (var from = 0; from < to; from++)
            {
                Excess(_looks[from], _looks[to], 1.05 * mibPerSecond, surely: false).ShouldBeLessThanOrEqualTo(burstMiB + 1, $"MiB beyond {mibPerSecond} MiB/s");
            }
        }
    }

    private static double Excess((long Before, long After, long Bytes) from, (long Before, long After, long Bytes) to, double mibPerSecond, bool surely)
    {
        var seconds = (surely ? TimeProvider.System.GetElapsedTime(from.Before, to.After) : TimeProvider.System.GetElapsedTime(from.After, to.Before)).TotalSeconds;
        return ((to.Bytes - from.Bytes) / MiB) - (mibPerSecond * seconds);
    }
}
