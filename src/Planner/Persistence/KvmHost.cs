using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>A libvirt host that VMs move to.</summary>
public sealed class KvmHost
{
    public Guid Id { get; set; }
    public required string Name { get; set; }
    /// <summary>libvirt connection URI, e.g. qemu:///system.</summary>
    public required string Uri { get; set; }
    /// <summary>auto (use what the probe found) | kvm | qemu (the operator's word).</summary>
    public string DomainType { get; set; } = "auto";
    /// <summary>What the last probe found: kvm | qemu; null before the first.</summary>
    public string? ProbedDomainType { get; set; }
    public string? ProbeDetail { get; set; }
    public DateTime? ProbedAt { get; set; }
    /// <summary>JSON of Executor/Destinations host facts (versions, CPUs, io_uring).</summary>
    public string Facts { get; set; } = "{}";
    /// <summary>backing: the host is the storage node and opens the file; nvme-tcp: the kernel initiator attaches.</summary>
    public string Attachment { get; set; } = "backing";
    /// <summary>IP addresses with ports, separated by commas, that the host is to connect to; empty: they follow from where the target listens.</summary>
    public string TargetAddresses { get; set; } = "";

    /// <summary>Its kernel attaches namespaces: it was said so, or the target's files are on another machine.</summary>
    public bool AttachesByNetwork => Attachment == "nvme-tcp" || TargetAddresses.Length > 0 || (System.Uri.TryCreate(Uri, UriKind.Absolute, out var uri) && uri.Host.Length > 0);

    /// <summary>backing | nvme-tcp: how it really attaches.</summary>
    public string EffectiveAttachment => AttachesByNetwork ? "nvme-tcp" : "backing";

    internal sealed class Configuration : IEntityTypeConfiguration<KvmHost>
    {
        public void Configure(EntityTypeBuilder<KvmHost> builder)
        {
            builder.ToTable("kvm_hosts").HasKey(x => x.Id);
            builder.HasIndex(x => x.Name).IsUnique();
        }
    }
}
