namespace Migrate.Planner.Inventory;

/// <summary>What protects a VM, and mostly does not survive its move.</summary>
public sealed record VmSecurity
{
    /// <summary>The key provider of <see cref="Vm.EncryptionKeyId"/>.</summary>
    public string? KeyProviderId { get; init; }
    /// <summary>disabled | opportunistic | required.</summary>
    public string? MigrateEncryption { get; init; }
    /// <summary>ftEncryptionDisabled | ftEncryptionOpportunistic | ftEncryptionRequired.</summary>
    public string? FaultToleranceEncryption { get; init; }
    /// <summary>locked | unlocked: a locked VM's key is not to be had.</summary>
    public string? CryptoState { get; init; }
    public bool HasVirtualTpm { get; init; }
    /// <summary>Enclave memory of SGX in bytes; 0: none.</summary>
    public long SgxBytes { get; init; }
    /// <summary>SGX starts only after remote attestation.</summary>
    public bool SgxAttestation { get; init; }
    /// <summary>AMD's encryption of memory and registers.</summary>
    public bool SevEnabled { get; init; }
    /// <summary>Intel's encryption of memory and registers (9.0).</summary>
    public bool TdxEnabled { get; init; }
    /// <summary>Windows' virtualization-based security: needs nested virtualization, IOMMU, EFI and secure boot.</summary>
    public bool VbsEnabled { get; init; }
    /// <summary>The guest sees an IOMMU.</summary>
    public bool IommuEnabled { get; init; }
}
