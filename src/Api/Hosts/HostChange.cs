using Migrate.Planner.Persistence;

namespace Migrate.Api.Hosts;

/// <summary>What somebody makes of a host, and of what: between that and its being kept the host is probed.</summary>
internal sealed record HostChange(Guid Id, string Name, HostPlace Before, HostPlace After, string? ProbeKernel)
{
    /// <summary>Domains would be sought, or disks attached, in another place.</summary>
    public bool IsElsewhere => After with { DomainType = Before.DomainType } != Before;
}

/// <summary>What a host was told: not what is read of it.</summary>
internal sealed record HostPlace(string Uri, string DomainType, string Attachment, string TargetAddresses)
{
    public static HostPlace Of(KvmHost host) => new(host.Uri, host.DomainType, host.Attachment, host.TargetAddresses);
}
