namespace Migrate.Planner.Baselines.Profiles;

/// <summary>Where a change rate comes from.</summary>
public enum ChangeOrigin
{
    /// <summary>What is written: an upper bound, since a block that is written twice counts twice.</summary>
    WriteRate,
    /// <summary>What change tracking named as changed between two passes of a warm run.</summary>
    ChangeTracking,
}

/// <summary>Spreads measured changes over hours and puts them in place of write rates where enough was measured.</summary>
internal static class ChangeRates
{
    /// <summary>A longer time between two passes says too little of each hour in it.</summary>
    private static readonly TimeSpan LongestForHours = TimeSpan.FromHours(2);
    private static readonly TimeSpan LeastOfAnHour = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LeastOfTheWhole = TimeSpan.FromHours(24);

    public static LoadFigures OfWhole(LoadFigures figures, IReadOnlyList<MeasuredChange> changes) =>
        With(figures, changes.Sum(change => (double)change.Bytes), changes.Sum(change => change.Span.TotalSeconds), LeastOfTheWhole);

    /// <summary>
    /// Of a VM, all disks together, with what it is: measured where that is enough of it, or all that there is; else what its baseline saw written; null without either.
    /// </summary>
    public static (double BytesPerSecond, ChangeOrigin Origin)? OfVm(IEnumerable<MeasuredChange> changes, double? writeBytesPerSecond)
    {
        var (rate, least) = (0.0, TimeSpan.MaxValue);
        foreach (var disk in changes.GroupBy(change => change.DiskKey))
        {
            var span = TimeSpan.FromSeconds(disk.Sum(change => change.Span.TotalSeconds));
            rate += disk.Sum(change => (double)change.Bytes) / span.TotalSeconds;
            least = span < least ? span : least;
        }

        var isMeasured = least != TimeSpan.MaxValue && least >= (writeBytesPerSecond is null ? LeastOfAnHour : LeastOfTheWhole);
        return isMeasured ? (rate, ChangeOrigin.ChangeTracking) : writeBytesPerSecond is { } written ? (written, ChangeOrigin.WriteRate) : null;
    }

    /// <summary>By slot of the week; a change that spans several hours counts in each with its share of the time.</summary>
    public static IReadOnlyList<LoadFigures> OfHours(IReadOnlyList<LoadFigures> hours, IReadOnlyList<MeasuredChange> changes)
    {
        var (bytes, seconds) = (new double[hours.Count], new double[hours.Count]);
        foreach (var change in changes.Where(change => change.Span <= LongestForHours))
        {
            for (var at = change.From; at < change.To;)
            {
                var next = new DateTime(at.Year, at.Month, at.Day, at.Hour, 0, 0, DateTimeKind.Utc).AddHours(1);
                var part = ((next < change.To ? next : change.To) - at).TotalSeconds;
                var slot = DiskProfile.SlotOf(at);
                seconds[slot] += part;
                bytes[slot] += change.Bytes * part / change.Span.TotalSeconds;
                at = next;
            }
        }

        return [.. hours.Select((figures, slot) => With(figures, bytes[slot], seconds[slot], LeastOfAnHour))];
    }

    private static LoadFigures With(LoadFigures figures, double bytes, double seconds, TimeSpan least) => seconds < least.TotalSeconds
        ? figures
        : figures with { ChangeBytesPerSecond = bytes / seconds, ChangeOrigin = ChangeOrigin.ChangeTracking };
}
