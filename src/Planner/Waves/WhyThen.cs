using Migrate.Planner.Scheduling;

namespace Migrate.Planner.Waves;

/// <summary>What binds each cutover to its time: looked for in the schedule as it came out, from the cutover back.</summary>
internal sealed class WhyThen(WaveProject waves, ProjectNetwork network, FreeCapacity free, int[] starts)
{
    // The nearest slots tell what binds; those that lie further back are not looked at.
    private const int MostLooks = 400;

    public WaveReason Of(int unit)
    {
        var activity = waves.Cutovers[unit];
        var (bound, by) = Bound(unit, activity);
        var start = starts[activity];
        if (start > bound && Blocker(activity, bound, waves.WindowOf(waves.Units[unit])) is { } full)
        {
            return Full(full.Resource, full.Slot, waves.Units[unit].Windows);
        }

        var reason = by switch
        {
            null => new WaveReason("start", "", bound <= waves.Clock.First ? "Nothing holds it: it moves as early as anything may." : $"It may not move before {Time(bound)}."),
            { } other => OfPredecessor(unit, other),
        };
        return start <= bound ? reason : new WaveReason(
            "window", waves.Units[unit].Windows, $"{reason.Text} The next time at which {(waves.Units[unit].Windows.Length == 0 ? "no blackout is" : $"window '{waves.Units[unit].Windows}' is open")} long enough begins {Time(start)}.");
    }

    /// <summary>The moment before which order alone forbids it, and the activity that does.</summary>
    private (int Slot, int? By) Bound(int unit, int activity)
    {
        var (slot, by) = (network.Project.Activities[activity].Release, (int?)null);
        foreach (var before in network.Predecessors[activity])
        {
            var end = starts[before] + network.Durations[before];
            if (end > slot)
            {
                (slot, by) = (end, before);
            }
        }

        return (slot, by);
    }

    /// <summary>What was used up at the last time before its start at which it was otherwise allowed.</summary>
    private (int Resource, int Slot)? Blocker(int activity, int bound, int window)
    {
        var looks = 0;
        for (var start = starts[activity] - 1; start >= bound && looks < MostLooks; start--)
        {
            if (Closed(window, start))
            {
                continue;
            }

            looks++;
            if (Lacking(activity, start) is { } lacking && lacking.Resource != window)
            {
                return lacking;
            }
        }

        return null;
    }

    private bool Closed(int window, int slot) => window >= 0 && network.Capacities[window][slot] == 0;

    /// <summary>What is lacking when it begins then; windows first, since what is lacking beside a closed one says nothing.</summary>
    private (int Resource, int Slot)? Lacking(int activity, int start)
    {
        (int Resource, int Slot)? found = null;
        var (own, length) = (starts[activity], network.Durations[activity]);
        foreach (var demand in network.Demands[activity])
        {
            for (var slot = start; slot < start + length; slot++)
            {
                var left = free.Left(demand.Resource, slot) + (slot >= own && slot < own + length ? demand.Units : 0);
                if (left < demand.Units)
                {
                    if (waves.IsWindow(demand.Resource))
                    {
                        return (demand.Resource, slot);
                    }

                    found ??= (demand.Resource, slot);
                    break;
                }
            }
        }

        return found;
    }

    private WaveReason Full(int resource, int slot, string windows)
    {
        var name = network.Project.Resources[resource].Name;
        return new WaveReason("capacity", name, $"Before it, {name} {(name.EndsWith('s') ? "are" : "is")} used up by others, {(windows.Length == 0 ? "last" : $"last in an opening of window '{windows}',")} at {Time(slot)}.");
    }

    private WaveReason OfPredecessor(int unit, int activity)
    {
        var other = Array.IndexOf(waves.Cutovers, activity);
        if (other >= 0)
        {
            return new WaveReason("dependency", waves.Units[other].Name, $"It moves after {waves.Units[other].Name}, which has moved by {Time(starts[activity] + network.Durations[activity])}.");
        }

        var vm = waves.Units[unit].Vms.First(x => waves.Copies.TryGetValue(x.Key, out var parts) && parts[^1] == activity);
        var copy = waves.Copies[vm.Key];
        var takes = $"{vm.Name} ({Words.Bytes(vm.CopyBytes)} at {Words.Rate(waves.Rate(vm))}) cannot be copied before {Time(starts[copy[^1]] + network.Durations[copy[^1]])}";
        for (var part = copy.Count - 1; part >= 0; part--)
        {
            var earliest = part == 0 ? network.Project.Activities[copy[0]].Release : starts[copy[part - 1]] + network.Durations[copy[part - 1]];
            if (starts[copy[part]] > earliest && Blocker(copy[part], earliest, -1) is { } full)
            {
                var name = network.Project.Resources[full.Resource].Name;
                var isOwnLoad = network.Capacities[full.Resource][full.Slot] < network.Demands[copy[part]].First(x => x.Resource == full.Resource).Units;
                return new WaveReason("capacity", name, $"{takes}, since {name} has {(isOwnLoad ? "too much load of its own" : "no room")} at {Time(full.Slot)}.");
            }
        }

        return new WaveReason("copy", vm.Name, takes + ".");
    }

    private string Time(int slot) => Words.Time(waves.Clock.TimeOf(slot));
}
