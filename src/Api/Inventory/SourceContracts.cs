using Migrate.Planner.Persistence;
using Migrate.Planner.VSphere.Privileges;

namespace Migrate.Api.Inventory;

/// <summary>What a source's account may not do that Migrate needs, and how to allow exactly that.</summary>
/// <param name="UserName">Whose privileges they are.</param>
/// <param name="Missing">One line per privilege and object; empty when nothing is missing.</param>
/// <param name="Unchecked">Why they could not be checked; null when they were.</param>
/// <param name="PowerCli">A script for PowerCLI that makes a role with all that is needed and gives it to the account.</param>
/// <param name="Govc">The same for govc.</param>
public sealed record PrivilegesView(string UserName, IReadOnlyList<MissingPrivilege> Missing, string? Unchecked, string PowerCli, string Govc)
{
    internal static PrivilegesView Of(PrivilegeReport report) =>
        new(report.UserName, report.Missing, report.Unchecked, RoleScript.PowerCli(report.UserName, report.IsVcenter), RoleScript.Govc(report.UserName, report.IsVcenter));
}

/// <summary>A privilege that a source's account lacks, and on how many objects.</summary>
/// <param name="Id">As vSphere writes it.</param>
/// <param name="Activity">What needs it.</param>
/// <param name="Why">What for.</param>
/// <param name="Objects">Names of some of the objects, at most five.</param>
/// <param name="ObjectCount">On how many objects it is missing.</param>
public sealed record LackedPrivilege(string Id, Activity Activity, string Why, IReadOnlyList<string> Objects, int ObjectCount)
{
    private const int Shown = 5;

    internal static IReadOnlyList<LackedPrivilege> Of(PrivilegeReport report) =>
    [
        .. report.Missing.GroupBy(m => (m.Id, m.Activity, m.Why))
            .Select(g => new LackedPrivilege(g.Key.Id, g.Key.Activity, g.Key.Why, [.. g.Take(Shown).Select(m => m.EntityName)], g.Count())),
    ];
}

/// <summary>Asks to add a source. Its login and certificate are tried first; nothing is stored when that fails.</summary>
/// <param name="Name">Unique; letters, digits, '.', '_' and '-', at most 63.</param>
/// <param name="Url">https URL of the vCenter or ESXi; <c>/sdk</c> is added when it has no path.</param>
/// <param name="UserName">A user with read rights, power rights and rights to read disks.</param>
/// <param name="Password">Stored encrypted; never returned.</param>
/// <param name="Thumbprint">SHA-256 of the certificate as hex, with or without colons. Null: the system's authorities must vouch for it.</param>
public sealed record AddSource(string Name, string Url, string UserName, string Password, string? Thumbprint)
{
    /// <summary>Leaves the password out: records print all they hold.</summary>
    public override string ToString() => $"AddSource {Name} {Url} {UserName}";
}

/// <summary>
/// Asks to add a source of files. They are read first; nothing is stored when nothing can be made of them. What such a source tells can
/// be planned with; a run on it is refused.
/// </summary>
/// <param name="Name">Unique; letters, digits, '.', '_' and '-', at most 63.</param>
/// <param name="Kind"><c>Dump</c>: one folder that <c>govc object.save</c> wrote, or a zip, tar or tar.gz of it. <c>Vmx</c>: .vmx files, or folders that hold some at any depth. <c>Ova</c>: .ova and .ovf files, or such folders.</param>
/// <param name="Paths">Absolute paths on the machine that serves. Files outside of them are not read, and no links are followed.</param>
/// <param name="CheckDigests">Of OVF packages: read all their files and refuse them when one is not what its manifest (.mf) says. Takes as long as reading the disks.</param>
public sealed record AddOfflineSource(string Name, SourceKind Kind, IReadOnlyList<string> Paths, bool CheckDigests = false);

/// <summary>
/// Asks to change how a source is logged in to: after a renewed certificate or a changed password. The login is tried first; what is
/// null stays as it is. The URL cannot change: another server is another source.
/// </summary>
/// <param name="UserName">Who logs in.</param>
/// <param name="Password">Stored encrypted; never returned.</param>
/// <param name="Thumbprint">SHA-256 of the certificate as hex, with or without colons.</param>
public sealed record UpdateSource(string? UserName, string? Password, string? Thumbprint)
{
    /// <summary>Leaves the password out: records print all they hold.</summary>
    public override string ToString() => $"UpdateSource {UserName}";
}

/// <summary>What VMs come from: a vCenter or ESXi host, or files of one.</summary>
/// <param name="Name">How calls and commands name it.</param>
/// <param name="Kind">A server, or what kind of files.</param>
/// <param name="Url">Where its API is; empty for files.</param>
/// <param name="Paths">Where its files are on the machine that serves; empty for a server.</param>
/// <param name="UserName">Who logs in; empty for files.</param>
/// <param name="Thumbprint">SHA-256 of the pinned certificate, or null.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="InventoryVersion">Number of the newest inventory version; null before the first synchronisation.</param>
/// <param name="SynchronizedAt">When that version was taken, UTC.</param>
/// <param name="VmCount">VMs in that version.</param>
/// <param name="Lacks">What the account may not do that Migrate needs, as it was asked last; null before.</param>
/// <param name="PrivilegesUnchecked">Why that could not be found out; null when it was, or was not asked for.</param>
/// <param name="PrivilegesAt">When it was asked last, UTC: when a server is added, when its login changes, and whenever somebody checks.</param>
public sealed record SourceView(
    string Name,
    SourceKind Kind,
    string Url,
    IReadOnlyList<string> Paths,
    string UserName,
    string? Thumbprint,
    DateTime CreatedAt,
    int? InventoryVersion,
    DateTime? SynchronizedAt,
    int VmCount,
    IReadOnlyList<LackedPrivilege>? Lacks = null,
    string? PrivilegesUnchecked = null,
    DateTime? PrivilegesAt = null);

/// <summary>One synchronisation of a source and what it changed against the one before.</summary>
/// <param name="Number">Counts from 1 per source.</param>
/// <param name="TakenAt">UTC.</param>
/// <param name="About">The product that answered, with its version.</param>
/// <param name="VmCount">VMs seen.</param>
/// <param name="HostCount">ESXi hosts seen.</param>
/// <param name="DatastoreCount">Datastores seen.</param>
/// <param name="Added">Objects that the version before did not have.</param>
/// <param name="Changed">Objects that differ from the version before.</param>
/// <param name="Removed">Objects that are gone.</param>
/// <param name="Gaps">What could not be read or was not understood, one line each.</param>
public sealed record InventoryVersionView(
    int Number,
    DateTime TakenAt,
    string About,
    int VmCount,
    int HostCount,
    int DatastoreCount,
    int Added,
    int Changed,
    int Removed,
    IReadOnlyList<string> Gaps);
