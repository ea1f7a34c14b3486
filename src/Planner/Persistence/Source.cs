using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>A vCenter or ESXi that VMs come from.</summary>
public sealed class Source
{
    public Guid Id { get; set; }
    /// <summary>Unique, chosen by the operator; how commands name the source.</summary>
    public required string Name { get; set; }
    /// <summary>e.g. https://vcenter.example/sdk.</summary>
    public required string Url { get; set; }
    public required string UserName { get; set; }
    /// <summary>Encrypted with Data Protection; never leaves the process in clear.</summary>
    public required string ProtectedPassword { get; set; }
    /// <summary>SHA-256 of the certificate, colon-separated upper-case hex; null trusts the system's authorities.</summary>
    public string? Thumbprint { get; set; }
    public DateTime CreatedAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<Source>
    {
        public void Configure(EntityTypeBuilder<Source> builder)
        {
            builder.ToTable("sources").HasKey(x => x.Id);
            builder.HasIndex(x => x.Name).IsUnique();
        }
    }
}
