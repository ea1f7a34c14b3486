using Migrate.Executor.Conversion;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Runs;

/// <summary>What became of the conversion of a run's guest by virt-v2v.</summary>
/// <param name="State">Skipped, Converting, Committing, Converted or Failed.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="FinishedAt">UTC; null while it goes on.</param>
/// <param name="Guest">The guest's system in its own words; null before it was looked at.</param>
/// <param name="Reason">Why nothing was done, or what failed.</param>
/// <param name="Tool">Version of virt-v2v.</param>
/// <param name="Renamed">Device names that became UUIDs.</param>
/// <param name="Warnings">What should be looked at in the guest.</param>
/// <param name="ChangedBytes">How much of its disks it wrote to; they are no longer what the source sent there.</param>
/// <param name="Log">The file with all that the tools said, on the server's machine.</param>
/// <param name="LogEnd">Its last lines, at most 20.</param>
public sealed record ConversionView(
    ConversionState State, DateTime StartedAt, DateTime? FinishedAt, string? Guest, string? Reason, string? Tool, IReadOnlyList<string> Renamed, IReadOnlyList<string> Warnings,
    long ChangedBytes, string Log, IReadOnlyList<string> LogEnd)
{
    private const int LinesShown = 20;
    private const int BytesRead = 16 << 10;

    public static ConversionView? Of(Run run) => ConversionRecord.Read(run.Conversion) is not { } record ? null : new ConversionView(
        record.State, record.StartedAt, record.FinishedAt, record.Guest, record.Reason, record.Tool, record.Renamed, record.Warnings,
        record.Disks.Sum(x => x.ChangedBytes), record.Log, EndOf(record.Log));

    private static IReadOnlyList<string> EndOf(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            file.Position = Math.Max(0, file.Length - BytesRead);
            using var reader = new StreamReader(file);
            return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(LinesShown)];
        }
        catch (IOException)
        {
            return []; // It is on another worker's machine, or was removed with the run's files.
        }
    }
}
