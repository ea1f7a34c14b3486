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

    internal sealed class Configuration : IEntityTypeConfiguration<KvmHost>
    {
        public void Configure(EntityTypeBuilder<KvmHost> builder)
        {
            builder.ToTable("kvm_hosts").HasKey(x => x.Id);
            builder.HasIndex(x => x.Name).IsUnique();
        }
    }
}
