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
/// <param name="Element">Where it is in the domain, e.g. "disk sda/@cache".</param>
/// <param name="Value">As in the XML; "absent" for what was left out on purpose.</param>
/// <param name="Why">For people.</param>
public sealed record SettingReason(string Element, string Value, string Why)
{
    /// <summary>inventory | baseline | host | policy, or product for what is the same for every VM.</summary>
    public string From { get; init; } = Basis.Product.From;

    /// <summary>The fact that decided, e.g. "cpuCount" of the inventory; null where none did.</summary>
    public string? Fact { get; init; }
}

/// <summary>What a setting follows from.</summary>
internal sealed record Basis(string From, string? Fact)
{
    public static Basis Product { get; } = new("product", null);

    public static Basis Inventory(string fact) => new("inventory", fact);

    public static Basis Baseline(string fact) => new("baseline", fact);

    public static Basis Host(string fact) => new("host", fact);

    public static Basis Policy(string fact) => new("policy", fact);
}

/// <summary>How a VMware disk appears in the domain. <paramref name="Alias"/> is also QEMU's id of the device.</summary>
public sealed record DomainDisk(int DiskKey, string Label, string Target, string Alias);
