using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>A person who logs in. Never deleted, because the audit log names it; a disabled one cannot do anything.</summary>
public sealed class User
{
    public Guid Id { get; set; }
    /// <summary>In lower case; what the audit log says.</summary>
    public required string Name { get; set; }
    public Role Role { get; set; }
    /// <summary>PBKDF2 as ASP.NET Core Identity writes it. Empty: comes only through the proxy that authenticates.</summary>
    public required string PasswordHash { get; set; }
    /// <summary>Changes with password, role and disabling: a session that carries another one has ended.</summary>
    public required string Stamp { get; set; }
    public DateTime CreatedAt { get; set; }
    public required string CreatedBy { get; set; }
    public DateTime? DisabledAt { get; set; }
    public DateTime? SeenAt { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<User>
    {
        public void Configure(EntityTypeBuilder<User> builder)
        {
            builder.ToTable("users").HasKey(x => x.Id);
            builder.Property(x => x.Role).HasConversion<string>();
            builder.HasIndex(x => x.Name).IsUnique();
        }
    }
}
