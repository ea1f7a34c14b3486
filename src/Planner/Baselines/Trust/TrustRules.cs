using System.Globalization;
using Migrate.Planner.Baselines.Series;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;

namespace Migrate.Planner.Baselines.Trust;

/// <summary>What is known to make storage figures mislead; each rule looks at one thing. Thresholds are stated in docs/baselines.md.</summary>
internal static class TrustRules
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);
    /// <summary>A collection never begins and ends on the second: an hour at the edges is no day that is missing.</summary>
    private static readonly TimeSpan Edge = TimeSpan.FromHours(1);
    private const int FewestBusyIntervals = 50;
    private const double MostSkewSeconds = 5;

    public static readonly IReadOnlyList<Func<TrustEvidence, IEnumerable<TrustReason>>> All =
        [Window, Coverage, LastHour, MissingCounters, AbortedCommands, TooFewSamples, LittlesLaw.Check, Disturbances, IoControl, IopsLimits, TieredMedia, Clock];

    private static IEnumerable<TrustReason> Window(TrustEvidence e)
    {
        var text = Text($"The samples span {Span(e.Window)}");
        if (e.Window == TimeSpan.Zero)
        {
            yield break; // That there are none is said of each disk.
        }

        if (e.Window < Day)
        {
            yield return new(TrustCode.WindowBelowADay, TrustLevel.Low, $"{text}: nights, backups and batch jobs are not in it.", "Collect for 24 hours at least, better for a week: migrate baseline start.");
        }
        else if (e.Window < Week - Edge)
        {
            yield return new(TrustCode.WindowBelowAWeek, TrustLevel.Medium, $"{text}: not every day of the week is in it.", "Let the collection run for seven days.");
        }
    }

    private static IEnumerable<TrustReason> Coverage(TrustEvidence e)
    {
        if (e.Window == TimeSpan.Zero)
        {
            yield break;
        }

        foreach (var (disk, samples) in e.Disks)
        {
            var share = e.CoverageOf(samples);
            if (share < 0.99)
            {
                var longest = e.Gaps.OrderByDescending(gap => gap.Before - gap.After).FirstOrDefault();
                var why = longest is null ? "" : Text($" The longest gap lies from {longest.After:yyyy-MM-dd HH:mm} to {longest.Before:yyyy-MM-dd HH:mm} UTC: {longest.Reason}");
                yield return new(TrustCode.Coverage, share < 0.9 ? TrustLevel.Low : TrustLevel.Medium, Text($"{disk.Label}: samples cover {share:P1} of the time.{why}"), "Keep this server and its way to the source up; the source keeps samples for one hour only.", disk.Key);
            }
        }
    }

    private static IEnumerable<TrustReason> LastHour(TrustEvidence e)
    {
        if (e.LastHourProblem is { } problem)
        {
            yield return new(TrustCode.LastHourUnread, TrustLevel.Medium, $"The hour before the run could not be read: {problem}", "Nothing brings it back; retry the run while the VM is on to take the hour before that.");
        }
    }

    private static IEnumerable<TrustReason> MissingCounters(TrustEvidence e)
    {
        var filled = e.Filled.ToList();
        if (filled.Count == 0)
        {
            yield break;
        }

        var missing = StorageCounters.All.Where(counter => !filled.Exists(samples => samples.Fills(counter.Counter))).ToList();
        const string Remedy = "Raise the statistics level of the 5-minute interval to 4 in vCenter (Configure, General, Statistics), or collect from the ESXi host itself.";
        if (missing.Any(counter => counter.Counter is DiskCounter.ReadLatencyUs or DiskCounter.WriteLatencyUs))
        {
            yield return new(
                TrustCode.LatencyInMilliseconds, TrustLevel.Low,
                "The source gives no latency in microseconds; in whole milliseconds storage that answers in 200 µs reads as 0.", Remedy + " Or import histograms of vscsiStats.");
        }

        var others = missing.Where(counter => counter.Counter is not (DiskCounter.ReadLatencyUs or DiskCounter.WriteLatencyUs)).ToList();
        if (others.Count > 0)
        {
            yield return new(TrustCode.CountersMissing, TrustLevel.Medium, $"The source gives no {string.Join(", ", others.Select(counter => counter.Name))}.", Remedy);
        }
    }

    private static IEnumerable<TrustReason> AbortedCommands(TrustEvidence e)
    {
        foreach (var (disk, samples) in e.Disks)
        {
            var (aborted, resets) = (samples.CommandsAborted, samples.BusResets);
            if (aborted + resets > 0)
            {
                yield return new(
                    TrustCode.AbortedCommands, TrustLevel.Low, $"{disk.Label}: {aborted} commands were aborted and the bus was reset {resets} times: the storage was not healthy.",
                    "Find out why (paths, array, overload) and collect again; a target that is as bad as a sick source is no success.", disk.Key);
            }
        }
    }

    private static IEnumerable<TrustReason> TooFewSamples(TrustEvidence e)
    {
        foreach (var (disk, samples) in e.Disks)
        {
            var busy = samples.Busy;
            if (samples.Samples == 0)
            {
                yield return new(TrustCode.NoSamples, TrustLevel.Low, $"{disk.Label}: there is not one sample.", "The VM must be on while it is collected: see migrate baseline status.", disk.Key);
            }
            else if (busy < FewestBusyIntervals)
            {
                yield return new(TrustCode.TooFewSamples, busy == 0 ? TrustLevel.Medium : TrustLevel.Low, $"{disk.Label}: {busy} intervals of 20 s had I/O, {FewestBusyIntervals} are the least to compare.", "Collect for longer, or at a time when the disk is used.", disk.Key);
            }
        }
    }

    private static IEnumerable<TrustReason> Disturbances(TrustEvidence e)
    {
        if (!e.DisturbancesKnown)
        {
            yield return new(TrustCode.EventsUnknown, TrustLevel.Medium, "The source's events could not be read: whether backups or moves fall into the time is unknown.", "Give the account System.View and System.Read on the root folder.");
        }

        foreach (var kind in e.Disturbances.GroupBy(d => d.Kind).OrderBy(g => g.Key))
        {
            var first = kind.Min(d => d.At);
            var last = kind.Max(d => d.At);
            var when = Text($"{kind.Count()} times, first {first:yyyy-MM-dd HH:mm}, last {last:yyyy-MM-dd HH:mm} UTC");
            yield return kind.Key switch
            {
                DisturbanceKind.StorageMoved => new(TrustCode.StorageMoved, TrustLevel.Low, $"Disks moved to other storage ({when}): the figures mix two.", "Collect anew from the last move on: migrate baseline remove, then start."),
                DisturbanceKind.HostMoved => new(TrustCode.HostMoved, TrustLevel.Medium, $"The VM moved to another host ({when}).", ""),
                DisturbanceKind.Cloned => new(TrustCode.Cloned, TrustLevel.Medium, $"The VM was cloned ({when}): its disks were read whole.", ""),
                DisturbanceKind.SnapshotTaken => new(TrustCode.SnapshotTaken, TrustLevel.Medium, $"Snapshots were taken ({when}), as backups do: I/O in that time went over a delta.", "Compare hours without backups."),
                _ => new(TrustCode.SnapshotRemoved, TrustLevel.Medium, $"Snapshots were removed or consolidated ({when}): deltas were copied back beside the workload.", "Compare hours without backups."),
            };
        }
    }

    private static IEnumerable<TrustReason> IoControl(TrustEvidence e) => e.Datastores.Where(d => d.IoControl is { Enabled: true }).Select(d => new TrustReason(
        TrustCode.IoControl, TrustLevel.Medium, Text($"Storage I/O Control is on for datastore {d.Name} and throttles above {d.IoControl!.CongestionThresholdMs} ms: queues may be the hosts' and not the storage's."), ""));

    /// <summary>Of the disk itself or of its storage policy, whichever is lower.</summary>
    private static IEnumerable<TrustReason> IopsLimits(TrustEvidence e)
    {
        foreach (var (disk, samples) in e.Disks)
        {
            var limit = new[] { disk.IopsLimit, disk.Policy?.IopsLimit }.Where(x => x > 0).Min();
            if (limit is null)
            {
                continue;
            }

            var peak = samples.PeakIops;
            var near = peak >= 0.9 * limit;
            yield return new(
                TrustCode.IopsLimit, near ? TrustLevel.Low : TrustLevel.Medium,
                $"{disk.Label} is limited to {limit} IOPS and reached {peak}: {(near ? "its latency is the limit's." : "the limit was not met in these samples.")}", "Decide whether the target shall have the same limit.", disk.Key);
        }
    }

    /// <summary>What is hot moves up over days, so a short look sees the cache or what missed it.</summary>
    private static IEnumerable<TrustReason> TieredMedia(TrustEvidence e)
    {
        if (e.Window >= Week - Edge)
        {
            yield break;
        }

        foreach (var datastore in e.Datastores.Where(d => d.Media == MediaClass.Hybrid))
        {
            yield return new(TrustCode.TieredMedia, TrustLevel.Medium, $"Datastore {datastore.Name} has flash in front of rotating disks: what is in the cache differs from day to day.", "Let the collection run for seven days.");
        }

        foreach (var array in e.Arrays.Where(array => array == "QNAP").Distinct())
        {
            yield return new(TrustCode.TieredMedia, TrustLevel.Medium, $"A datastore is on {array}, whose tiering (Qtier) is not visible from vSphere.", "Let the collection run for seven days, or make sure that its pools are of one tier.");
        }
    }

    private static IEnumerable<TrustReason> Clock(TrustEvidence e)
    {
        if (Math.Abs(e.ClockSkewSeconds) > MostSkewSeconds)
        {
            yield return new(TrustCode.ClockSkew, TrustLevel.Medium, Text($"The source's clock is {Math.Abs(e.ClockSkewSeconds):0} s {(e.ClockSkewSeconds > 0 ? "ahead of" : "behind")} this machine's: hours before and after do not match."), "Synchronise both with NTP.");
        }
    }

    private static string Span(TimeSpan span) => span < Day ? Text($"{span.TotalHours:0.#} hours") : Text($"{span.TotalDays:0.#} days");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
