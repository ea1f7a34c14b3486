namespace Migrate.Planner.Concerns;

/// <summary>A probe: a rule that has to ask somebody. What it does is the executor's; how it is explained is here, with the rules.</summary>
public sealed record ProbeDescription(
    string Id, string Label, string Finds, ConcernSeverity Severity, string Source, string Assessment, string Remedy, bool CanBeOverridden = true) : IConcernDescription;

/// <summary>The probes that <c>migrate plan check</c> runs.</summary>
public static class ProbeDescriptions
{
    public static ProbeDescription Login { get; } = new(
        "probe.login", "Source cannot be logged in to", "Critical when the source does not answer or refuses its account.",
        ConcernSeverity.Critical, "Every run begins with a login",
        "Nothing can be read from the source, and nothing else of it could be tried.",
        "Mend the address, the account or the certificate of the source, and check again.", CanBeOverridden: false);

    public static ProbeDescription HostName { get; } = new(
        "probe.host-name", "ESXi host's name is not known", "Critical when the name of an ESXi host that data of the plan comes from cannot be resolved, Warning for other hosts that its VMs run on or may be moved to by DRS or HA.",
        ConcernSeverity.Critical, "vCenter gives the URLs of an export with the names of ESXi hosts, and may choose any host",
        "An export from the host is given by a name that this machine cannot resolve: the copy fails at its first byte.",
        "Enter the host in the name server that this machine uses, or in its /etc/hosts.");

    public static ProbeDescription HostPort { get; } = new(
        "probe.host-port", "ESXi host's port cannot be reached",
        "Critical when port 443 of an ESXi host that data of the plan comes from cannot be reached, Warning for other hosts that its VMs run on or may be moved to; port 902 likewise, but only where VDDK reads, else Information.",
        ConcernSeverity.Critical, "vSphere Security guide, required ports: 443 (HTTPS), 902 (NFC)",
        "A firewall or a route keeps this machine from the host that gives the data.",
        "Open the port in the firewalls between this machine and the host, or give the host a route.");

    public static ProbeDescription DiskRead { get; } = new(
        "probe.disk-read", "Disk cannot be read",
        "Critical when the first MiB of a disk cannot be read by its reader; Information for a running VM, whose disks are locked until it is shut down.",
        ConcernSeverity.Critical, "A privilege, a lock or a path that is missing shows only when a disk is opened",
        "A run would fail at this disk, after its VM was shut down.",
        "Mend what the message says (a privilege, a lock, a path) and check again.");

    public static ProbeDescription TargetSpace { get; } = new(
        "probe.target-space", "Too little space on the target",
        "Critical when what the plan's disks hold does not fit into the target's free space, Warning when it fits only as long as thin disks stay thin.",
        ConcernSeverity.Critical, "Namespaces are sparse files in the target's directory",
        "A run that fills the target's file system stops, and domains that run from it stop, too.",
        "Free space there, move fewer VMs with this plan, or keep the target's files on a larger file system.");

    public static IReadOnlyList<ProbeDescription> All { get; } = [Login, HostName, HostPort, DiskRead, TargetSpace];

    public static Concern Find(this ProbeDescription probe, ConcernSeverity severity, string subject, string assessment, string remedy) =>
        new(probe.Id, severity, probe.Label, subject, assessment, remedy);
}
