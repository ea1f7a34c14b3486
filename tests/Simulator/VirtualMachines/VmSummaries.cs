using Migrate.Simulator.Inventory;
using Migrate.Simulator.Schema;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.VirtualMachines;

/// <summary>runtime, summary and capability.</summary>
internal static class VmSummaries
{
    public static DataObject Runtime(Vcenter vcenter, VirtualMachine vm)
    {
        var power = vm.State.Power;
        return DataObject.Of(
            "VirtualMachineRuntimeInfo",
            ("host", vm.Host.Ref),
            ("connectionState", vm.Source.Connection),
            ("powerState", power),
            ("faultToleranceState", vm.Source.FaultTolerance is null ? "notConfigured" : vm.Source.NeedSecondaryReason is not null ? "needSecondary" : power == "poweredOn" ? "running" : "enabled"),
            ("needSecondaryReason", vm.Source.NeedSecondaryReason),
            ("toolsInstallerMounted", false),
            ("suspendTime", power == "suspended" ? vcenter.Now.Date : null),
            ("bootTime", vm.BootedAt),
            ("suspendInterval", 0L),
            ("maxCpuUsage", vm.Source.Cpus * Hosts.HostSystem.CpuMhz),
            ("maxMemoryUsage", (int)(vm.Source.Memory >> 20)),
            ("numMksConnections", 0),
            ("recordReplayState", "inactive"),
            ("onlineStandby", false),
            ("consolidationNeeded", vm.State.ConsolidationNeeded),
            ("cryptoState", vm.Source.KeyId is null ? null : "unlocked"));
    }

    public static DataObject Summary(Vcenter vcenter, VirtualMachine vm)
    {
        var source = vm.Source;
        return DataObject.Of(
            "VirtualMachineSummary",
            ("vm", vm.Ref),
            ("runtime", Runtime(vcenter, vm)),
            ("guest", VmGuest.Summary(vm)),
            ("config", DataObject.Of(
                "VirtualMachineConfigSummary",
                ("name", vm.Name),
                ("template", source.Template),
                ("vmPathName", vm.VmPathName),
                ("memorySizeMB", (int)(source.Memory >> 20)),
                ("cpuReservation", 0),
                ("memoryReservation", 0),
                ("numCpu", source.Cpus),
                ("numEthernetCards", source.Nics!.Count),
                ("numVirtualDisks", vm.Disks.Count),
                ("uuid", vm.BiosUuid),
                ("instanceUuid", vm.InstanceUuid),
                ("guestId", source.GuestId),
                ("guestFullName", source.GuestName),
                ("annotation", source.Annotation),
                ("installBootRequired", false),
                ("ftInfo", VmConfig.FaultTolerance(vcenter, vm)),
                ("managedBy", VmConfig.ManagedBy(vm)),
                ("tpmPresent", source.Devices.Tpm),
                ("numVmiopBackings", source.Devices.Vgpu.Count),
                ("hwVersion", source.HardwareVersion))),
            ("storage", DataObject.Of(
                "VirtualMachineStorageSummary",
                ("committed", VmFiles.Committed(vm.Disks)),
                ("uncommitted", vm.Disks.Sum(d => d.CapacityBytes) - VmFiles.Committed(vm.Disks)),
                ("unshared", VmFiles.Committed(vm.Disks)),
                ("timestamp", vcenter.Now))),
            ("quickStats", DataObject.Of(
                "VirtualMachineQuickStats",
                ("overallCpuUsage", vm.GuestRuns ? 120 : 0),
                ("guestMemoryUsage", vm.GuestRuns ? (int)(source.Memory >> 22) : 0),
                ("hostMemoryUsage", vm.GuestRuns ? (int)(source.Memory >> 21) : 0),
                ("guestHeartbeatStatus", vm.GuestRuns ? "green" : "gray"),
                ("uptimeSeconds", vm.GuestRuns ? 86400 : 0))),
            ("overallStatus", "green"));
    }

    /// <summary>Every flag of the type: a real server sets all the required ones.</summary>
    public static DataObject Capability(VirtualMachine vm)
    {
        var result = new DataObject("VirtualMachineCapability");
        string[] unsupported = ["recordReplaySupported", "s1AcpiManagementSupported", "guestAutoLockSupported", "featureRequirementSupported"];
        foreach (var property in result.Type.Properties.Where(p => p is { Type: "boolean", IsOptional: false } && p.Since <= ApiVersion.Usual))
        {
            result[property.Name] = !unsupported.Contains(property.Name);
        }

        result["changeTrackingSupported"] = vm.Source.CbtSupported;
        return result;
    }
}
