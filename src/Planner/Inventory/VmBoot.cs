namespace Migrate.Planner.Inventory;

/// <summary>How a VM starts, beside its firmware.</summary>
public sealed record VmBoot
{
    /// <summary>What is tried first comes first; empty: the firmware's own order.</summary>
    public IReadOnlyList<BootDevice> Order { get; init; } = [];
    public long DelayMilliseconds { get; init; }
    /// <summary>Null: a failed boot is not tried again.</summary>
    public long? RetryDelayMilliseconds { get; init; }
    /// <summary>The next start stops in the firmware's setup.</summary>
    public bool EnterSetup { get; init; }
    /// <summary>ipv4 | ipv6, with EFI.</summary>
    public string? NetworkProtocol { get; init; }
}

/// <summary>disk, nic, cdrom or floppy, or the vim25 type name of what is none of them; the key is null for cdrom and floppy.</summary>
public sealed record BootDevice(string Kind, int? DeviceKey);
