using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>What kind of thing a source is. All but a server are files: what they tell can be planned with, not run.</summary>
public enum SourceKind
{
    /// <summary>A vCenter or ESXi host.</summary>
    VSphere,

    /// <summary>A dump of a server's objects.</summary>
    Dump,

    /// <summary>.vmx files, with their disks beside them.</summary>
    Vmx,

    /// <summary>OVF packages: .ova files, and .ovf files with their disks beside them.</summary>
    Ova,
}

/// <summary>What VMs come from: a vCenter or ESXi host, or files of one.</summary>
public sealed class Source
{
    public Guid Id { get; set; }
    /// <summary>Unique, chosen by the operator; how commands name the source.</summary>
    public required string Name { get; set; }
    public SourceKind Kind { get; set; }
    /// <summary>JSON array of absolute paths on the machine that serves; empty for a server.</summary>
    public string Paths { get; set; } = "[]";
    /// <summary>e.g. https://vcenter.example/sdk; empty, like user and password, for a source of files.</summary>
    public required string Url { get; set; }
    public required string UserName { get; set; }
    /// <summary>Encrypted with Data Protection; never leaves the process in clear.</summary>
    public required string ProtectedPassword { get; set; }
    /// <summary>SHA-256 of the certificate, colon-separated upper-case hex; null trusts the system's authorities.</summary>
    public string? Thumbprint { get; set; }
    public DateTime CreatedAt { get; set; }
    /// <summary>What its account may not do that is needed, as JSON; null before anybody asked.</summary>
    public string? Privileges { get; set; }
    /// <summary>When that was asked last, UTC.</summary>
    public DateTime? PrivilegesAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<Source>
    {
        public void Configure(EntityTypeBuilder<Source> builder)
        {
            builder.ToTable("sources").HasKey(x => x.Id);
            builder.Property(x => x.Kind).HasConversion<string>();
            builder.HasIndex(x => x.Name).IsUnique();
        }
    }
}
