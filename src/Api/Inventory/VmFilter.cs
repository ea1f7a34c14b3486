using System.ComponentModel;
using Microsoft.AspNetCore.Mvc;
using Migrate.Planner.Inventory;

namespace Migrate.Api.Inventory;

/// <summary>Which VMs of a source are meant: those that fit all that is given. Sizes and rates leave out VMs whose are not known.</summary>
public sealed record VmFilter
{
    /// <summary>Part of the name, without regard to case.</summary>
    [FromQuery(Name = "filter"), Description("Part of the name.")]
    public string? Filter { get; init; }

    /// <summary>poweredOn, poweredOff or suspended.</summary>
    [FromQuery(Name = "powerState"), Description("poweredOn, poweredOff or suspended.")]
    public string? PowerState { get; init; }

    /// <summary>Name or key of the ESXi host that they run on.</summary>
    [FromQuery(Name = "host"), Description("Name or key of the ESXi host that they run on.")]
    public string? Host { get; init; }

    /// <summary>A folder's path: what lies in it and below.</summary>
    [FromQuery(Name = "folder"), Description("A folder's path: what lies in it and below.")]
    public string? Folder { get; init; }

    /// <summary>Name or key of the cluster of their hosts.</summary>
    [FromQuery(Name = "cluster"), Description("Name or key of the cluster of their hosts.")]
    public string? Cluster { get; init; }

    /// <summary>Name of their datacenter.</summary>
    [FromQuery(Name = "datacenter"), Description("Name of their datacenter.")]
    public string? Datacenter { get; init; }

    /// <summary>Name or key of a datastore that they stand on.</summary>
    [FromQuery(Name = "datastore"), Description("Name or key of a datastore that they stand on.")]
    public string? Datastore { get; init; }

    /// <summary>Part of the guest's operating system as vSphere names it, without regard to case.</summary>
    [FromQuery(Name = "guest"), Description("Part of the guest's operating system as vSphere names it.")]
    public string? Guest { get; init; }

    /// <summary>What they take on their datastores, at least.</summary>
    [FromQuery(Name = "minUsedBytes"), Description("Bytes that they take on their datastores, at least.")]
    public long? MinUsedBytes { get; init; }

    /// <summary>The same, at most.</summary>
    [FromQuery(Name = "maxUsedBytes"), Description("Bytes that they take on their datastores, at most.")]
    public long? MaxUsedBytes { get; init; }

    /// <summary>How fast their disks change, at least.</summary>
    [FromQuery(Name = "minChangeBytesPerSecond"), Description("Bytes per second that their disks change by, at least.")]
    public long? MinChangeBytesPerSecond { get; init; }

    /// <summary>The same, at most.</summary>
    [FromQuery(Name = "maxChangeBytesPerSecond"), Description("Bytes per second that their disks change by, at most.")]
    public long? MaxChangeBytesPerSecond { get; init; }

    /// <summary>Whether a baseline or change tracking has measured how fast they change.</summary>
    [FromQuery(Name = "measured"), Description("Whether a baseline or change tracking has measured how fast they change.")]
    public bool? Measured { get; init; }

    /// <summary>The worst severity of their concerns without a plan.</summary>
    [FromQuery(Name = "worst"), Description("The worst severity of their concerns without a plan: Critical, Warning, Information or None; Unjudged: rules have not looked at them yet.")]
    public WorstConcern? Worst { get; init; }

    /// <summary>Only those with this concern.</summary>
    [FromQuery(Name = "concern"), Description("Only those with this concern, e.g. disk.rdm.")]
    public string? Concern { get; init; }

    /// <summary>Name of a plan that has them.</summary>
    [FromQuery(Name = "plan"), Description("Name of a plan that has them.")]
    public string? Plan { get; init; }

    /// <summary>Their wave in that plan, or in any plan.</summary>
    [FromQuery(Name = "wave"), Description("Their wave in that plan, or in any plan.")]
    public int? Wave { get; init; }

    /// <summary>Whether any plan has them.</summary>
    [FromQuery(Name = "planned"), Description("Whether any plan has them.")]
    public bool? Planned { get; init; }
}
