namespace Migrate.Executor.Domains;

/// <summary>A designed domain: what libvirt is given, and why each setting is as it is.</summary>
public sealed record DomainXml
{
    public required string Name { get; init; }
    public required Guid Uuid { get; init; }
    public required string Xml { get; init; }
    public required IReadOnlyList<SettingReason> Reasons { get; init; }
    public required IReadOnlyList<DomainDisk> Disks { get; init; }
}

/// <summary>One setting: the element or attribute, its value, and the reason for it.</summary>
public sealed record SettingReason(string Element, string Value, string Why);

/// <summary>How a VMware disk appears in the domain. <paramref name="Alias"/> is also QEMU's id of the device.</summary>
public sealed record DomainDisk(int DiskKey, string Label, string Target, string Alias);
