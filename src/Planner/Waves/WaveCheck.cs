namespace Migrate.Planner.Waves;

/// <summary>What is wrong with a request, all of it.</summary>
public static class WaveCheck
{
    private const int MostDays = 730;

    /// <summary>One line each; empty when waves can be planned from it.</summary>
    public static List<string> Of(WaveRequest request)
    {
        List<string> problems = [.. OfLimits(request), .. OfWindows(request), .. OfVms(request), .. OfGroups(request), .. OfPins(request)];
        return problems;
    }

    private static IEnumerable<string> OfLimits(WaveRequest request)
    {
        if (request.Days is < 1 or > MostDays)
        {
            yield return $"days is {request.Days}, and can be 1 to {MostDays}";
        }

        foreach (var (name, value) in new[]
        {
            ("cutovers at once", request.CutoversAtOnce), ("copies at once", request.CopiesAtOnce), ("operators", request.Operators), ("minutes of attention", request.AttentionMinutes),
        })
        {
            if (value is < 1 or > 100_000)
            {
                yield return $"{name} is {value}, and must be 1 or more";
            }
        }

        foreach (var capacity in request.Capacities.Where(x => !(x.BytesPerSecond > 0) || x.Hours is { } hours && !hours.Any(share => share > 0)))
        {
            yield return $"{capacity.Name} bears nothing";
        }

        foreach (var blackout in request.Blackouts.Where(x => x.To <= x.From))
        {
            yield return $"the blackout '{blackout.Reason}' ends before it begins";
        }

        if (request.Hosts.Count == 0)
        {
            yield return "there is no host to move to";
        }
    }

    private static IEnumerable<string> OfWindows(WaveRequest request)
    {
        foreach (var twice in request.Windows.GroupBy(x => x.Name).Where(x => x.Count() > 1))
        {
            yield return $"there are two sets of windows '{twice.Key}'";
        }

        foreach (var set in request.Windows)
        {
            if (set.Name.Length == 0)
            {
                yield return "a set of windows has no name";
            }

            if (!TimeZoneInfo.TryFindSystemTimeZoneById(set.TimeZone, out _))
            {
                yield return $"window '{set.Name}': '{set.TimeZone}' is no time zone that is known here (Europe/Lisbon, UTC, …)";
            }

            if (set.Weekly.Count + set.Single.Count == 0)
            {
                yield return $"window '{set.Name}' never opens";
            }

            if (set.Weekly.Any(x => x.Minutes is < 5 or > 7 * 24 * 60) || set.Single.Any(x => x.To <= x.From))
            {
                yield return $"window '{set.Name}' has an opening of less than five minutes or more than a week";
            }
        }
    }

    private static IEnumerable<string> OfVms(WaveRequest request)
    {
        var windows = request.Windows.Select(x => x.Name).ToHashSet();
        var capacities = request.Capacities.Select(x => x.Key).ToHashSet();
        foreach (var twice in request.Vms.GroupBy(x => x.Key).Where(x => x.Count() > 1))
        {
            yield return $"{twice.First().Name} is there twice";
        }

        if (request.Vms.Count == 0)
        {
            yield return "there is no VM to move";
        }

        foreach (var vm in request.Vms)
        {
            if (!(vm.BytesPerSecond > 0) || vm.CopyBytes < 0 || vm.Cpus < 0 || vm.MemoryBytes < 0 || vm.SettleSeconds < 0)
            {
                yield return $"{vm.Name} has a size or rate that cannot be";
            }

            if (!double.IsFinite(vm.DowntimeSeconds.Likely))
            {
                yield return $"{vm.Name} has no downtime that is finite: it changes faster than it is copied. Move it cold, or raise its rate";
            }

            if (vm.Windows is { } name && !windows.Contains(name))
            {
                yield return $"{vm.Name} wants to move in windows '{name}', which are not there";
            }

            if (vm.Uses.FirstOrDefault(x => !capacities.Contains(x.Capacity)) is { Capacity: { } unknown })
            {
                yield return $"{vm.Name} goes through {unknown}, of which nothing is known";
            }
        }
    }

    private static IEnumerable<string> OfGroups(WaveRequest request)
    {
        var names = request.Groups.Select(x => x.Name).ToHashSet();
        var vms = request.Vms.Select(x => x.Key).ToHashSet();
        var windows = request.Windows.Select(x => x.Name).ToHashSet();
        var first = request.Windows.Select(x => x.Name).FirstOrDefault();
        var own = request.Vms.DistinctBy(x => x.Key).ToDictionary(x => x.Key, x => x.Windows);
        foreach (var twice in request.Groups.GroupBy(x => x.Name).Where(x => x.Count() > 1))
        {
            yield return $"there are two groups '{twice.Key}'";
        }

        foreach (var group in request.Groups)
        {
            foreach (var unknown in group.Tiers.SelectMany(x => x).Where(x => !vms.Contains(x)))
            {
                yield return $"group '{group.Name}' has a VM {unknown}, which is not to be moved";
            }

            foreach (var unknown in group.After.Where(x => !names.Contains(x)))
            {
                yield return $"group '{group.Name}' moves after '{unknown}', which is no group";
            }

            if (group.Windows is { } name && !windows.Contains(name))
            {
                yield return $"group '{group.Name}' wants to move in windows '{name}', which are not there";
            }

            var named = group.Tiers.SelectMany(x => x).Where(own.ContainsKey).Select(x => own[x] ?? group.Windows ?? first).Append(group.Windows).OfType<string>().Distinct().ToList();
            if (named.Count > 1)
            {
                yield return $"group '{group.Name}' has VMs that may be off in different windows ({string.Join(", ", named)}), and moves in one: give all of them the same";
            }

            if (!group.Tiers.Any(x => x.Count > 0))
            {
                yield return $"group '{group.Name}' is empty";
            }
        }

        foreach (var twice in request.Groups.SelectMany(x => x.Tiers.SelectMany(y => y).Select(vm => (vm, x.Name))).GroupBy(x => x.vm).Where(x => x.Count() > 1))
        {
            yield return $"VM {twice.Key} is in the groups {string.Join(", ", twice.Select(x => $"'{x.Name}'"))}, and can move with one only";
        }
    }

    private static IEnumerable<string> OfPins(WaveRequest request)
    {
        var vms = request.Vms.DistinctBy(x => x.Key).ToDictionary(x => x.Key, x => x.Name);
        var pinned = request.Pins.Select(x => x.VmKey).ToHashSet();
        foreach (var unknown in pinned.Where(x => !vms.ContainsKey(x)))
        {
            yield return $"VM {unknown} is settled, and is not to be moved";
        }

        foreach (var group in request.Groups.Where(x => x.Tiers.SelectMany(y => y).Any(pinned.Contains) && !x.Tiers.SelectMany(y => y).All(pinned.Contains)))
        {
            yield return $"some VMs of group '{group.Name}' are settled and others are not";
        }
    }
}
