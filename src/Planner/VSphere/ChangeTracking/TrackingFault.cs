namespace Migrate.Planner.VSphere.ChangeTracking;

/// <summary>
/// What a fault means when it comes from change tracking or snapshots; other faults keep their own meaning. The server's own words, with the fault's
/// type and values, stay in the message.
/// </summary>
internal static class TrackingFault
{
    /// <summary>Of a question about changed areas: only that knows tracking files, change ids and offsets.</summary>
    public static MigrateException OfAreas(VSphereFault fault, string what) => fault.Type switch
    {
        "FileFault" or "FileNotFound" or "CannotAccessFile" => Told(fault, what, "source.cbt-file",
            "the tracking file of a disk cannot be used, as after a reset, a power loss or a storage vMotion that broke off",
            "Copy the disk in full this time. If it comes again, reset its tracking: power off, no snapshots, switch change tracking off, delete its -ctk.vmdk, and switch it on again."),
        "InvalidArgument" when Property(fault) is "deviceKey" or "" => Told(fault, what, "source.cbt-not-active",
            "change tracking is not active for this disk, or the VM has no such disk any more", "Enable change tracking again (it needs a stun), or synchronise the inventory if disks were changed."),
        "InvalidArgument" when Property(fault) == "changeId" => Told(fault, what, "source.cbt-change-id",
            "the source does not accept the change id of the last pass", "Copy the disk in full: its tracking started anew."),
        "InvalidArgument" when Property(fault) == "startOffset" => Told(fault, what, "source.cbt-offset",
            "the source does not accept the offset, as when the disk became smaller", "Synchronise the inventory and make the plan again."),
        _ => Of(fault, what),
    };

    /// <summary>Of a snapshot, a consolidation or the flag.</summary>
    public static MigrateException Of(VSphereFault fault, string what) => fault.Type switch
    {
        "FileLocked" => Told(fault, what, "source.file-locked", "a file of the VM is locked by somebody else, often a backup job",
            "It is tried again. Wait until the backup has ended, or release the lock.", isTransient: true),
        "ApplicationQuiesceFault" or "FilesystemQuiesceFault" or "CannotQuiesce" or "ToolsUnavailable" or "QuiesceModeNotSupported" => Told(fault, what, "source.quiesce-failed",
            "the guest could not be brought to a quiet moment", "Look at VSS writers or freeze scripts in the guest and at VMware Tools; or allow crash-consistent passes."),
        "TooManySnapshotLevels" or "TooManySnapshots" => Told(fault, what, "source.snapshot-limit",
            "the VM has as many snapshots as ESXi allows", "Delete snapshots that are no longer needed and consolidate the disks."),
        "NoDiskSpace" or "InsufficientDiskSpace" => Told(fault, what, "source.datastore-full",
            "a datastore is full", "Make room on the datastores of the VM's disks; then consolidate the VM's disks."),
        "MemorySnapshotOnIndependentDisk" or "SnapshotFault" or "SnapshotDisabled" or "SnapshotLocked" or "SnapshotIncompatibleDeviceInVm" => Told(fault, what, "source.snapshot-refused",
            "the VM does not take snapshots in its present state", "See the VM's events for the device or setting that stands against snapshots; such a VM can be moved cold."),
        "MethodNotFound" or "NotImplemented" or "NotSupported" => Told(fault, what, "source.cbt-unsupported",
            "this server has no change tracking", "Move the VM cold, or connect to a vCenter or ESXi host that has it."),
        "ManagedObjectNotFound" => Told(fault, what, "source.snapshot-vanished", "the snapshot, or the VM, is no longer there: somebody removed it",
            "See the VM's events for who did. The pass is made again from the last one that was complete.", isTransient: true),
        "Timedout" or "TaskTimeout" => Told(fault, what, "source.snapshot-timeout",
            "the host did not manage in time", "Look at the load of host and datastore, and at the guest's quiescing; then try again.", isTransient: true),
        _ => fault,
    };

    private static MigrateException Told(VSphereFault fault, string what, string code, string cause, string remedy, bool isTransient = false) =>
        new(code, $"{what}: {cause}. {fault.Message}", remedy, fault) { IsTransient = isTransient };

    private static string Property(VSphereFault fault) => fault.Details.GetValueOrDefault("invalidProperty", "");
}
