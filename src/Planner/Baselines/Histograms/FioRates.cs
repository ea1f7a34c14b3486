using System.Text.Json;

namespace Migrate.Planner.Baselines.Histograms;

/// <summary>What a run of fio reached, per second.</summary>
public sealed record FioRates(double ReadIops, double WriteIops, double ReadBytes, double WriteBytes)
{
    /// <summary>
    /// From fio's JSON. Jobs of one group ran together and add up; groups ran one after another (stonewall), and the one with the most
    /// I/Os is taken.
    /// </summary>
    /// <exception cref="MigrateException">baseline.import-unknown, baseline.import-damaged.</exception>
    public static FioRates Parse(string text)
    {
        FioResult.Parse(text); // Refuses what is no result of fio, or one of a run without I/O.
        try
        {
            using var document = JsonDocument.Parse(text[text.IndexOf('{', StringComparison.Ordinal)..]);
            return document.RootElement.GetProperty("jobs").EnumerateArray()
                .GroupBy(job => job.TryGetProperty("groupid", out var group) ? group.GetInt64() : 0)
                .Select(group => new FioRates(
                    Sum(group, "read", "iops"), Sum(group, "write", "iops"), Sum(group, "read", "bw_bytes"), Sum(group, "write", "bw_bytes")))
                .MaxBy(rates => rates.ReadIops + rates.WriteIops)!;
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new MigrateException("baseline.import-damaged", $"The result of fio lacks a rate or has one of a wrong kind: {e.Message}", "Take it again with --output-format=json.", e);
        }
    }

    private static double Sum(IEnumerable<JsonElement> jobs, string direction, string figure) => jobs.Sum(job => job.GetProperty(direction).GetProperty(figure).GetDouble());
}
