namespace Migrate.Executor.Destinations.Facts;

/// <summary>Programs and modules that a migration needs on a KVM host. Null versions: not installed.</summary>
public sealed record HostSoftware
{
    /// <summary>Whether commands on the host are root's; null for facts that an older Migrate stored.</summary>
    public bool? IsRoot { get; init; }
    public string? NvmeCli { get; init; }
    /// <summary>loaded | built-in | available | missing: the kernel's NVMe/TCP initiator.</summary>
    public string? NvmeTcp { get; init; }
    /// <summary>Whether the kernel joins the paths of a namespace itself (nvme_core.multipath); null while the module is not loaded.</summary>
    public bool? NvmeMultipath { get; init; }
    /// <summary>enabled | disabled | …: the unit that connects subsystems when the host starts.</summary>
    public string? NvmeAutoconnect { get; init; }
    public string? VirtV2v { get; init; }
    /// <summary>Where virt-v2v-in-place is.</summary>
    public string? VirtV2vInPlace { get; init; }
    public string? Swtpm { get; init; }
    public VirtioWin? VirtioWin { get; init; }
}

/// <summary>Windows drivers that virt-v2v can put into guests.</summary>
/// <param name="Path">Directory or ISO.</param>
/// <param name="Drivers">Which driver there is for which Windows: names of virtio-win's directories.</param>
public sealed record VirtioWin(string Path, IReadOnlyList<VirtioWinDriver> Drivers);

/// <param name="Driver">vioscsi, viostor, NetKVM …</param>
/// <param name="Windows">virtio-win's name of the release: 2k19, w11 …</param>
public sealed record VirtioWinDriver(string Driver, string Windows);
