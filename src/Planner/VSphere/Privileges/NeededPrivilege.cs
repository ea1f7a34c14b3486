namespace Migrate.Planner.VSphere.Privileges;

/// <summary>What Migrate does at a source.</summary>
public enum Activity
{
    /// <summary>Reading what there is, and its counters.</summary>
    Inventory,
    /// <summary>Copying a VM that is off by reading its files (/folder).</summary>
    ColdCopyByFolder,
    /// <summary>Copying a VM that is off by an export lease.</summary>
    ColdCopyByLease,
    /// <summary>Copying while the VM runs: change tracking, snapshots, changed areas.</summary>
    WarmCopy,
    /// <summary>Shutting down, powering off and on.</summary>
    Power,
    /// <summary>Taking a VM that has moved off its networks, with a note.</summary>
    Isolation,
}

/// <summary>On what a privilege has to be held.</summary>
public enum PrivilegeScope
{
    /// <summary>The root folder, with everything below it.</summary>
    Root,
    /// <summary>Folders of VMs, with the VMs in them.</summary>
    Vms,
    Datastores,
    /// <summary>ESXi hosts that have an iSCSI adapter.</summary>
    IscsiHosts,
}

/// <summary>One privilege, as vSphere writes its id, and what Migrate needs it for.</summary>
/// <param name="VcenterOnly">A standalone ESXi host does not know it.</param>
public sealed record NeededPrivilege(string Id, PrivilegeScope Scope, Activity Activity, string Why, bool VcenterOnly = false)
{
    /// <summary>
    /// All of them. Every role holds System.Anonymous, System.View and System.Read by itself, so a script names only the others.
    /// </summary>
    public static IReadOnlyList<NeededPrivilege> All { get; } =
    [
        new("System.Read", PrivilegeScope.Root, Activity.Inventory, "properties, counters and events"),
        new("StorageProfile.View", PrivilegeScope.Root, Activity.Inventory, "storage policies of disks on vSAN and vVols", VcenterOnly: true),
        // vSphere puts the question, too, under the privilege to change what it asks for (IscsiManager.QueryBoundVnics); nothing here changes it.
        new("Host.Config.Storage", PrivilegeScope.IscsiHosts, Activity.Inventory, "asking which VMkernel adapters iSCSI and iSER are bound to"),
        new("Datastore.Browse", PrivilegeScope.Datastores, Activity.ColdCopyByFolder, "finding a disk's files"),
        new("Datastore.FileManagement", PrivilegeScope.Datastores, Activity.ColdCopyByFolder, "reading a disk's files over HTTPS"),
        new("VApp.Export", PrivilegeScope.Vms, Activity.ColdCopyByLease, "ExportVm"),
        new("VirtualMachine.Config.ChangeTracking", PrivilegeScope.Vms, Activity.WarmCopy, "turning change tracking on and off"),
        new("VirtualMachine.State.CreateSnapshot", PrivilegeScope.Vms, Activity.WarmCopy, "the snapshot of a pass"),
        new("VirtualMachine.State.RemoveSnapshot", PrivilegeScope.Vms, Activity.WarmCopy, "removing it, and consolidating"),
        new("VirtualMachine.Provisioning.DiskRandomRead", PrivilegeScope.Vms, Activity.WarmCopy, "changed areas, and reading a snapshot's disks"),
        new("VirtualMachine.Interact.PowerOff", PrivilegeScope.Vms, Activity.Power, "shutting down the guest, powering off"),
        new("VirtualMachine.Interact.PowerOn", PrivilegeScope.Vms, Activity.Power, "powering on again after a rollback"),
        // By the reference of ReconfigVM_Task.
        new("VirtualMachine.Config.EditDevice", PrivilegeScope.Vms, Activity.Isolation, "disconnecting the network cards of a VM that has moved"),
        new("VirtualMachine.Interact.DeviceConnection", PrivilegeScope.Vms, Activity.Isolation, "disconnecting the network cards of a VM that has moved"),
        new("VirtualMachine.Config.Annotation", PrivilegeScope.Vms, Activity.Isolation, "a note in it that says where it went"),
    ];
}

/// <summary>A privilege that the account lacks on an object.</summary>
public sealed record MissingPrivilege(string Id, Activity Activity, string Why, string EntityType, string EntityKey, string EntityName);

/// <summary>What an account lacks at a source.</summary>
/// <param name="UserName">Whose privileges they are.</param>
/// <param name="Missing">None: the account may do everything.</param>
/// <param name="Unchecked">Why they could not be checked; null when they were.</param>
/// <param name="IsVcenter">Of a vCenter; else of a standalone ESXi host, which knows fewer privileges.</param>
public sealed record PrivilegeReport(string UserName, IReadOnlyList<MissingPrivilege> Missing, string? Unchecked, bool IsVcenter = true)
{
    /// <summary>One line for each privilege: what it is for, and on which objects it is missing.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var same in Missing.GroupBy(m => (m.Id, m.Activity, m.Why)))
        {
            var names = same.Select(m => $"{m.EntityName} ({m.EntityKey})").ToList();
            yield return $"privilege {same.Key.Id}: {UserName} lacks it on {string.Join(", ", names.Take(5))}{(names.Count > 5 ? $" and {names.Count - 5} more" : "")}; needed for {same.Key.Activity} ({same.Key.Why})";
        }

        if (Unchecked is not null)
        {
            yield return $"privileges of {UserName} could not be checked: {Unchecked}";
        }
    }
}
