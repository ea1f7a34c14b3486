using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Migrate.Planner.Persistence;

/// <summary>A disk that is copied now takes a place at each of its resources, of which several processes count theirs together. It counts while its worker lives.</summary>
public sealed class CopyPlace
{
    /// <summary>Of one taking: its places come and go together.</summary>
    public Guid Id { get; set; }
    /// <summary>Kind and key: "EsxHost:SOURCE/host-12".</summary>
    public required string Resource { get; set; }
    /// <summary><see cref="Worker.Id"/>.</summary>
    public Guid WorkerId { get; set; }

    internal sealed class Configuration : IEntityTypeConfiguration<CopyPlace>
    {
        public void Configure(EntityTypeBuilder<CopyPlace> builder)
        {
            builder.ToTable("copy_places").HasKey(x => new { x.Id, x.Resource });
            builder.HasIndex(x => x.Resource);
        }
    }
}
