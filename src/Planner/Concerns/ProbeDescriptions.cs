namespace Migrate.Planner.Concerns;

/// <summary>A probe: a rule that has to ask somebody. What it does is the executor's; how it is explained is here, with the rules.</summary>
public sealed record ProbeDescription(string Id, string Label, string Finds, ConcernSeverity Severity, string Source, bool CanBeOverridden = true) : IConcernDescription;

/// <summary>The probes that <c>migrate plan check</c> runs.</summary>
public static class ProbeDescriptions
{
    public static ProbeDescription Login { get; } = new(
        "probe.login", "Source cannot be logged in to", "Critical when the source does not answer or refuses its account.",
        ConcernSeverity.Critical, "Every run begins with a login", CanBeOverridden: false);

    public static ProbeDescription HostName { get; } = new(
        "probe.host-name", "ESXi host's name is not known", "Critical when the name of an ESXi host that data of the plan comes from cannot be resolved, Warning for other hosts that its VMs run on or may be moved to by DRS or HA.",
        ConcernSeverity.Critical, "vCenter gives the URLs of an export with the names of ESXi hosts, and may choose any host");

    public static ProbeDescription HostPort { get; } = new(
        "probe.host-port", "ESXi host's port cannot be reached",
        "Critical when port 443 of an ESXi host that data of the plan comes from cannot be reached, Warning for other hosts that its VMs run on or may be moved to; port 902 likewise, but only where VDDK reads, else Information.",
        ConcernSeverity.Critical, "vSphere Security guide, required ports: 443 (HTTPS), 902 (NFC)");

    public static ProbeDescription DiskRead { get; } = new(
        "probe.disk-read", "Disk cannot be read",
        "Critical when the first MiB of a disk cannot be read by its reader; Information for a running VM, whose disks are locked until it is shut down.",
        ConcernSeverity.Critical, "A privilege, a lock or a path that is missing shows only when a disk is opened");

    public static ProbeDescription TargetSpace { get; } = new(
        "probe.target-space", "Too little space on the target",
        "Critical when what the plan's disks hold does not fit into the target's free space, Warning when it fits only as long as thin disks stay thin.",
        ConcernSeverity.Critical, "Namespaces are sparse files in the target's directory");

    public static IReadOnlyList<ProbeDescription> All { get; } = [Login, HostName, HostPort, DiskRead, TargetSpace];

    public static Concern Find(this ProbeDescription probe, ConcernSeverity severity, string subject, string assessment, string remedy) =>
        new(probe.Id, severity, probe.Label, subject, assessment, remedy);
}
