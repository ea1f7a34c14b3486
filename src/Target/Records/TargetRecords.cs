using Migrate.Target.Admin;

namespace Migrate.Target.Records;

/// <summary>
/// The whole of <c>namespaces.json</c>: what survives a restart. The first subsystem is the default one, whose NQN the
/// options give.
/// </summary>
internal sealed record TargetRecords(int Version, IReadOnlyList<SubsystemRecord> Subsystems, IReadOnlyList<HostRecord> Hosts)
{
    public const int CurrentVersion = 2;

    public SubsystemRecord Default => Subsystems[0];

    public SubsystemRecord? Find(string nqn) => Subsystems.FirstOrDefault(s => s.Nqn == nqn);

    public HostRecord Host(string nqn) => Hosts.FirstOrDefault(h => h.Nqn == nqn) ?? new HostRecord(nqn);

    public TargetRecords With(SubsystemRecord changed) =>
        this with { Subsystems = [.. Subsystems.Select(s => s.Nqn == changed.Nqn ? changed : s)] };

    /// <summary>Puts the host's record in place of the one it had; a host about which nothing is known needs none.</summary>
    public TargetRecords With(HostRecord changed) =>
        this with { Hosts = [.. Hosts.Where(h => h.Nqn != changed.Nqn), .. changed == new HostRecord(changed.Nqn) ? [] : new[] { changed }] };

    public static TargetRecords New(string defaultNqn) => new(CurrentVersion, [SubsystemRecord.New(defaultNqn) with { AllowAnyHost = true }], []);
}

/// <summary>A subsystem. NextNsid only grows while it can, so that a host does not meet a new namespace under an old number.</summary>
/// <param name="Nqn">Its name.</param>
/// <param name="SerialNumber">Up to 20 characters.</param>
/// <param name="AllowAnyHost">True when the list of hosts does not matter.</param>
/// <param name="AllowedHosts">NQNs of the hosts that may connect.</param>
/// <param name="Ports">Ids of the ports that offer it; null for all.</param>
/// <param name="NextNsid">Where the search for a free NSID begins.</param>
/// <param name="Ana">Access states other than optimized.</param>
/// <param name="Namespaces">Its namespaces.</param>
internal sealed record SubsystemRecord(
    string Nqn, string SerialNumber, bool AllowAnyHost, IReadOnlyList<string> AllowedHosts, IReadOnlyList<ushort>? Ports,
    uint NextNsid, IReadOnlyList<AnaRecord> Ana, IReadOnlyList<NamespaceRecord> Namespaces)
{
    public static SubsystemRecord New(string nqn) => new(nqn, Guid.NewGuid().ToString("N")[..20], false, [], null, 1, [], []);

    public SubsystemRecord With(NamespaceRecord changed) =>
        this with { Namespaces = [.. Namespaces.Select(n => n.Uuid == changed.Uuid ? changed : n)] };
}

/// <summary>One namespace.</summary>
/// <param name="Uuid">Its identity.</param>
/// <param name="Nsid">Its number in the subsystem.</param>
/// <param name="CapacityBytes">Its size.</param>
/// <param name="BlockSize">Bytes per block.</param>
/// <param name="Online">False after it was taken offline; a restart keeps it so.</param>
/// <param name="GrantedHostNqn">The only host that may do I/O.</param>
/// <param name="AnaGroup">Its ANA group.</param>
/// <param name="ResizingTo">The size that a resize was about to give it: a crash in between leaves a file with the one or the other.</param>
/// <param name="BackingPath">Its file or block device; null for UUID.raw in the directory.</param>
/// <param name="Direct">I/O past the page cache or not; null for what suits the kind of backing.</param>
/// <param name="IsPreallocated">All blocks of its file were set aside when it was made.</param>
/// <param name="DeviceName">What the block device called itself then.</param>
/// <param name="GrantEpoch">The highest epoch that it was granted with; a lower one is a host that was overtaken.</param>
internal sealed record NamespaceRecord(
    Guid Uuid, uint Nsid, long CapacityBytes, int BlockSize, bool Online, string? GrantedHostNqn, uint AnaGroup = 1, long? ResizingTo = null,
    string? BackingPath = null, bool? Direct = null, bool IsPreallocated = false, string? DeviceName = null, long GrantEpoch = 0);

/// <summary>The access state of one group by one port.</summary>
internal sealed record AnaRecord(ushort Port, uint Group, AnaState State);

/// <summary>What the target knows of a host beyond its name.</summary>
/// <param name="Nqn">Its name.</param>
/// <param name="Drained">True from draining until it is allowed again.</param>
internal sealed record HostRecord(string Nqn, bool Drained = false);
