namespace Migrate.Executor.Destinations;

/// <summary>What answers at the other end of a libvirt connection.</summary>
public sealed record LibvirtVersions(Version Libvirt, Version Hypervisor)
{
    /// <summary>libvirt packs versions as major * 1,000,000 + minor * 1,000 + release.</summary>
    internal static Version Unpack(ulong packed) => new((int)(packed / 1_000_000), (int)(packed / 1_000 % 1_000), (int)(packed % 1_000));
}
