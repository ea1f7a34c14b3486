namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>What a fault means when it comes from change tracking or snapshots; other faults keep their own meaning.</summary>
internal static class TrackingFault
{
    public static MigrateException Explain(VSphereFault fault, string what)
    {
        var (code, cause, remedy) = fault.Type switch
        {
            "FileFault" or "FileNotFound" or "CannotAccessFile" => ("source.cbt-file",
                "the tracking file of a disk cannot be used, as after a reset, a power loss or a storage vMotion that broke off",
                "Copy the disk in full this time. If it comes again, reset its tracking: power off, no snapshots, switch change tracking off, delete its -ctk.vmdk, and switch it on again."),
            "FileLocked" => ("source.cbt-file", "a file of the disk is locked by somebody else, often a backup job", "Wait until the backup has ended, or release the lock, then try again."),
            "InvalidArgument" when Property(fault) is "deviceKey" or "" => ("source.cbt-not-active",
                "change tracking is not active for this disk, or the VM has no such disk any more", "Enable change tracking again (it needs a stun), or synchronise the inventory if disks were changed."),
            "InvalidArgument" when Property(fault) == "changeId" => ("source.cbt-change-id",
                "the source does not accept the change id of the last pass", "Copy the disk in full: its tracking started anew."),
            "InvalidArgument" when Property(fault) == "startOffset" => ("source.cbt-offset",
                "the source does not accept the offset, as when the disk became smaller", "Synchronise the inventory and make the plan again."),
            "ApplicationQuiesceFault" or "FilesystemQuiesceFault" or "CannotQuiesce" or "ToolsUnavailable" or "QuiesceModeNotSupported" => ("source.quiesce-failed",
                "the guest could not be brought to a quiet moment", "Look at VSS writers or freeze scripts in the guest and at VMware Tools; or allow crash-consistent passes."),
            "TooManySnapshotLevels" or "TooManySnapshots" => ("source.snapshot-limit", "the VM has as many snapshots as ESXi allows", "Delete snapshots that are no longer needed and consolidate the disks."),
            "NoDiskSpace" or "InsufficientDiskSpace" => ("source.datastore-full", "a datastore is full", "Make room on the datastores of the VM's disks; then consolidate the VM's disks."),
            "MemorySnapshotOnIndependentDisk" or "SnapshotFault" or "SnapshotDisabled" or "SnapshotLocked" or "SnapshotIncompatibleDeviceInVm" => ("source.snapshot-refused",
                "the VM does not take snapshots in its present state", "See the VM's events for the device or setting that stands against snapshots; such a VM can be moved cold."),
            "MethodNotFound" or "NotImplemented" or "NotSupported" => ("source.cbt-unsupported", "this server has no change tracking", "Move the VM cold, or connect to a vCenter or ESXi host that has it."),
            "ManagedObjectNotFound" => ("source.snapshot-vanished", "the snapshot, or the VM, is no longer there: somebody removed it",
                "See the VM's events for who did. The pass is made again from the last one that was complete."),
            "Timedout" or "TaskTimeout" => ("source.snapshot-timeout", "the host did not manage in time", "Look at the load of host and datastore, and at the guest's quiescing; then try again."),
            _ => ("", "", ""),
        };
        return code.Length == 0 ? fault : new MigrateException(code, $"{what}: {cause}. {fault.Message}", remedy, fault)
        {
            IsTransient = code is "source.snapshot-timeout" or "source.snapshot-vanished",
        };
    }

    private static string Property(VSphereFault fault) => fault.Details.GetValueOrDefault("invalidProperty", "");
}
