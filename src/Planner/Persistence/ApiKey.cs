using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>A key that a program presents. Its secret is shown once, when it is made; what is kept is a hash.</summary>
public sealed class ApiKey
{
    /// <summary>The public part of the key: 12 letters and digits.</summary>
    public required string Id { get; set; }
    /// <summary>What it is for, in its maker's words; the audit log says it.</summary>
    public required string Name { get; set; }
    public Role Role { get; set; }
    /// <summary>Parts of the API that it opens, as the API's description names them (Runs, Inventory, …), separated by commas; empty: all that its role may.</summary>
    public required string Areas { get; set; }
    /// <summary>SHA-256 of the secret, in hex. The secret has 256 random bits, so that nothing slower is needed.</summary>
    public required string SecretHash { get; set; }
    public DateTime CreatedAt { get; set; }
    public required string CreatedBy { get; set; }
    public DateTime ExpiresAt { get; set; }
    public DateTime? RevokedAt { get; set; }
    public string? RevokedBy { get; set; }
    /// <summary>To the minute.</summary>
    public DateTime? SeenAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<ApiKey>
    {
        public void Configure(EntityTypeBuilder<ApiKey> builder)
        {
            builder.ToTable("api_keys").HasKey(x => x.Id);
            builder.Property(x => x.Role).HasConversion<string>();
            builder.HasIndex(x => x.CreatedAt);
        }
    }
}
