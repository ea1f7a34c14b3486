using System.Globalization;

namespace Migrate.Executor.Validation.Observation;

/// <summary>How much of a disk's time was seen.</summary>
/// <param name="Seconds">From the beginning of the observation until it was looked at.</param>
/// <param name="Seen">Of these: in intervals whose figures are used.</param>
/// <param name="BesideCopies">Of these: in intervals that are left out, because copies of ours used the same storage.</param>
public sealed record Coverage(double Seconds, double Seen, double BesideCopies);

/// <summary>What forbids trusting what was observed of a disk: one clause for each. Whether it is enough is not asked here. Pure.</summary>
public static class ObservationRefusals
{
    private const double LeastCoverage = 0.9;
    private const double MostClockSeconds = 2;

    /// <param name="disk">The disk.</param>
    /// <param name="notes">What was noticed of its domain.</param>
    /// <param name="coverage">Of this disk.</param>
    /// <param name="hostClockSeconds">How far the KVM host's clock is surely off; null when nobody knows.</param>
    public static IReadOnlyList<string> Of(ObservedDisk disk, IReadOnlyList<ObservationNote> notes, Coverage coverage, double? hostClockSeconds)
    {
        List<string> refusals = [.. notes.Where(x => x.DiskKey is null || x.DiskKey == disk.DiskKey).OrderBy(x => x.First).Select(Clause)];
        if (coverage.Seconds > 0 && coverage.Seen < LeastCoverage * coverage.Seconds)
        {
            refusals.Add(Say($"{100 * coverage.Seen / coverage.Seconds:0} % of {coverage.Seconds:0} s can be used, {100 * LeastCoverage:0} % are needed{(coverage.BesideCopies > 0 ? Say($"; in {100 * coverage.BesideCopies / coverage.Seconds:0} % of the time runs copied to the same storage") : "")}"));
        }

        if (IsOff(hostClockSeconds))
        {
            refusals.Add(Say($"the KVM host's clock is off by {hostClockSeconds:0.0} s"));
        }

        return refusals;
    }

    internal static bool IsOff(double? hostClockSeconds) => hostClockSeconds is { } off && Math.Abs(off) > MostClockSeconds;

    /// <summary>Whether time alone mends all that these rules object to: none of it but the share of the time that can be used.</summary>
    public static bool MayPass(IReadOnlyList<ObservationNote> notes, int diskKey) => notes.All(x => x.DiskKey is { } key && key != diskKey);

    /// <summary>All that was noticed, each with the disk that it is about.</summary>
    public static IReadOnlyList<string> Noticed(ObservationState state) =>
        [.. state.Notes.OrderBy(x => x.First).Select(x => (state.Disks.FirstOrDefault(disk => disk.DiskKey == x.DiskKey) is { } of ? $"{of.Label}: " : "") + Clause(x))];

    private static string Clause(ObservationNote note) => note.Kind switch
    {
        NoteKind.Restarted => Say($"QEMU was restarted, or somebody set its histogram anew, before {note.First:u}"),
        NoteKind.Off => Say($"the domain was off at {note.First:u}"),
        NoteKind.Paused => Say($"the domain was paused at {note.First:u}"),
        NoteKind.BlockJob => Say($"a block job ({note.What}) went on at {note.First:u}{Until(note)}"),
        NoteKind.Migration => Say($"QEMU was migrating or saving its state ({note.What}) at {note.First:u}{Until(note)}"),
        NoteKind.Snapshot => Say($"a snapshot was taken or removed, or the disk replaced, before {note.First:u}: its block node changed ({note.What})"),
        NoteKind.DiskGone => Say($"QEMU no longer had the disk at {note.First:u}"),
        NoteKind.Errors => Say($"{note.Amount} I/Os failed, the first before {note.First:u}"),
        NoteKind.Throttled => Say($"iotune held it back: it came to {note.Amount} % of its limit in {note.Times} intervals"),
        NoteKind.ClockSet => Say($"the clock of the observing machine was set by {note.Amount / 1000.0:0.0} s before {note.First:u}"),
        _ => Say($"{note.Kind} {note.What}"),
    };

    private static string Until(ObservationNote note) => note.Times > 1 ? Say($", until {note.Last:u}") : "";

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
