using System.Globalization;
using Migrate.Executor.Sources;
using Migrate.Planner;
using Migrate.Planner.Inventory;
using Migrate.Planner.VSphere;

namespace Migrate.Executor.Runs.Steps;

/// <summary>The VM as the source has it at this moment, compared with what the plan was made for.</summary>
internal static class SourceVm
{
    public const string PoweredOff = "poweredOff";
    public const string PoweredOn = "poweredOn";

    /// <summary>Throws <c>source.vm-vanished</c> or <c>source.disk-changed</c>.</summary>
    public static async Task<Vm> ReadAsPlannedAsync(VSphereSession session, RunWork work, CancellationToken cancellationToken) =>
        AsPlanned(await session.ReadVmAsync(work.Run.VmKey, cancellationToken), work);

    /// <inheritdoc cref="ReadAsPlannedAsync(VSphereSession, RunWork, CancellationToken)"/>
    public static async Task<Vm> ReadAsPlannedAsync(SourceSession session, RunWork work, CancellationToken cancellationToken) =>
        AsPlanned(await session.ReadVmAsync(work.Run.VmKey, cancellationToken), work);

    private static Vm AsPlanned(Vm? found, RunWork work)
    {
        var vm = found
            ?? throw new MigrateException(
                "source.vm-vanished",
                $"The VM '{work.Run.VmName}' ({work.Run.VmKey}) is no longer on the source '{work.Source.Name}'.",
                "Find out who removed or re-registered it. Put it back and retry the run, or roll the run back and plan the VM anew.");
        var changes = DisksDiffering(vm, work).ToList();
        if (changes.Count > 0)
        {
            throw new MigrateException(
                "source.disk-changed",
                $"The disks of '{vm.Name}' are not what they were when the plan was made: {string.Join("; ", changes)}.",
                "Restore the disks and retry the run; or roll it back, synchronise the inventory and make a new plan for this VM.");
        }

        return vm;
    }

    private static IEnumerable<string> DisksDiffering(Vm vm, RunWork work)
    {
        foreach (var planned in work.PlannedDisks)
        {
            var now = vm.Disks.SingleOrDefault(x => x.Key == planned.Key);
            if (now is null)
            {
                yield return $"{planned.Label} is gone";
            }
            else if (now.CapacityBytes != planned.CapacityBytes)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture, $"{planned.Label} had {planned.CapacityBytes} bytes and has {now.CapacityBytes}");
            }
            else if (!work.IsWarm && now.FileName != planned.FileName) // Passes know by UUID and change id whose disk it is; snapshots and moves give it other files.
            {
                yield return $"{planned.Label} was {planned.FileName} and is {now.FileName}";
            }
            else if (planned.LocalFiles.Select(x => x.Difference()).OfType<string>().FirstOrDefault() is { } difference)
            {
                yield return $"{planned.Label}: {difference}";
            }
        }

        foreach (var added in vm.Disks.Where(x => work.PlannedDisks.All(planned => planned.Key != x.Key)))
        {
            yield return $"{added.Label} ({added.FileName}) is new";
        }
    }
}
