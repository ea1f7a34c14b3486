using Migrate.Planner.Concerns;

namespace Migrate.Planner.Waves;

/// <summary>VMs that are cut over together: a group, or one VM by itself.</summary>
/// <param name="Name">Of the group or the VM.</param>
/// <param name="Group">Null for a VM by itself.</param>
/// <param name="Tiers">Whose VMs are cut over one tier after the other.</param>
/// <param name="Windows">In which.</param>
/// <param name="After">Units that must have moved before, by their place.</param>
internal sealed record WaveUnit(string Name, string? Group, IReadOnlyList<IReadOnlyList<WaveVm>> Tiers, string Windows, IReadOnlyList<int> After)
{
    public IEnumerable<WaveVm> Vms => Tiers.SelectMany(x => x);

    /// <summary>All units of a request that was checked.</summary>
    public static IReadOnlyList<WaveUnit> Of(WaveRequest request, WindowCalendar calendar)
    {
        var vms = request.Vms.ToDictionary(x => x.Key);
        var places = request.Groups.Select((x, i) => (x.Name, i)).ToDictionary(x => x.Name, x => x.i);
        List<WaveUnit> units = [];
        HashSet<string> grouped = [];
        foreach (var group in request.Groups)
        {
            IReadOnlyList<IReadOnlyList<WaveVm>> tiers = [.. group.Tiers.Select(IReadOnlyList<WaveVm> (tier) => [.. tier.Select(x => vms[x])])];
            grouped.UnionWith(group.Tiers.SelectMany(x => x));
            units.Add(new WaveUnit(
                group.Name, group.Name, tiers, group.Windows ?? tiers.SelectMany(x => x).Select(x => x.Windows).FirstOrDefault(x => x is not null) ?? calendar.Default,
                [.. group.After.Select(x => places[x])]));
        }

        units.AddRange(request.Vms.Where(x => !grouped.Contains(x.Key)).Select(x => new WaveUnit(x.Name, null, [[x]], x.Windows ?? calendar.Default, [])));
        return units;
    }

    /// <summary>When each VM's cutover begins within the unit's, and how long it all takes, in slots.</summary>
    /// <param name="length">Of one VM's cutover, in slots.</param>
    /// <param name="canMoveAtOnce">Whether limits allow these together.</param>
    public UnitCourse Course(Func<WaveVm, int> length, Func<IReadOnlyList<WaveVm>, bool> canMoveAtOnce)
    {
        List<(WaveVm Vm, int At, int Length)> course = [];
        var (at, most) = (0, 0);
        foreach (var tier in Tiers)
        {
            List<WaveVm> batch = [];
            // Those that take longest first: what fits beside each other ends together.
            foreach (var vm in tier.OrderByDescending(length))
            {
                if (batch.Count > 0 && !canMoveAtOnce([.. batch, vm]))
                {
                    Close();
                }

                batch.Add(vm);
            }

            Close();

            void Close()
            {
                course.AddRange(batch.Select(x => (x, at, length(x))));
                at += batch.Select(length).DefaultIfEmpty().Max();
                most = Math.Max(most, batch.Count);
                batch = [];
            }
        }

        return new UnitCourse(course, at, most);
    }
}

/// <param name="Vms">Slots from the unit's begin on.</param>
/// <param name="Length">Of the whole, in slots.</param>
/// <param name="AtOnce">VMs that are cut over at one time, at most.</param>
internal sealed record UnitCourse(IReadOnlyList<(WaveVm Vm, int At, int Length)> Vms, int Length, int AtOnce)
{
    /// <summary>Units of something that its cold VMs take while they are copied, at most at one time.</summary>
    public long PeakOfCold(Func<WaveVm, long> taken) => Vms.Where(x => x.Vm.Mode == MigrationMode.Cold).GroupBy(x => x.At).Select(x => x.Sum(y => taken(y.Vm))).DefaultIfEmpty().Max();
}
