using System.Globalization;
using Migrate.Planner.Inventory;

namespace Migrate.Api.Cli;

/// <summary>What of a VM is not as it is with most: one line each, and none for what is as usual.</summary>
internal static class VmFacts
{
    public static IEnumerable<(string Name, string Value)> Of(Vm vm)
    {
        var lines = new (string Name, string? Value)[]
        {
            ("folder", vm.Folder),
            ("resource pool", vm.ResourcePool),
            ("vApp", vm.VApp),
            ("tags", List(vm.Tags.Select(t => $"{t.Category}: {t.Name}"))),
            ("attributes", List(vm.CustomAttributes.Select(a => $"{a.Name}: {a.Value}"))),
            ("annotation", vm.Annotation),
            ("template", vm.IsTemplate ? "yes" : null),
            ("managed by", vm.ManagedBy?.ExtensionKey),
            ("boots", Boot(vm)),
            ("protected by", List(Protection(vm))),
            ("CPU", List(Cpu(vm))),
            ("memory", List(Memory(vm))),
            ("latency sensitivity", vm.LatencySensitivity == "normal" ? null : vm.LatencySensitivity),
            ("state", List(State(vm))),
            ("replicated to", vm.Replication is { } r ? $"{r.Destination}, {Text.Count(r.DiskKeys.Count, "disk")}, at most {r.RpoMinutes} min behind" : null),
            ("OVF properties", vm.OvfEnvironment is { } ovf && ovf.PropertyNames.Count > 0 ? List([.. ovf.PropertyNames]) : null),
            ("on datastores", vm.Storage.CommittedBytes == 0 ? null : $"{Text.Bytes(vm.Storage.CommittedBytes)}, may grow by {Text.Bytes(vm.Storage.UncommittedBytes)}"),
            ("swap file", vm.Storage.SwapPlacement is null or "inherit" or "vmDirectory" ? null : vm.Storage.SwapPlacement),
            ("snapshots in", vm.Storage.SnapshotDirectory),
            ("logs in", vm.Storage.LogDirectory),
            ("inaccessible", List(vm.Storage.InaccessibleFiles)),
            ("4K sectors", List(vm.Disks.Where(d => d.SectorBytes > 512).Select(d => d.Label))),
            ("settings", List(vm.AdvancedSettings.Select(s => s.Value is null ? s.Name : $"{s.Name}={s.Value}"))),
        };
        return lines.Where(l => !string.IsNullOrEmpty(l.Value)).Select(l => (l.Name, Table.Clean(l.Value!)));
    }

    private static string? Boot(Vm vm) => List(
    [
        .. vm.SecureBoot ? ["secure boot"] : Array.Empty<string>(),
        .. vm.Boot.Order.Count > 0 ? [string.Join(" > ", vm.Boot.Order.Select(d => d.DeviceKey is { } key ? Label(vm, d.Kind, key) : d.Kind))] : Array.Empty<string>(),
        .. vm.Boot.EnterSetup ? ["stops in setup"] : Array.Empty<string>(),
    ]);

    private static string Label(Vm vm, string kind, int key) =>
        vm.Disks.FirstOrDefault(d => d.Key == key)?.Label ?? vm.Nics.FirstOrDefault(n => n.Key == key)?.Label ?? string.Create(CultureInfo.InvariantCulture, $"{kind} {key}");

    private static IEnumerable<string> Protection(Vm vm)
    {
        var s = vm.Security;
        return Those(
            (vm.EncryptionKeyId is not null, "encryption"), (s.HasVirtualTpm, "vTPM"), (s.VbsEnabled, "VBS"), (s.IommuEnabled, "IOMMU"),
            (s.SevEnabled, "SEV"), (s.TdxEnabled, "TDX"), (s.SgxBytes > 0, $"SGX ({Text.Bytes(s.SgxBytes)})"));
    }

    private static IEnumerable<string> Cpu(Vm vm)
    {
        var r = vm.Resources;
        return Those(
            (r.Cpu.Reservation > 0, $"{r.Cpu.Reservation} MHz reserved"), (r.Cpu.Limit is not null, $"at most {r.Cpu.Limit} MHz"),
            (r.Cpu.SharesLevel != "normal", $"{r.Cpu.SharesLevel} shares"), (r.CpuAffinity.Count > 0, $"on processors {string.Join(',', r.CpuAffinity)}"),
            (r.CoresPerNumaNode > 0, $"{r.CoresPerNumaNode} cores per NUMA node"), (r.NestedVirtualization, "nested virtualization"),
            (r.PerformanceCounters, "performance counters"), (vm.CpuHotAddEnabled, "hot add"));
    }

    private static IEnumerable<string> Memory(Vm vm)
    {
        var r = vm.Resources;
        return Those(
            (r.MemoryReservationLocked, "all reserved"), (!r.MemoryReservationLocked && r.Memory.Reservation > 0, $"{Text.Bytes(r.Memory.Reservation)} reserved"),
            (r.Memory.Limit is not null, $"at most {Text.Bytes(r.Memory.Limit ?? 0)}"), (r.Memory.SharesLevel != "normal", $"{r.Memory.SharesLevel} shares"),
            (r.MemoryAffinity.Count > 0, $"from NUMA nodes {string.Join(',', r.MemoryAffinity)}"), (vm.MemoryHotAddEnabled, "hot add"));
    }

    private static IEnumerable<string> State(Vm vm) => Those(
        (vm.ConnectionState is not ("connected" or ""), vm.ConnectionState), (vm.ConsolidationNeeded, "disks need consolidation"), (vm.State.Question is not null, $"waits for an answer: {vm.State.Question}"),
        (vm.State.InstantClone || vm.State.InstantCloneFrozen, "instant clone"), (vm.FaultToleranceRole is not null, $"fault tolerance, {vm.FaultToleranceRole}{(vm.State.NeedSecondaryReason is { } why ? $", without a secondary: {why}" : "")}"),
        (vm.State.SnapshotsDisabled || vm.State.SnapshotsLocked, "snapshots are disabled"));

    private static IEnumerable<string> Those(params (bool Is, string Text)[] facts) => facts.Where(f => f.Is).Select(f => f.Text);

    private static string? List(IEnumerable<string> items) => string.Join("; ", items) is { Length: > 0 } text ? text : null;
}
