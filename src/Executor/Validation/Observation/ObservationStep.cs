namespace Migrate.Executor.Validation.Observation;

/// <summary>What a reading of QEMU's counters adds to what is known. Pure.</summary>
internal static class ObservationStep
{
    /// <summary>Of iotune's limit: whoever is so close to it is held back by it at times.</summary>
    private const double NearLimit = 0.9;
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(1);

    /// <summary>Rates of less say nothing about a limit per second.</summary>
    private const long ShortestRateMs = 1000;

    /// <summary>True while QEMU goes on with the counts that the state knows, of all disks that it has.</summary>
    public static bool Counts(ObservationState state, DomainReading reading) =>
        state.Disks.All(disk => !reading.Devices.TryGetValue(disk.Alias, out var device) || GoesOn(state, disk, device));

    /// <summary>A first reading, or the first after counting had to begin anew: what was before it is a gap.</summary>
    public static ObservationState Begin(ObservationState state, DomainReading reading, long mark) => state with
    {
        Mark = mark,
        At = reading.At,
        Disks = [.. state.Disks.Select(disk => reading.Devices.TryGetValue(disk.Alias, out var device) && device.Mark == mark
            ? disk with { Node = device.Node, Totals = device.Totals, Limits = reading.Limits?.GetValueOrDefault(disk.Alias) ?? disk.Limits }
            : disk with { Node = null, Totals = null })],
    };

    /// <param name="state">What is known.</param>
    /// <param name="reading">Of the domain's QEMU.</param>
    /// <param name="elapsed">Since the last reading, by a clock that nobody sets; null when this process did not make that.</param>
    /// <param name="marks">What else is true of the time since then.</param>
    /// <returns>What is known then, and the interval; null when nothing is known of any disk.</returns>
    public static (ObservationState State, ObservedInterval? Interval) Next(ObservationState state, DomainReading reading, TimeSpan? elapsed, IntervalMarks marks)
    {
        var byClock = reading.At - state.At;
        var length = (long)(elapsed ?? (byClock > TimeSpan.Zero ? byClock : TimeSpan.Zero)).TotalMilliseconds;
        var next = state;
        if ((elapsed is { } truly && (byClock - truly).Duration() > ClockTolerance) || byClock < TimeSpan.Zero)
        {
            next = next.With(NoteKind.ClockSet, "", (long)(byClock - (elapsed ?? TimeSpan.Zero)).Duration().TotalMilliseconds, reading.At);
        }

        if (!reading.IsOn)
        {
            next = next.With(NoteKind.Off, "", 0, reading.At);
            return (next with { Mark = null, At = reading.At, Disks = [.. next.Disks.Select(x => x with { Totals = null })] }, null);
        }

        next = Noted(next, reading);
        var totals = new DiskTotals?[state.Disks.Count];
        List<ObservedDisk> disks = [];
        foreach (var (index, disk) in state.Disks.Index())
        {
            var device = reading.Devices.GetValueOrDefault(disk.Alias);
            if (device is null)
            {
                next = disk.Totals is null ? next : next.With(NoteKind.DiskGone, "", 0, reading.At, disk.DiskKey);
                disks.Add(disk with { Totals = null });
                continue;
            }

            var limits = reading.Limits?.GetValueOrDefault(disk.Alias) ?? disk.Limits;
            if (GoesOn(state, disk, device))
            {
                totals[index] = device.Totals.Since(disk.Totals!);
                next = Noted(next, disk, device, limits, totals[index]!, length, reading.At);
            }

            disks.Add(disk with { Node = device.Node, Limits = limits, Totals = GoesOn(state, disk, device) ? device.Totals : null });
        }

        if (!Counts(state, reading) && state.Mark is not null)
        {
            next = next.With(NoteKind.Restarted, "", 0, reading.At);
        }

        next = next with { At = reading.At, Disks = disks };
        return (next, totals.Any(x => x is not null) ? new ObservedInterval(reading.At, length, marks, totals) : null);
    }

    private static bool GoesOn(ObservationState state, ObservedDisk disk, DeviceReading device) =>
        state.Mark is not null && disk.Totals is not null && device.Mark == state.Mark && device.Totals.IsAfter(disk.Totals);

    private static ObservationState Noted(ObservationState state, DomainReading reading)
    {
        var next = reading.IsPaused ? state.With(NoteKind.Paused, "", 0, reading.At) : state;
        next = reading.Migration is { } migration ? next.With(NoteKind.Migration, migration, 0, reading.At) : next;
        return reading.Jobs.Aggregate(next, (noted, job) => noted.With(NoteKind.BlockJob, job, 0, reading.At));
    }

    private static ObservationState Noted(ObservationState state, ObservedDisk disk, DeviceReading device, IoLimits? limits, DiskTotals done, long length, DateTime at)
    {
        var next = state;
        if (device.Node is { } node && disk.Node is { } before && node != before)
        {
            next = next.With(NoteKind.Snapshot, $"{before} → {node}", 0, at, disk.DiskKey);
        }

        if (done.Failed > 0)
        {
            next = next.With(NoteKind.Errors, "", done.Failed, at, disk.DiskKey);
        }

        var reached = length >= ShortestRateMs ? limits?.ReachedBy(done, length / 1000.0) ?? 0 : 0;
        return reached >= NearLimit ? next.With(NoteKind.Throttled, "", (long)Math.Round(reached * 100), at, disk.DiskKey) : next;
    }
}
