using Migrate.Api.Plans;
using Migrate.Planner.Concerns;
using Migrate.Planner.Plans;

namespace Migrate.Api.Cli;

internal static class PlanText
{
    public static void Write(PlanDetail detail, IReadOnlyList<PlannedVm> vms, TextWriter output)
    {
        var plan = detail.Plan;
        output.WriteLine($"Plan {plan.Name}: {Text.Count(plan.VmCount, "VM")} from {plan.Source} (inventory version {plan.InventoryVersion}) to {plan.Host}, {plan.Mode}");
        output.WriteLine($"Verified by: {detail.Policy.Verify}{(detail.Policy.VerifyWhileCopying ? "" : ", all at the end")}");
        output.WriteLine(detail.Policy.Convert == ConvertGuests.Auto ? "Guests that need it are converted by virt-v2v" : "Guests are not converted");
        if (detail.Policy.Warm.Rehearse)
        {
            output.WriteLine("VMs that move warm are rehearsed when they are ready");
        }

        output.WriteLine($"Concerns: Critical {plan.Critical}, Warning {plan.Warnings}, Information {plan.Information}");
        output.WriteLine();
        var table = new Table("WAVE", "VM", "MODE", "DISK", "CAPACITY", "READER", "EXPECTED", "WHY");
        foreach (var vm in vms)
        {
            foreach (var disk in vm.Disks)
            {
                table.Add(vm.Wave, vm.Vm, vm.Mode, disk.Label, Text.Bytes(disk.CapacityBytes), disk.Reader, Text.Rate(disk.ExpectedBytesPerSecond), disk.Why);
            }
        }

        table.Write(output);
        output.WriteLine();
        WriteConcerns(vms, output);
        ConcernText.Write(detail.Overrides, output);
        if (detail.Check is { } check)
        {
            ConcernText.Write(check, output);
        }
    }

    public static void WriteVms(IReadOnlyList<PlannedVm> vms, TextWriter output)
    {
        var table = new Table("WAVE", "VM", "KEY", "MODE", "DISKS", "CAPACITY", "CRITICAL", "WARNING");
        foreach (var vm in vms)
        {
            table.Add(
                vm.Wave, vm.Vm, vm.VmKey, vm.Mode, vm.Disks.Count, Text.Bytes(vm.Disks.Sum(x => x.CapacityBytes)),
                vm.Concerns.Count(x => x.Severity == ConcernSeverity.Critical), vm.Concerns.Count(x => x.Severity == ConcernSeverity.Warning));
        }

        table.Write(output);
    }

    public static void WriteConcerns(IReadOnlyList<PlannedVm> vms, TextWriter output)
    {
        var found = vms.SelectMany(v => v.Concerns.Select(c => (v.Vm, Concern: c))).OrderByDescending(f => f.Concern.Severity).ToList();
        if (found.Count == 0)
        {
            output.WriteLine("No concerns.");
            return;
        }

        foreach (var (vm, concern) in found)
        {
            output.WriteLine(Table.Clean($"{concern.Severity,-11}  {vm}: {concern.Label} ({concern.Id}, {concern.Subject})"));
            output.WriteLine(Table.Clean($"             {concern.Assessment}"));
            output.WriteLine(Table.Clean($"             Remedy: {concern.Remedy}"));
        }
    }
}
