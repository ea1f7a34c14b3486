using Migrate.Planner.Scheduling;

namespace Migrate.Planner.Waves;

/// <summary>
/// A copy that is made long before its cutover has to be kept in step all the while. So a copy that was placed early begins later, where there is room,
/// so that keeping in step costs no more than a share of the first copy.
/// </summary>
internal static class LateCopies
{
    /// <summary>What keeping in step may cost, by the bytes of the first copy.</summary>
    public const double Share = 0.2;

    private const double LeastSeconds = 3600;

    /// <summary>For VMs of which nobody knows how fast they change.</summary>
    private const double UnknownSeconds = 2 * 86400;

    /// <summary>How long a copy may have to wait for its cutover, in seconds.</summary>
    public static double Lead(WaveVm vm) => vm.ChangeBytesPerSecond switch
    {
        null => UnknownSeconds,
        <= 0 => double.PositiveInfinity,
        { } change => Math.Max(LeastSeconds, Share * vm.CopyBytes / change),
    };

    public static void Move(WaveProject waves, ProjectNetwork network, FreeCapacity free, int[] starts)
    {
        for (var unit = 0; unit < waves.Units.Count; unit++)
        {
            var cutover = starts[waves.Cutovers[unit]];
            foreach (var vm in waves.Units[unit].Vms.Where(x => waves.Copies.ContainsKey(x.Key)))
            {
                var parts = waves.Copies[vm.Key];
                var ends = starts[parts[^1]] + network.Durations[parts[^1]];
                var lead = Math.Min(waves.Clock.Count, Math.Floor(Lead(vm) / (60.0 * waves.Clock.Minutes)));
                if (cutover - ends > lead)
                {
                    Move(parts, network, free, starts, cutover, (int)lead);
                }
            }
        }
    }

    /// <summary>From the time on at which it would be over just when it may: if it does not fit there, a little earlier, and at last where it was.</summary>
    private static void Move(IReadOnlyList<int> parts, ProjectNetwork network, FreeCapacity free, int[] starts, int cutover, int lead)
    {
        var before = parts.Select(x => starts[x]).ToArray();
        foreach (var part in parts)
        {
            free.Give(part, starts[part]);
        }

        var moved = new int[parts.Count];
        var length = parts.Sum(x => network.Durations[x]);
        for (var from = cutover - lead - length; from > before[0]; from -= Math.Max(1, lead + length))
        {
            if (Fits(parts, network, free, from, cutover, moved))
            {
                break;
            }

            moved[0] = -1;
        }

        for (var part = 0; part < parts.Count; part++)
        {
            starts[parts[part]] = moved[0] > before[0] ? moved[part] : before[part];
            free.Take(parts[part], starts[parts[part]]);
        }
    }

    private static bool Fits(IReadOnlyList<int> parts, ProjectNetwork network, FreeCapacity free, int from, int cutover, int[] moved)
    {
        for (var part = 0; part < parts.Count; part++)
        {
            moved[part] = free.FirstStart(parts[part], from);
            from = moved[part] + network.Durations[parts[part]];
            if (moved[part] < 0 || from > cutover)
            {
                return false;
            }
        }

        return true;
    }
}
