using System.Xml.Linq;
using Migrate.Simulator.Estates;
using Migrate.Simulator.Inventory;
using Migrate.Simulator.Sessions;
using Migrate.Simulator.Soap;
using Migrate.Simulator.Values;

namespace Migrate.Simulator.Authorization;

/// <summary>What users may do. The one of the command line may do everything.</summary>
internal static class Rights
{
    private static readonly string[] Always = ["System.Anonymous", "System.View", "System.Read"];

    /// <summary>Methods and what they demand; those that are not here demand nothing beyond reading.</summary>
    private static readonly Dictionary<string, string> Demands = new(StringComparer.Ordinal)
    {
        ["PowerOnVM_Task"] = "VirtualMachine.Interact.PowerOn",
        ["PowerOffVM_Task"] = "VirtualMachine.Interact.PowerOff",
        ["ShutdownGuest"] = "VirtualMachine.Interact.PowerOff",
        ["CreateSnapshot_Task"] = "VirtualMachine.State.CreateSnapshot",
        ["CreateSnapshotEx_Task"] = "VirtualMachine.State.CreateSnapshot",
        ["RemoveSnapshot_Task"] = "VirtualMachine.State.RemoveSnapshot",
        ["RemoveAllSnapshots_Task"] = "VirtualMachine.State.RemoveSnapshot",
        ["RevertToSnapshot_Task"] = "VirtualMachine.State.RevertToSnapshot",
        ["RevertToCurrentSnapshot_Task"] = "VirtualMachine.State.RevertToSnapshot",
        ["RelocateVM_Task"] = "Resource.HotMigrate",
        ["ConsolidateVMDisks_Task"] = "VirtualMachine.State.RemoveSnapshot",
        ["QueryChangedDiskAreas"] = "VirtualMachine.Provisioning.DiskRandomRead",
        ["QueryBoundVnics"] = "Host.Config.Storage",
        ["ExportVm"] = "VApp.Export",
        ["ExportSnapshot"] = "VApp.Export",
    };

    public static bool Has(Vcenter vcenter, string? userName, string privilege) =>
        UserOf(vcenter, userName) is not { } user || Always.Contains(privilege) || user.Privileges.Contains(privilege);

    /// <summary>May read this property of the type; <paramref name="path"/> may go deeper than what is forbidden.</summary>
    public static bool MayRead(Vcenter vcenter, Session? session, string type, string path) =>
        UserOf(vcenter, session?.UserName) is not { } user
        || !user.Unreadable.Any(u => $"{type}.{path}" == u || $"{type}.{path}".StartsWith(u + ".", StringComparison.Ordinal));

    /// <summary>NoPermission when the caller may not do this.</summary>
    public static void Demand(Vcenter vcenter, SoapCall call)
    {
        if (Demands.TryGetValue(call.Method, out var privilege) && !Has(vcenter, call.SessionOrNone?.UserName, privilege))
        {
            throw NoPermission(call.This, privilege);
        }
    }

    /// <summary>A reconfiguration demands what its parts demand.</summary>
    public static void DemandFor(Vcenter vcenter, SoapCall call, XElement spec)
    {
        var demands = new Dictionary<string, string[]>
        {
            ["changeTrackingEnabled"] = ["VirtualMachine.Config.ChangeTracking"],
            ["annotation"] = ["VirtualMachine.Config.Annotation"],
            ["deviceChange"] = ["VirtualMachine.Config.EditDevice", "VirtualMachine.Interact.DeviceConnection"],
        };
        foreach (var privilege in spec.Elements().SelectMany(x => demands.GetValueOrDefault(x.Name.LocalName, [])))
        {
            if (!Has(vcenter, call.SessionOrNone?.UserName, privilege))
            {
                throw NoPermission(call.This, privilege);
            }
        }
    }

    public static VimFaultException NoPermission(MoRef reference, string privilege) => new(
        DataObject.Of("NoPermission", ("object", reference), ("privilegeId", privilege)), "Permission to perform this operation was denied.");

    private static EstateUser? UserOf(Vcenter vcenter, string? userName) => vcenter.Estate.Users.FirstOrDefault(u => u.Name == userName);
}
